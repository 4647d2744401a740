#!/usr/bin/env python3
"""Compares what `deepvid compare --truth` says of dense answers with pycocotools (AP) and motmetrics (MOTA, IDF1, switches).

    Tests/Reference/check_truth.py DEEPVID CLIP TRUTH-MODEL MODEL

The truth is what TRUTH-MODEL sees in the first 200 frames; MODEL is judged by it. Needs `pip install pycocotools motmetrics`.
"""

import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile

import motmetrics
import numpy
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

deepvid, clip, truth_model, model = sys.argv[1:]
work = pathlib.Path(tempfile.mkdtemp(prefix="deepvid-truth-"))


def run(*words: str) -> str:
    return subprocess.run([deepvid, *words], check=True, capture_output=True, text=True).stdout


def exported(name: str, model: str, *flags: str) -> dict:
    """What a model sees, computed in full, as a COCO file."""
    run("infer", clip, "-m", model, "--cache", "off", "--max-frames", "200", "-q", *flags, "-o", str(work / f"{name}.jsonl"))
    run("export", str(work / f"{name}.jsonl"), "--to", "coco", "-q", "-o", str(work / f"{name}.json"))
    return json.loads((work / f"{name}.json").read_text())


truth = exported("truth", truth_model, "--track")
# Followed objects keep boxes below the score, which are not reported otherwise: two runs.
seen, followed = exported("seen", model), exported("followed", model, "--track", "--static", "keep")
ours = json.loads(run("compare", clip, "-m", model, "--max-frames", "200", "--truth", str(work / "truth.json"), "--json"))["truth"]["dense"]

numbers = {category["name"]: category["id"] for category in truth["categories"]}
picture = {image["frame_id"]: image["id"] for image in truth["images"]}


def boxes(dataset: dict) -> list[dict]:
    """Annotations with the truth's numbers; of classes that it has only."""
    names = {category["id"]: category["name"] for category in dataset["categories"]}
    frame = {image["id"]: image["frame_id"] for image in dataset["images"]}
    return [
        {**a, "image_id": picture[frame[a["image_id"]]], "category_id": numbers[names[a["category_id"]]]}
        for a in dataset["annotations"] if names[a["category_id"]] in numbers
    ]


with contextlib.redirect_stdout(io.StringIO()):
    coco = COCO(str(work / "truth.json"))
    evaluation = COCOeval(coco, coco.loadRes(boxes(seen)), "bbox")
    # COCO's sizes are for its own pictures.
    evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
    evaluation.evaluate()
    evaluation.accumulate()
precision = evaluation.eval["precision"][:, :, :, 0, -1]
theirs = {"ap50": precision[0][precision[0] > -1].mean(), "ap": precision[precision > -1].mean()}

accumulator = motmetrics.MOTAccumulator(auto_id=True)
for image in sorted(picture.values()):
    real = [a for a in truth["annotations"] if a["image_id"] == image and a.get("track_id") is not None]
    found = [a for a in boxes(followed) if a["image_id"] == image and a.get("track_id") is not None]
    distances = numpy.full((len(real), len(found)), numpy.nan)
    if real and found:
        distances = motmetrics.distances.iou_matrix([a["bbox"] for a in real], [a["bbox"] for a in found], max_iou=0.5)
        for row, a in enumerate(real):
            for column, b in enumerate(found):
                if a["category_id"] != b["category_id"]:
                    distances[row, column] = numpy.nan
    accumulator.update([a["track_id"] for a in real], [a["track_id"] for a in found], distances)
row = motmetrics.metrics.create().compute(accumulator, metrics=["mota", "idf1", "num_switches"]).iloc[0]
theirs |= {"mota": row["mota"], "idf1": row["idf1"], "id_switches": row["num_switches"]}

failed = False
for key, value in theirs.items():
    mine = ours.get(key, float("nan"))
    same = abs(mine - value) < 1e-3
    failed |= not same
    print(f"{key:12} {mine:9.4f} {value:9.4f} {'' if same else 'DIFFERENT'}")
sys.exit(failed)
