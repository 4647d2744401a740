#!/usr/bin/env python3
"""Compares deepvid's JSON lines with what the reference pipeline found in the same frames.

    compare_boxes.py REFERENCE.json DEEPVID.jsonl [--iou 0.9] [--score 0.4] [--margin 0.01] [--require 0.995]

A box counts when its score is at least --score. It is right when the other side has a box of the same class with an
IoU of at least --iou, taken one to one, best scores first. The other side may score it down to --score minus --margin: a box
at the very threshold is not a difference. Prints one line; exits with 1 when F1 is below --require.
"""
import argparse, json, sys


def iou(a, b):
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    return w * h / (a[2] * a[3] + b[2] * b[3] - w * h)


def unmatched(wanted, offered, limit):
    """Those of `wanted` that have no partner of their own in `offered`."""
    free, missing = list(offered), []
    for box in sorted(wanted, key=lambda o: -o["score"]):
        near = [(iou(box["box"], o["box"]), i) for i, o in enumerate(free) if o["class_id"] == box["class_id"]]
        best, index = max(near, default=(0.0, -1))
        if best >= limit:
            free.pop(index)
        else:
            missing.append((best, box))
    return missing


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reference")
    parser.add_argument("deepvid", help="JSON lines, - for standard input")
    parser.add_argument("--iou", type=float, default=0.9)
    parser.add_argument("--score", type=float, default=0.4)
    parser.add_argument("--margin", type=float, default=0.01)
    parser.add_argument("--require", type=float, default=0.995)
    parser.add_argument("--verbose", action="store_true", help="list what differs, on stderr")
    options = parser.parse_args()
    with open(options.reference) as file:
        reference = json.load(file)
    lines = sys.stdin if options.deepvid == "-" else open(options.deepvid)
    found = {r["frame"]: r.get("objects", []) for r in map(json.loads, lines) if r.get("type") == "frame"}
    true = missed = extra = 0
    for entry in reference["frames"]:
        index = entry["frame"]
        if index not in found:
            sys.exit(f"{options.deepvid} has no record of frame {index}")
        sides = entry["objects"], found[index]
        sure = [[o for o in side if o["score"] >= options.score] for side in sides]
        near = [[o for o in side if o["score"] >= options.score - options.margin] for side in sides]
        absent, surplus = unmatched(sure[0], near[1], options.iou), unmatched(sure[1], near[0], options.iou)
        true += len(sure[0]) - len(absent)
        missed += len(absent)
        extra += len(surplus)
        if options.verbose:
            for what, boxes in (("missed", absent), ("extra", surplus)):
                for best, o in boxes:
                    print(f"frame {index} {what} {o['label']} {o['score']:.3f} {o['box']} best IoU {best:.3f}", file=sys.stderr)
    f1 = 2 * true / (2 * true + missed + extra) if true + missed + extra else 1.0
    print(f"{reference['detector']} {reference['clip'].split('/')[-1]}: F1 {f1:.4f}, {true} right, {missed} missed, {extra} extra in {len(reference['frames'])} frames")
    sys.exit(f1 < options.require)


if __name__ == "__main__":
    main()
