#!/usr/bin/env python3
"""How well objects keep their numbers: IDF1, id switches, fragmentations and MOTA of trackers, at several frame rates.

    benchmarks/identity.py NAME=COMMAND ... [--set report] [--cache FOLDER]

A COMMAND follows boxes as `deepvid-bench follow` does (`before=/tmp/old/deepvid-bench follow`): 'F time' and 'D class score x y w h' on
standard input, a line of ids for each frame on standard output. Boxes are those of the embedded detector, or made up; they are the same
for every tracker. What is said of fewer than all frames is the mean over several frames to begin with. Constants of the tracker were chosen
by the sets of `tune` and are reported by those of `report`.

Needs numpy, scipy, motmetrics, opencv-python-headless and onnxruntime, and for real clips ../shared.
"""
import argparse
import itertools
import shlex
import subprocess
import sys
from pathlib import Path

import motmetrics
import numpy as np

from common import SHARED
from identity_scenes import made_up, traffic, tud
from identity_truth import GROUPS, overlaps, read

RATES = (None, 10, 5, 2)
SETS = {
    "tune": {
        "made up, 5 streets": [lambda seed=seed: made_up(seed) for seed in range(5)],
        "traffic, 6 roads": [lambda seed=seed: traffic(seed) for seed in range(6)],
        "one-by-one (Intel)": ["fixed_intel_one-by-one-person-detection.mp4"],
        "residential road": ["fixed_ozlu_residential_road.mp4"],
        "TUD, 6 draws": [lambda n=n, seed=seed: tud(n, seed) for n in ("TUD-Campus", "TUD-Stadtmitte") for seed in range(3)],
    },
    "report": {
        "made up, 10 other streets": [lambda seed=seed: made_up(seed) for seed in range(100, 110)],
        "traffic, 6 other roads": [lambda seed=seed: traffic(seed) for seed in range(100, 106)],
        "TUD, 10 other draws": [lambda n=n, seed=seed: tud(n, seed) for n in ("TUD-Campus", "TUD-Stadtmitte") for seed in range(100, 105)],
        "cars from above (Intel)": [("fixed_intel_car-detection.mp4", True)],
        "motorway": ["fixed_bgslib_motorway_cctv.avi"],
        "car park (Intel)": ["fixed_intel_person-bicycle-car-detection_reenc.mp4"],
        "tripod": ["tripod_sam2_dog720p.mp4", "tripod_sam2_juggle720p.mp4"],
    },
}
PHASES = 5  # A clip is looked at so often, beginning at another of its frames each time: a few cars are too few to tell rates apart.
SAME = 0.4  # IoU from which a box is that of a true object.
DOUBT = 0.3  # IoU with a doubtful box from which one that belongs to no true object does not count.


def sampled(times, rate, first=0):
    """Frames as `--fps rate` takes them from the first on; all for None."""
    if rate is None:
        return list(range(len(times)))
    chosen, due = [], times[first]
    for index, time in enumerate(times):
        if index >= first and time >= due - 1e-6:
            chosen.append(index)
            while due <= time + 1e-6:
                due += 1 / rate
    return chosen


def phases(sequences, rate):
    """Frames to begin with: those until the second that is looked at, where frames are not evenly apart until the third."""
    return range(1 if rate is None else max(min(int(2 / rate / (one.times[1] - one.times[0]) + 1e-6), PHASES) for one in sequences))


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


def clip(part, cache):
    """A clip by its name, or by its name and whether the embedded detector alone says what is in it."""
    name, alone = part if isinstance(part, tuple) else (part, False)
    return read(SHARED / "videos" / name, cache, alone)


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
            if not callable(parts[0]) and not SHARED.exists():
                print(f"{title}: skipped, for ../shared is not here", file=sys.stderr)
                continue
            sequences = [part() if callable(part) else clip(part, args.cache) for part in parts]
            for rate in RATES:
                starts = phases(sequences, rate)
                for name, command in trackers:
                    totals, tracks = [], 0
                    for sequence, first in itertools.product(sequences, starts):
                        frames = sampled(sequence.times, rate, first)
                        ids = follow(command, sequence, frames)
                        totals.append(accumulate(sequence, frames, ids))
                        tracks += len({number for row in ids for number in row if number})
                    row = motmetrics.metrics.create().compute_many(totals, metrics=metrics, generate_overall=True).loc["OVERALL"]
                    counts = [row.num_switches, row.num_fragmentations, row.num_unique_objects, tracks]
                    print(f"| {choice} | {title} | {rate or 'all'} | {name} | {row.idf1:.3f} | {row.mota:.3f} | "
                          + " | ".join(f"{round(count / len(starts), 1):g}" for count in counts) + " |", flush=True)


if __name__ == "__main__":
    main()
