"""The comparison table: our ONNX file and the teachers, through one code path."""

import time
from pathlib import Path

import numpy as np

from . import alarms
from .detectors import OnnxDetector
from .memory import Remembered
from .metrics import measure
from .sizes import measured_sizes
from .standing import standing
from .validation import everyday, held_out, held_out_clips

COLUMNS = ("person", "bicycle", "car", "motorbike", "bus", "truck", "vehicle")


def contenders(config, model):
    """(name, detector) of our exported model and of every reference."""
    yield "deepvid", OnnxDetector(model)
    for name in config["evaluate"]["references"]:
        teacher = OnnxDetector(Path(config["data"]["models"]) / f"{name}.onnx")
        yield name, Remembered(teacher, Path(config["data"]["runs"]) / "teachers" / name)


def groups(config):
    """Held-out sets by title: human labels per source, then teacher labels per clip."""
    for split in ("val", "test"):
        for source, samples in held_out(config, (split,)).items():
            yield f"{source} {split}", samples
    if samples := everyday(config, "val"):
        yield "everyday val", samples
    for clip, samples in held_out_clips(config).items():
        yield f"{clip} (teachers' labels)", samples


def cell(value, count):
    """A figure for the table; classes with fewer than 20 objects are left out."""
    return "–" if count < 20 or np.isnan(value) else f"{100 * value:.1f}"


def table(title, samples, detectors):
    """Markdown lines of one set: AP50 by class, a line per detector."""
    measured = {name: measure(detector, samples) for name, detector in detectors}
    first = next(iter(measured.values()))
    counts = {column: first[column].truths for column in COLUMNS}
    yield f"\n### {title}: {len(samples)} images\n"
    yield "| detector | " + " | ".join(f"{c} ({counts[c]})" for c in COLUMNS) + " |"
    yield "|---" * (len(COLUMNS) + 1) + "|"
    for name, tallies in measured.items():
        cells = [cell(tallies[c].average_precision(), counts[c]) for c in COLUMNS]
        yield f"| {name} | " + " | ".join(cells) + " |"


def operating_points(samples, detector, thresholds):
    """Markdown lines: precision and recall of persons and vehicles by score threshold."""
    tallies = measure(detector, samples)
    yield "| score ≥ | person precision | recall | vehicle precision | recall |"
    yield "|---|---|---|---|---|"
    for threshold in thresholds:
        values = [*tallies["person"].at(threshold), *tallies["vehicle"].at(threshold)]
        yield f"| {threshold:.2f} | " + " | ".join(f"{100 * v:.1f}" for v in values) + " |"


def speeds(detectors, image):
    """Markdown lines: median milliseconds of the network alone, one thread."""
    yield "| detector | input | ms |"
    yield "|---|---|---|"
    for name, detector in detectors:
        pixels, _ = detector.prepare(image)
        times = []
        for _ in range(40):
            start = time.perf_counter()
            detector.session.run(None, {detector.input: pixels})
            times.append(time.perf_counter() - start)
        size = f"{detector.width}×{detector.height}"
        yield f"| {name} | {size} | {1000 * np.median(times[10:]):.1f} |"


def report(config, model, bench=None):
    """All lines of the report; `bench` is the path of deepvid-bench, for MACs and milliseconds."""
    detectors = list(contenders(config, model))
    score = config["export"]["score"]
    yield from standing(config, dict(detectors), measured_sizes(config, model, bench))
    yield "\n## Set by set\n"
    yield "AP at IoU 0.5, in percent; `vehicle` is car, bus and truck as one class. In brackets the"
    yield "number of objects. onnxruntime, one image at a time, each model with its own input size"
    yield "and preprocessing, then one NMS (IoU 0.5) for all."
    sets = dict(groups(config))
    for title, samples in sets.items():
        yield from table(title, samples, detectors)
    human = [s for title, group in sets.items() if "val" in title.split() for s in group]
    yield "\n## Operating points of deepvid on the `val` images\n"
    yield from operating_points(human, detectors[0][1], (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6))
    yield "\n## False alarms\n"
    yield f"Boxes that score {score:.2f} or more, in 100 pictures; huge: of half the picture or more.\n"
    yield from alarms.report(config, detectors, score)
    yield "\n## Speed, onnxruntime, one thread\n"
    yield from speeds(detectors, human[0].load())


def run(config, model, target, bench=None):
    """Print the report and, if `target` is given, write it there."""
    lines = []
    for line in report(config, model, bench):
        print(line, flush=True)
        lines.append(line)
    if target:
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        Path(target).write_text("\n".join(lines) + "\n")
