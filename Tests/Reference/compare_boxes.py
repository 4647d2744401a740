#!/usr/bin/env python3
"""Compares deepvid's JSON lines with what the reference pipeline found in the same frames.

    compare_boxes.py REFERENCE.json DEEPVID.jsonl [REFERENCE.json DEEPVID.jsonl …] [--iou 0.9] [--score 0.4] [--margin 0.01] [--require 0.995]

A box counts when its score is at least --score. It is right when the other side has a box of the same class with an
IoU of at least --iou, taken one to one, best scores first. The other side may score it down to --score minus --margin: a box
at the very threshold is not a difference. Prints a line for each pair
and one for all; exits with 1 when the F1 of all is below --require.
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


def compare(reference, lines, options):
    """Boxes right, missed and extra in the frames of one clip."""
    found = {r["frame"]: r.get("objects", []) for r in map(json.loads, lines) if r.get("type") == "frame"}
    true = missed = extra = 0
    for entry in reference["frames"]:
        index = entry["frame"]
        if index not in found:
            sys.exit(f"{reference['clip']}: deepvid has no record of frame {index}")
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
    return true, missed, extra


def f1(true, missed, extra):
    return 2 * true / (2 * true + missed + extra) if true + missed + extra else 1.0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="+", metavar="REFERENCE.json DEEPVID.jsonl")
    parser.add_argument("--iou", type=float, default=0.9)
    parser.add_argument("--score", type=float, default=0.4)
    parser.add_argument("--margin", type=float, default=0.01)
    parser.add_argument("--require", type=float, default=0.995)
    parser.add_argument("--verbose", action="store_true", help="list what differs, on stderr")
    options = parser.parse_args()
    if len(options.pairs) % 2:
        parser.error("give pairs: REFERENCE.json DEEPVID.jsonl …")
    total = (0, 0, 0)
    for path, lines in zip(options.pairs[::2], options.pairs[1::2]):
        with open(path) as file, open(lines) as records:
            reference = json.load(file)
            counts = compare(reference, records, options)
        total = tuple(map(sum, zip(total, counts)))
        print("%s %s: F1 %.4f, %d right, %d missed, %d extra" % (reference["detector"], reference["clip"].split("/")[-1], f1(*counts), *counts))
    print("all: F1 %.4f, %d right, %d missed, %d extra" % (f1(*total), *total))
    sys.exit(f1(*total) < options.require)


if __name__ == "__main__":
    main()
