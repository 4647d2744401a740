"""What the policies of --cache gain and cost: `deepvid compare` over models, clips and policies, one run at a time."""
import json
import os
import subprocess
import time
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import plot
import reuse_report
from common import RESULTS, SHARED, Refused, choose, clips, fingerprint, model_path, say, write_json, write_text

POLICIES = ["adaptive", "deepcache", "deepmon", "cbinfer"]
MAX_FRAMES = 120
MEMORY_CLIP, MEMORY_FRAMES = "tripod_sam2_juggle720p.mp4", 120


@dataclass(frozen=True)
class Model:
    """A model as the tables call it, and its file in ../shared; none: the one inside deepvid."""
    name: str
    file: str | None
    kind: str

    def options(self) -> list[str]:
        """Which model, and which of its answers count: boxes from 0.4 on, or the best class."""
        which = ["--model", str(model_path(self.file))] if self.file else []
        return which + (["--score", "0.4"] if self.kind == "detector" else ["--top-k", "1"])


MODELS = {model.name: model for model in [
    Model("yolox_nano_416", "yolox_nano_416", "detector"),
    Model("picodet_s_320_coco", "picodet_s_320_coco", "detector"),
    Model("nanodet_m_416", "nanodet_m_416", "detector"),
    Model("fastestdet_352", "fastestdet_352", "detector"),
    Model("embedded", None, "detector"),
    Model("mobilenet_v2", "converted/mobilenet_v2_1.0_224_imagenet1001", "classifier"),
    Model("squeezenet", "converted/squeezenet_imagenet_fp32", "classifier"),
]}


class Run:
    """One run of this part. Its JSON file is written after every measurement, so that nothing is lost."""

    def __init__(self, args: Namespace, machine: dict[str, Any], name: str):
        if args.max_frames < 0:
            raise Refused("--max-frames is a number of frames, or 0 for all")
        self.binary, self.policies = args.binary, args.policies
        self.models = [MODELS[model] for model in choose(MODELS, args.models, "model of this part")]
        self.clips = choose(clips("fixed", "tripod", "moving"), args.clips, "clip")
        for model in self.models:
            model.options()  # Refuses a model that is missing.
        self.path = result_path(args, f"{machine['date']}-{name}", name)
        self.result = {"machine": machine, "binary": fingerprint(args.binary), "max_frames": args.max_frames, "cells": [], "memory": []}
        if self.path.exists():
            self.result = resumed(self.path, args.resume, self.result)

    @property
    def failures(self) -> int:
        """Number of measurements that failed."""
        return sum("error" in row for row in self.result["cells"] + self.result["memory"])

    def measure(self) -> list[dict[str, Any]]:
        """Measures what the file does not have yet, and writes the table and the plot; returns all cells."""
        if os.getloadavg()[0] > 0.5 * (os.cpu_count() or 1):
            say("warning: this machine is busy with something else; times will be off. Better stop that first")
        # A clip's policies follow one another: the machine's speed drifts, and these are compared.
        self.fill("cells", [(model.name, clip, policy) for model in self.models for clip in self.clips for policy in self.policies])
        self.fill("memory", [(model.name, MEMORY_CLIP, policy) for model in self.models for policy in ["off", *self.policies]])
        write_text(self.path.with_suffix(".md"), reuse_report.report(self.result, self.path.with_suffix(".svg").name))
        write_text(self.path.with_suffix(".svg"), plot.scatter(self.result["cells"]))
        print(f"\n{reuse_report.overview(self.result)}", flush=True)
        say(f"written: {self.path.name}, .md and .svg beside it")
        return self.result["cells"]

    def fill(self, part: str, wanted: list[tuple[str, str, str]]) -> None:
        """Measures the wanted combinations of model, clip and policy that this part of the result lacks."""
        rows = self.result[part] = [row for row in self.result[part] if "error" not in row]
        have = {(row["model"], row["clip"], row["policy"]) for row in rows}
        missing = [key for key in wanted if key not in have]
        start = time.monotonic()
        for done, (model, clip, policy) in enumerate(missing, start=1):
            row = {"model": model, "kind": MODELS[model].kind, "clip": clip, "policy": policy}
            try:
                row |= self.compare(model, clip, policy) if part == "cells" else self.memory(model, policy)
            except MeasurementFailed as error:
                row["error"] = str(error)
            rows.append(row)
            write_json(self.path, self.result)
            left = (time.monotonic() - start) / done * (len(missing) - done) / 60
            say(f"[{done}/{len(missing)}, {left:.0f} min left] {model} {clip} {policy}: {outcome(row)}")

    def compare(self, model: str, clip: str, policy: str) -> dict[str, Any]:
        """What `deepvid compare` says of one combination, as far as the tables need it."""
        frames = self.result["max_frames"]
        record = self.deepvid(["compare", "--json", "--threads", "1", "--cache", policy, *MODELS[model].options(),
                               *(["--max-frames", str(frames)] if frames else []), str(SHARED / "videos" / clip)])
        if not record["frames"]:
            raise MeasurementFailed("no frames")
        return {"frames": record["frames"], "speedup": record["speedup"], "speedup_median": record["speedup_median"],
                "normalised_latency": round(record["cached_ms"]["mean"] / record["dense_ms"]["mean"], 4),
                **{key: record[key] for key in ("reused", "agreement", "agreement_frames", "dense_ms", "cached_ms", "match_ms", "unchanged", "full_recomputes")
                   if key in record}}

    def memory(self, model: str, policy: str) -> dict[str, Any]:
        """The peak of `deepvid infer` with one thread."""
        record = self.deepvid(["infer", "--threads", "1", "--cache", policy, *MODELS[model].options(),
                               "--max-frames", str(MEMORY_FRAMES), str(SHARED / "videos" / MEMORY_CLIP)])
        return {"peak_memory_mb": record["peak_memory_mb"]}

    def deepvid(self, words: list[str]) -> dict[str, Any]:
        """The last record that deepvid prints."""
        done = subprocess.run([str(self.binary), *words], capture_output=True, text=True)
        lines = done.stdout.splitlines()
        if done.returncode != 0 or not lines:
            said = done.stderr.strip().splitlines()[-1:] or ["it says nothing"]
            raise MeasurementFailed(f"deepvid {words[0]} ended with status {done.returncode}: {said[0]}")
        record = json.loads(lines[-1])
        if record["reason"] != "finished":
            raise MeasurementFailed(f"deepvid {words[0]} says that it {record['reason']}")
        return record


class MeasurementFailed(Exception):
    """One combination could not be measured; the others go on."""


def result_path(args: Namespace, stem: str, name: str) -> Path:
    """Where the JSON file goes; with --resume, the newest of this machine."""
    if args.output:
        return args.output.with_name(args.output.name.removesuffix(".json") + ".json")
    earlier = sorted(RESULTS.glob(f"*-{name}-reuse.json")) if args.resume else []
    return earlier[-1] if earlier else RESULTS / f"{stem}-reuse.json"


def resumed(path: Path, resume: bool, fresh: dict[str, Any]) -> dict[str, Any]:
    """What an earlier run left, if it may be added to."""
    if not resume:
        raise Refused(f"{path.name} is there already: go on with it (--resume), delete it, or write elsewhere (--output)")
    earlier = json.loads(path.read_text())
    for key, what in (("binary", "another build of deepvid"), ("max_frames", f"--max-frames {earlier['max_frames']}")):
        if earlier[key] != fresh[key]:
            raise Refused(f"{path.name} was measured with {what}, and the two do not mix: delete it, or write elsewhere (--output)")
    if earlier["machine"]["cpu"] != fresh["machine"]["cpu"]:
        raise Refused(f"{path.name} was measured on another machine ({earlier['machine']['cpu']}): write elsewhere (--output)")
    return earlier


def outcome(row: dict[str, Any]) -> str:
    """A measurement in a few words."""
    if "error" in row:
        return f"FAILED, {row['error']}"
    if "peak_memory_mb" in row:
        return f"{row['peak_memory_mb']:.0f} MB"
    agreement = f"{row['agreement']:.4f}" if "agreement" in row else "unknown (nothing was seen)"
    return f"{row['speedup']:.2f}x (medians {row['speedup_median']:.2f}x), agreement {agreement}"
