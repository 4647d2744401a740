#!/usr/bin/env python3
"""How well people who come back, or pass each other, keep their numbers: IDF1 and id switches of `deepvid infer --track` with and without --reid.

    benchmarks/reid.py --model MODEL [--binary deepvid] [--set report] [--distances 0.1 0.15] [--cache FOLDER]

The scenes are `reid_scenes`: people of clips of ../shared, who are cut out and come again. Constants were chosen by `tune`, of other people.

Needs numpy, scipy, motmetrics, opencv-python-headless and onnxruntime.
"""
import argparse
import json
import subprocess
from pathlib import Path

import motmetrics
import numpy as np

from common import ROOT, SHARED
from identity_truth import overlaps
from reid_scenes import render, walks, whole

INDOORS, CAR_PARK = "fixed_intel_one-by-one-person-detection.mp4", "fixed_intel_person-bicycle-car-detection_reenc.mp4"
# Clip, which of its people (the longest walk first), and seeds of what they do; nobody for the clip as it is.
SETS = {
    "tune": {"indoors, three people": (INDOORS, (0, 2, 4), range(4))},
    "report": {
        "indoors, the other three": (INDOORS, (1, 3, 5), range(100, 105)),
        "car park, its two": (CAR_PARK, (0, 1), range(100, 105)),
        "indoors as it is": (INDOORS, None, [0]),
        "car park as it is": (CAR_PARK, None, [0]),
        "juggle as it is": ("tripod_sam2_juggle720p.mp4", None, [0]),
        "dog as it is": ("tripod_sam2_dog720p.mp4", None, [0]),
    },
}
SAME = 0.4  # IoU from which a box is that of a person.


def scenes(name, clip, people, seeds, cache):
    if people is None:
        return [whole(SHARED / "videos" / clip, cache)]
    material, made = None, []
    for seed in seeds:
        path = cache / f"{name.replace(' ', '-').replace(',', '')}-{seed}.mp4"
        if material is None:
            material = walks(SHARED / "videos" / clip, cache)
        chosen = [n for n in people if n < len(material[0])]
        made.append(render(path, material, chosen, seed))
    return made


def run(binary, scene, flags):
    """For each frame [(id, box)] of persons, and the end record."""
    command = [binary, "infer", str(scene.path), "--classes", "person", "--track", *flags]
    outcome = subprocess.run(command, capture_output=True, text=True)
    if outcome.returncode:
        raise SystemExit(outcome.stderr)
    records = [json.loads(line) for line in outcome.stdout.splitlines()]
    frames = [record for record in records if record["type"] == "frame"]
    return [[(o["track_id"], o["box"]) for o in frame["objects"] if "track_id" in o] for frame in frames], records[-1]


def accumulate(scene, found):
    total = motmetrics.MOTAccumulator(auto_id=True)
    for truth, hidden, seen in zip(scene.truth, scene.hidden, found):
        iou = overlaps([box for _, box in truth], [box for _, box in seen])
        spare = overlaps([box for _, box in seen], hidden).max(1, initial=0)
        kept = [n for n in range(len(seen)) if spare[n] < 0.3 or iou[:, n].max(initial=0) >= SAME]
        total.update([p for p, _ in truth], [seen[n][0] for n in kept], np.where(iou[:, kept] >= SAME, 1 - iou[:, kept], np.nan))
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--binary", default=str(ROOT / ".build/release/deepvid"))
    parser.add_argument("--set", choices=SETS, action="append")
    parser.add_argument("--distances", type=float, nargs="+", default=[0.15])
    parser.add_argument("--cache", type=Path, default=Path("/tmp/deepvid-reid"))
    parser.add_argument("--flags", default="", help="further flags of infer")
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    metrics = motmetrics.metrics.create()
    print("| scenes | --reid-distance | IDF1 | MOTA | switches | people | tracks | known again | crops looked at, of all |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for chosen in arguments.set or SETS:
        for name, (clip, people, seeds) in SETS[chosen].items():
            made = scenes(name, clip, people, seeds, arguments.cache)
            for distance in [None, *arguments.distances]:
                flags = [] if distance is None else ["--reid", arguments.model, "--reid-distance", str(distance)]
                results = [run(arguments.binary, scene, flags + arguments.flags.split()) for scene in made]
                totals = [accumulate(scene, found) for scene, (found, _) in zip(made, results)]
                summary = metrics.compute_many(totals, metrics=["idf1", "mota", "num_switches", "num_unique_objects"], generate_overall=True)
                row, ends = summary.loc["OVERALL"], [end for _, end in results]
                looks, boxes = sum(e.get("reid", {}).get("runs", 0) for e in ends), sum(len(f) for found, _ in results for f in found)
                again = sum(e.get("reid", {}).get("recognised", 0) for e in ends)
                print(f"| {name} | {distance if distance is not None else 'without'} | {row.idf1:.3f} | {row.mota:.3f} | {row.num_switches:.0f} "
                      f"| {summary.num_unique_objects.iloc[:-1].sum():.0f} | {sum(e['tracks'] for e in ends)} | {again} | {looks} of {boxes} |", flush=True)


if __name__ == "__main__":
    main()
