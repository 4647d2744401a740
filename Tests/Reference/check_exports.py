#!/usr/bin/env python3
"""Reads what `deepvid export` and `deepvid count` write with the formats' own tools, and compares it with the records.

    python check_exports.py deepvid RESULTS [--json FILE]

RESULTS is a folder of records of runs with --track (such as a batch's). Needs pandas, pycocotools and motmetrics; datumaro (for YOLO and CVAT)
and label-studio-sdk are used where they are installed, and named where not. Exits with 1 if anything differs, or a tool warns.
"""

import argparse
import collections
import contextlib
import importlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import numpy


class Records:
    """The frames of all inputs in a folder, read with nothing but `json`."""

    def __init__(self, folder):
        self.inputs = []  # (source, begin, frames)
        for path in sorted(pathlib.Path(folder).rglob("*.jsonl")):
            if path.name.startswith("manifest"):
                continue
            for line in path.read_text().splitlines():
                record = json.loads(line)
                if record["type"] == "begin":
                    self.inputs.append((record["source"], record, []))
                if record["type"] == "frame":
                    self.inputs[-1][2].append(record)

    def boxes(self):
        for number, (source, begin, frames) in enumerate(self.inputs):
            for frame in frames:
                for seen in frame["objects"]:
                    yield number, source, frame, seen


def stem(source):
    """The name of an input in exports, as deepvid(1) has it."""
    return re.sub(r"[^\w.-]", "-", pathlib.PurePath(source).stem).strip("-")


def close(a, b, tolerance):
    a, b = numpy.asarray(a, float), numpy.asarray(b, float)
    assert a.shape == b.shape, f"{a.shape} and {b.shape}"
    difference = float(numpy.abs(a - b).max()) if a.size else 0.0
    assert difference <= tolerance, f"differ by {difference}"
    return difference


def check_csv(run, records, folder):
    import pandas

    run("export", "--to", "csv", "-o", folder / "all.csv")
    table = pandas.read_csv(folder / "all.csv")
    boxes = list(records.boxes())
    assert len(table) == len(boxes)
    difference = close(table[["x", "y", "width", "height"]], [seen["box"] for _, _, _, seen in boxes], 0)
    assert list(table.label) == [seen["label"] for _, _, _, seen in boxes]
    assert list(table.track_id.fillna(0)) == [seen.get("track_id", 0) for _, _, _, seen in boxes]
    return {"rows": len(table), "difference": difference}


def check_coco(run, records, folder):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    run("export", "--to", "coco", "-o", folder / "all.json")
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(folder / "all.json"))
        found = truth.loadRes(json.loads((folder / "all.json").read_text())["annotations"])
        evaluation = COCOeval(truth, found, "bbox")
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluation.params.maxDets = [1000]
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"]
    precision = float(precision[precision > -1].mean())
    assert precision > 0.9999, f"against themselves the boxes have an average precision of {precision}"
    names = {category["id"]: category["name"] for category in truth.loadCats(truth.getCatIds())}
    boxes = list(records.boxes())
    annotations = truth.loadAnns(truth.getAnnIds())
    difference = close([a["bbox"] for a in annotations], [seen["box"] for _, _, _, seen in boxes], 0)
    assert [names[a["category_id"]] for a in annotations] == [seen["label"] for _, _, _, seen in boxes]
    frames = [(i["video_id"] - 1, i["frame_id"]) for i in truth.loadImgs(truth.getImgIds())]
    assert frames == [(n, f["frame"]) for n, (_, _, all) in enumerate(records.inputs) for f in all]
    return {"images": len(frames), "annotations": len(annotations), "average_precision": precision, "difference": difference}


def check_mot(run, records, folder):
    # motmetrics 1.4 calls what NumPy 2 has no more.
    if not hasattr(numpy, "asfarray"):
        numpy.asfarray = lambda values: numpy.asarray(values, float)
    import motmetrics

    run("export", "--to", "mot", "-o", folder / "mot")
    rows, worst, switches = 0, 0.0, 0
    for source, _, frames in records.inputs:
        expected = [(f["frame"] + 1, s["track_id"], *s["box"]) for f in frames for s in f["objects"] if "track_id" in s]
        path = folder / "mot" / f"{stem(source)}.txt"
        if not expected:
            continue
        table = motmetrics.io.loadtxt(path, fmt="mot15-2D")
        got = [(frame, id, row.X, row.Y, row.Width, row.Height) for (frame, id), row in table.iterrows()]
        worst = max(worst, close(sorted(got), sorted(expected), 1e-6))
        rows += len(got)
        accumulator = motmetrics.utils.compare_to_groundtruth(table, table, "iou", distth=0.5)
        summary = motmetrics.metrics.create().compute(accumulator, metrics=["idf1", "num_switches", "num_misses"])
        assert summary.idf1.iloc[0] == 1 and summary.num_misses.iloc[0] == 0, f"{source}: {summary}"
        switches += int(summary.num_switches.iloc[0])
    return {"rows": rows, "difference": worst, "switches_against_itself": switches}


def datumaro_boxes(dataset):
    import datumaro

    labels = dataset.categories()[datumaro.AnnotationType.label]
    for item in dataset:
        for seen in item.annotations:
            if seen.type == datumaro.AnnotationType.bbox and not seen.attributes.get("outside"):
                yield item, labels[seen.label].name, seen


def check_yolo(run, records, folder):
    """By the format's definition, for Ultralytics' loader wants the pictures."""
    import yaml

    run("export", "--to", "yolo", "-o", folder / "yolo")
    names = yaml.safe_load((folder / "yolo" / "data.yaml").read_text())["names"]
    assert sorted(names) == list(range(len(names))), "classes have gaps"
    boxes, worst, files = 0, 0.0, 0
    for source, begin, frames in records.inputs:
        width, height = begin["video"]["width"], begin["video"]["height"]
        for frame in frames:
            path = folder / "yolo" / "labels" / stem(source) / f"frame-{frame['frame']:06}.txt"
            assert path.exists() == bool(frame["objects"])
            if not frame["objects"]:
                continue
            files += 1
            rows = [[float(cell) for cell in line.split()] for line in path.read_text().splitlines()]
            assert all(len(row) == 5 and 0 <= min(row[1:]) and max(row[1:]) <= 1 for row in rows)
            assert [names[int(row[0])] for row in rows] == [seen["label"] for seen in frame["objects"]]
            got = [[(x - w / 2) * width, (y - h / 2) * height, w * width, h * height] for _, x, y, w, h in rows]
            worst = max(worst, close(got, [seen["box"] for seen in frame["objects"]], 0.005))
            boxes += len(rows)
    assert files == len(list((folder / "yolo" / "labels").rglob("*.txt")))
    return {"boxes": boxes, "files": files, "difference": worst}


def check_cvat(run, records, folder):
    import datumaro

    run("export", "--to", "cvat", "-o", folder / "cvat")
    boxes, worst = 0, 0.0
    for source, _, frames in records.inputs:
        expected = collections.Counter((f["frame"], s["label"]) for f in frames for s in f["objects"] if "track_id" in s)
        if not expected:
            continue
        dataset = datumaro.Dataset.import_from(str(folder / "cvat" / f"{stem(source)}.xml"), "cvat")
        got, corners = collections.Counter(), []
        for item, label, seen in datumaro_boxes(dataset):
            got[(int(item.attributes["frame"]), label)] += 1
            corners.append((int(item.attributes["frame"]), *seen.get_bbox()))
        assert got == expected, f"{source}: {sum(got.values())} boxes and not {sum(expected.values())}"
        want = [(f["frame"], *s["box"]) for f in frames for s in f["objects"] if "track_id" in s]
        worst = max(worst, close(sorted(corners), sorted(want), 0.02))
        boxes += len(corners)
    return {"boxes": boxes, "difference": worst}


def check_labelstudio(run, records, folder):
    from label_studio_sdk.label_interface import LabelInterface

    run("export", "--to", "labelstudio", "-o", folder / "tasks.json")
    tasks = json.loads((folder / "tasks.json").read_text())
    labels = sorted({seen["label"] for _, _, _, seen in records.boxes()})
    choices = "".join(f'<Label value="{label}"/>' for label in labels)
    interface = LabelInterface(
        f'<View><Video name="video" value="$video"/><VideoRectangle name="box" toName="video"/>'
        f'<Labels name="labels" toName="video">{choices}</Labels></View>'
    )
    moments = 0
    for task in tasks:
        for prediction in task["predictions"]:
            errors = interface.validate_prediction(prediction, return_errors=True)
            assert not errors, errors
            moments += sum(len(region["value"]["sequence"]) for region in prediction["result"])
    expected = sum("track_id" in seen for _, _, _, seen in records.boxes())
    assert moments == expected, f"{moments} boxes and not {expected}"
    return {"tasks": len(tasks), "boxes": moments}


def check_count(run, records, folder):
    """Against one line of pandas over the records."""
    import pandas

    rows = [
        (number, source, frame.get("time"), seen["label"], seen["track_id"])
        for number, source, frame, seen in records.boxes()
        if "track_id" in seen
    ]
    table = pandas.DataFrame(rows, columns=["input", "camera", "time", "class", "track_id"])
    first = table.drop_duplicates(["input", "track_id"])
    counts = pandas.read_csv(io.StringIO(run("count", "--by", "camera,class", "--format", "csv")))
    expected = first.groupby(["camera", "class"]).size().reset_index(name="objects")
    compared = 0
    if "camera" in counts and set(counts.camera) == set(expected.camera):
        assert counts.values.tolist() == expected.values.tolist(), f"{counts}\n{expected}"
        compared += len(expected)
    by_class = pandas.read_csv(io.StringIO(run("count", "--by", "class", "--format", "csv")))
    expected = first.groupby("class").size().reset_index(name="objects")
    assert by_class.values.tolist() == expected.values.tolist()
    hours = 0
    if first.time.notna().all():
        got = pandas.read_csv(io.StringIO(run("count", "--by", "hour", "--time-zone", "UTC", "--format", "csv")))
        expected = first.groupby(pandas.to_datetime(first.time, format="ISO8601").dt.floor("h")).size()
        assert got.objects[got.objects > 0].tolist() == expected.tolist()
        hours = len(got)
    return {"rows": compared + len(by_class), "hours": hours, "objects": int(by_class.objects.sum())}


CHECKS = {
    "csv": (check_csv, ["pandas"]),
    "coco": (check_coco, ["pycocotools"]),
    "mot": (check_mot, ["motmetrics"]),
    "yolo": (check_yolo, ["yaml"]),
    "cvat": (check_cvat, ["datumaro"]),
    "labelstudio": (check_labelstudio, ["label_studio_sdk"]),
    "count": (check_count, ["pandas"]),
}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("deepvid")
    arguments.add_argument("results")
    arguments.add_argument("--json", type=pathlib.Path)
    options = arguments.parse_args()

    def run(command, *flags):
        done = subprocess.run([options.deepvid, command, options.results, *map(str, flags)], capture_output=True, text=True)
        if done.returncode or done.stderr:
            raise AssertionError(f"{command} {flags}: {done.stderr}")
        return done.stdout

    records, figures, failed = Records(options.results), {}, 0
    for name, (check, modules) in CHECKS.items():
        try:
            for module in modules:
                importlib.import_module(module)
        except ImportError as error:
            print(f"{name}: not checked: {error}")
            continue
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            # What the tools say of their own code is not about the files.
            warnings.simplefilter("error", UserWarning)
            try:
                figures[name] = check(run, records, pathlib.Path(folder))
                print(f"{name}: {figures[name]}")
            except (AssertionError, UserWarning) as error:
                failed += 1
                print(f"{name}: WRONG: {error}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
