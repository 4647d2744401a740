#!/usr/bin/env python3
"""A bundle of detectors on what it was not trained on, against its teacher on every frame.

    benchmarks/specialised.py CLIP --teacher yolox_nano.onnx --bundle yard.bundle --start 69.7 --classes person

Runs take turns: teacher dense, bundle dense, bundle adaptive, teacher adaptive. Prints a row of Markdown for each: F1 of boxes against the
teacher dense over all frames together, lenient and strict, milliseconds of a frame without decoding (the best of the rounds' means), the
share of the teacher's, and the share of frames that submodels answered.

Strict: both sides count what is reported. Lenient: a box that is reported has a partner in what the teacher gives three quarters of the
least score, which is half of what 'deepvid compare' allows: the bundle's own weaker boxes are no partners here.
"""

import argparse
import json
import subprocess

from decode import iou

LENIENT = 0.75
LEAST_OVERLAP = 0.5


def run(arguments, model, cache, score=None):
    """Records of the clip's frames, by index, and those of its ends."""
    command = [arguments.deepvid, "infer", arguments.clip, *model, "--cache", cache, "--threads", "1", "--start", str(arguments.start)]
    command += ["--classes", arguments.classes] if arguments.classes else []
    command += ["--score", str(score)] if score else []
    records = [json.loads(line) for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()]
    return {r["frame"]: r for r in records if r["type"] == "frame"}, records


def partners(boxes, others):
    """How many boxes find one of their class that overlaps enough; each serves once."""
    free, found = list(others), 0
    for box in boxes:
        same = [o for o in free if o["class_id"] == box["class_id"]]
        best = max(same, key=lambda o: iou(box["box"], o["box"]), default=None)
        if best and iou(box["box"], best["box"]) >= LEAST_OVERLAP:
            free.remove(best)
            found += 1
    return found


def f1(ours, teacher, weaker):
    """Share of all boxes of both sides that find a partner; `weaker` are the teacher's with less than the least score too."""
    found = total = 0
    for index, record in teacher.items():
        a, b = ours[index]["objects"], record["objects"]
        found += partners(a, weaker[index]["objects"]) + partners(b, a)
        total += len(a) + len(b)
    return found / max(1, total), total


def milliseconds(frames):
    """Mean of a frame, without decoding."""
    return sum(r["timing_ms"]["total"] - r["timing_ms"].get("decode", 0) for r in frames.values()) / len(frames)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip")
    parser.add_argument("--teacher", required=True)
    parser.add_argument("--bundle", required=True)
    parser.add_argument("--start", default="0", help="seconds: what was not trained on begins here")
    parser.add_argument("--classes")
    parser.add_argument("--threshold", help="instead of the bundle's, in nats")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--deepvid", default=".build/release/deepvid")
    arguments = parser.parse_args()
    teacher, bundle = ["--model", arguments.teacher], ["--bundle", arguments.bundle]
    bundle += ["--entropy-threshold", arguments.threshold] if arguments.threshold else []
    ways = {("teacher", "off"): teacher, ("bundle", "off"): bundle, ("bundle", "adaptive"): bundle, ("teacher", "adaptive"): teacher}
    frames, times = {}, {way: [] for way in ways}
    for _ in range(arguments.rounds):
        for way, model in ways.items():
            frames[way], records = run(arguments, model, way[1])
            times[way].append(milliseconds(frames[way]))
    truth = frames["teacher", "off"]
    score = records[0]["options"]["score"]
    weaker, _ = run(arguments, teacher, "off", score * LENIENT)
    base = min(times["teacher", "off"])
    print(f"{len(truth)} frames, {sum(len(r['objects']) for r in truth.values())} objects of the teacher\n")
    print("| | F1 lenient | F1 strict | ms a frame | × teacher dense | answered small |\n|---|---|---|---|---|---|")
    for way, found in frames.items():
        lenient, strict, best = f1(found, truth, weaker)[0], f1(found, truth, truth)[0], min(times[way])
        small = sum(r["route"]["hit"] for r in found.values()) / len(found) if way[0] == "bundle" else None
        share = "" if small is None else f"{small:.0%}"
        print(f"| {way[0]}, {way[1]} | {lenient:.3f} | {strict:.3f} | {best:.2f} | {best / base:.3f} | {share} |")


main()
