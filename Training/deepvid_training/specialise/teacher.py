"""What the teacher says, as deepvid itself says it: one pipeline for labels and answers."""

import json
import subprocess
from dataclasses import dataclass

import numpy as np


def run(*arguments):
    """deepvid's standard output; its own sentence if it fails."""
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments[:3])} failed: {done.stderr.strip()}")
    return done.stdout


@dataclass
class Look:
    """The teacher's objects in one frame: boxes [n, 4] as shares of the frame, corners."""

    boxes: np.ndarray
    scores: np.ndarray
    names: list


def look(record, width, height):
    """One frame's record -> Look."""
    objects = record["objects"]
    boxes = np.array([o["box"] for o in objects], np.float32).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    scores = np.array([o["score"] for o in objects], np.float32)
    return Look(
        (boxes / np.float32([width, height] * 2)).clip(0, 1), scores, [o["label"] for o in objects]
    )


class Teacher:
    """A detector file, run by the `deepvid` binary."""

    def __init__(self, deepvid, model, classes=None):
        self.deepvid, self.model = str(deepvid), str(model)
        self.classes = ["--classes", classes] if classes else []

    def card(self):
        """The card as deepvid has it, with the size of the input, as a bundle wants it."""
        text = run(self.deepvid, "inspect", self.model)
        facts = json.loads(run(self.deepvid, "inspect", self.model, "--json"))
        start = text.find("\n{")
        if start < 0:
            raise SystemExit(
                f"{self.model}: deepvid does not know how it takes pictures: "
                "write a card beside it ('deepvid models --card HEAD' prints one)"
            )
        card = json.loads(text[start:])
        card["input"] |= {"width": facts["input_width"], "height": facts["input_height"]}
        return card

    def reported(self, clip):
        """Least score of what it reports, and the names of its classes."""
        begin = json.loads(self.infer(clip, "--max-frames", "1").splitlines()[0])
        return begin["options"]["score"], begin["model"]["labels"]

    def looks(self, clip, frames, least):
        """{frame index: Look} of the first `frames` frames."""
        lines = self.infer(clip, "--score", str(least), "--max-frames", str(frames)).splitlines()
        records = [json.loads(line) for line in lines]
        video = next(r for r in records if r["type"] == "begin")["video"]
        size = video["width"], video["height"]
        return {r["frame"]: look(r, *size) for r in records if r["type"] == "frame"}

    def infer(self, clip, *more):
        """Records of a clip; every frame is computed in full."""
        options = ["--model", self.model, "--cache", "off", "--threads", "1", *self.classes, *more]
        return run(self.deepvid, "infer", str(clip), *options)
