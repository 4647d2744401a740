#!/usr/bin/env python3
"""How well objects keep their numbers: IDF1, id switches, fragmentations and MOTA of trackers, at several frame rates.

    benchmarks/identity.py NAME=COMMAND ... [--set report] [--cache FOLDER]

A COMMAND follows boxes as `deepvid-bench follow` does (`before=/tmp/old/deepvid-bench follow`): 'F time' and 'D class score x y w h' on
standard input, a line of ids for each frame on standard output. Boxes are those of the embedded detector, or made up; they are the same
for every tracker. Constants of the tracker were chosen by the sets of `tune` and are reported by those of `report`.

Needs numpy, scipy, motmetrics, opencv-python-headless and onnxruntime, and for real clips ../shared.
"""
import argparse
import shlex
import subprocess
import sys
from pathlib import Path

import motmetrics
import numpy as np

from common import SHARED
from identity_scenes import made_up, tud
from identity_truth import GROUPS, overlaps, read

RATES = (None, 10, 5, 2)
SETS = {
    "tune": {
        "made up, 5 streets": [lambda _, seed=seed: made_up(seed) for seed in range(5)],
        "one-by-one (Intel)": ["fixed_intel_one-by-one-person-detection.mp4"],
        "residential road": ["fixed_ozlu_residential_road.mp4"],
        "TUD, 6 draws": [lambda _, n=n, seed=seed: tud(n, seed) for n in ("TUD-Campus", "TUD-Stadtmitte") for seed in range(3)],
    },
    "report": {
        "made up, 10 other streets": [lambda _, seed=seed: made_up(seed) for seed in range(100, 110)],
        "TUD, 10 other draws": [lambda _, n=n, seed=seed: tud(n, seed) for n in ("TUD-Campus", "TUD-Stadtmitte") for seed in range(100, 105)],
        "motorway": ["fixed_bgslib_motorway_cctv.avi"],
        "car park (Intel)": ["fixed_intel_person-bicycle-car-detection_reenc.mp4"],
        "tripod": ["tripod_sam2_dog720p.mp4", "tripod_sam2_juggle720p.mp4"],
    },
}
SAME = 0.4  # IoU from which a box is that of a true object.
DOUBT = 0.3  # IoU with a doubtful box from which one that belongs to no true object does not count.


def sampled(times, rate):
    """Frames as `--fps rate` takes them; all for None."""
    if rate is None:
        return list(range(len(times)))
    chosen, due = [], times[0]
    for index, time in enumerate(times):
        if time >= due - 1e-6:
            chosen.append(index)
            while due <= time + 1e-6:
                due += 1 / rate
    return chosen


def follow(command, sequence, frames):
    """For each frame the ids of its boxes."""
    lines = []
    for frame in frames:
        lines.append(f"F {sequence.times[frame]:.6f}")
        lines += ["D %d %.4f %.2f %.2f %.2f %.2f" % tuple(box) for box in sequence.boxes[frame]]
    outcome = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    return [[int(word) for word in line.split()] for line in outcome.stdout.split("\n")][:len(frames)]


def accumulate(sequence, frames, ids):
    total = motmetrics.MOTAccumulator(auto_id=True)
    for frame, given in zip(frames, ids):
        truth = sequence.truth[frame]
        seen = [(number, box) for number, box in zip(given, sequence.boxes[frame]) if number]
        iou = overlaps([t[2] for t in truth], [b[2:] for _, b in seen])
        same = np.array([t[1] for t in truth]).reshape(-1, 1) == np.array([GROUPS[b[0]] for _, b in seen]).reshape(1, -1)
        iou = np.where(same, iou, 0)
        doubt = overlaps([b[2:] for _, b in seen], sequence.doubtful[frame]).max(1, initial=0)
        kept = [n for n in range(len(seen)) if doubt[n] < DOUBT or iou[:, n].max(initial=0) >= SAME]
        distance = np.where(iou[:, kept] >= SAME, 1 - iou[:, kept], np.nan)
        total.update([t[0] for t in truth], [seen[n][0] for n in kept], distance)
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trackers", nargs="+", metavar="NAME=COMMAND")
    parser.add_argument("--set", choices=SETS, nargs="+", default=list(SETS))
    parser.add_argument("--cache", type=Path, default=Path("/tmp/deepvid-identity"), help="keeps detections here (default: %(default)s)")
    args = parser.parse_args()
    args.cache.mkdir(parents=True, exist_ok=True)
    trackers = [(name, shlex.split(command)) for name, _, command in (text.partition("=") for text in args.trackers)]
    metrics = ["idf1", "mota", "num_switches", "num_fragmentations", "num_unique_objects"]
    print("| set | scenes | rate | tracker | IDF1 | MOTA | switches | fragments | objects | tracks |\n|---|---|---:|---|---:|---:|---:|---:|---:|---:|")
    for choice in args.set:
        for title, parts in SETS[choice].items():
            if isinstance(parts[0], str) and not SHARED.exists():
                print(f"{title}: skipped, for ../shared is not here", file=sys.stderr)
                continue
            sequences = [read(SHARED / "videos" / part, args.cache) if isinstance(part, str) else part(None) for part in parts]
            for rate in RATES:
                for name, command in trackers:
                    totals, tracks = [], 0
                    for sequence in sequences:
                        frames = sampled(sequence.times, rate)
                        ids = follow(command, sequence, frames)
                        totals.append(accumulate(sequence, frames, ids))
                        tracks += len({number for row in ids for number in row if number})
                    row = motmetrics.metrics.create().compute_many(totals, metrics=metrics, generate_overall=True).loc["OVERALL"]
                    print(f"| {choice} | {title} | {rate or 'all'} | {name} | {row.idf1:.3f} | {row.mota:.3f} | {int(row.num_switches)} "
                          f"| {int(row.num_fragmentations)} | {int(row.num_unique_objects)} | {tracks} |", flush=True)


if __name__ == "__main__":
    main()
