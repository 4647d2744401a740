"""A whole training on rendered pictures, as a user starts it; run by `make training-test`."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import torch
from rendered import scene, write_world

from deepvid_training.boxes import overlaps
from deepvid_training.detectors import OnnxDetector
from deepvid_training.labels import CLASSES

pytestmark = pytest.mark.whole

HERE = Path(__file__).resolve().parent
BINARIES = HERE.parent.parent / ".build" / "release"


def start(data, *arguments):
    """`python -m deepvid_training` as a process."""
    command = [sys.executable, "-m", "deepvid_training", "--config", str(HERE / "tiny.toml")]
    return subprocess.Popen([*command, "--data", str(data), *arguments], cwd=HERE.parent)


def wait(process):
    assert process.wait(timeout=900) == 0


def kill_halfway(data):
    """Train until there is a checkpoint and some steps more, then SIGKILL."""
    process = start(data, "detector", "--run", "killed")
    losses = data / "runs" / "killed" / "losses.csv"
    deadline = time.time() + 600
    while not (losses.exists() and any(line.startswith("100,") for line in losses.open())):
        assert process.poll() is None and time.time() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder with two finished runs: `whole`, and `killed`, which was resumed."""
    folder = tmp_path_factory.mktemp("world")
    write_world(folder / "labelled", {"train": 160, "val": 24})
    whole = start(folder, "detector", "--run", "whole")
    kill_halfway(folder)
    wait(start(folder, "detector", "--run", "killed", "--resume"))
    wait(whole)
    wait(start(folder, "export", "--run", "whole", "--target", str(folder / "exported")))
    return folder


def rows(data, run, name):
    with open(data / "runs" / run / f"{name}.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_loss_falls_and_precision_rises(data):
    losses = [float(r["class"]) + float(r["box"]) for r in rows(data, "whole", "losses")]
    assert losses[-1] < 0.5 * losses[0]
    precisions = [float(r["vehicle"]) for r in rows(data, "whole", "precisions")]
    assert precisions[-1] > 0.5 and precisions[-1] > precisions[0]
    assert (data / "runs" / "whole" / "curves.png").stat().st_size > 10_000


def test_a_killed_run_resumes_to_the_same_weights(data):
    states = [
        torch.load(data / "runs" / run / "checkpoint.pt", weights_only=True)
        for run in ("whole", "killed")
    ]
    assert states[0]["step"] == states[1]["step"]
    for part in ("model", "average"):
        for name, value in states[0][part].items():
            assert torch.equal(value, states[1][part][name]), f"{part}.{name}"
    curves = [[r | {} for r in rows(data, run, "losses")] for run in ("whole", "killed")]
    assert [r["step"] for r in curves[0]] == [r["step"] for r in curves[1]]


def test_deepvid_and_onnxruntime_compute_the_same(data):
    path = data / "exported" / "default.onnx"
    pictures = np.stack([scene(np.random.default_rng(seed))[0] for seed in (77,)])
    tensor = np.full((1, 3, 128, 224), 114, np.float32)
    tensor[:, :, :128, :208] = pictures.transpose(0, 3, 1, 2)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (expected,) = session.run(None, {"images": tensor})
    bench = [BINARIES / "deepvid-bench", "evaluate", path, "--threads", "2"]
    raw = subprocess.run(bench, input=tensor.tobytes(), capture_output=True, check=True).stdout
    got = np.frombuffer(raw, np.float32).reshape(expected.shape)
    assert expected[..., 5:].max() > 0.3
    assert np.abs(got - expected).max() < 1e-4 * np.abs(expected).max()


def clip(path, count=12):
    """Write a clip without loss, a scene a frame, and return its RGB frames."""
    frames = [scene(np.random.default_rng(1000 + index))[0] for index in range(count)]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"FFV1"), 5, frames[0].shape[1::-1])
    for frame in frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    writer.release()
    return frames


def test_deepvid_sees_what_onnxruntime_sees(data, tmp_path):
    frames, found = clip(tmp_path / "clip.mkv"), 0
    model = data / "exported" / "default.onnx"
    command = [BINARIES / "deepvid", "infer", tmp_path / "clip.mkv", "--model", model]
    command += ["--cache", "off", "--quiet"]
    output = subprocess.run(command, capture_output=True, check=True, env=os.environ).stdout
    records = [json.loads(line) for line in output.splitlines()]
    seen = [record["objects"] for record in records if record["type"] == "frame"]
    assert len(seen) == len(frames)
    detector = OnnxDetector(model, score=0.35)
    for frame, objects in zip(frames, seen):
        corners = np.float32([o["box"] for o in objects]).reshape(-1, 4)
        corners[:, 2:] += corners[:, :2]
        kinds = np.array([CLASSES.index(o["label"]) for o in objects], int)
        expected = detector(frame)
        found += len(expected.boxes)
        # deepvid reports from 0.30 on, and the best class of a cell: what is surely above must be
        # there, in the same place.
        beside = overlaps(expected.boxes, expected.boxes) > 0.99
        best = ~(beside & (expected.scores[None] > expected.scores[:, None])).any(1)
        same = overlaps(expected.boxes, corners) * (expected.classes[:, None] == kinds[None])
        same = same[best]
        assert not len(same) or (same.max(1, initial=0) > 0.9).all()
    assert found >= len(frames) / 2
