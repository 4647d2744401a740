"""Where training pictures show things that are not to be found: dogs, chairs, bottles, whatever
else a teacher knows the name of.

In sets of persons and vehicles whatever is large, whole and in front is one of them. A network that
has seen nothing else takes food, animals and furniture for persons as large as the picture; scenes
of such things alone teach it otherwise.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from .detectors import OnnxDetector
from .labels import COCO_IDS
from .sources import LABEL_FIELDS, box_of, read_folder, read_rows, write

OTHERS = tuple(index for index in range(80) if index not in COCO_IDS)
SCORE = 0.3
# Least side in pixels.
LEAST = 32


def pictures(config):
    """All `train` samples of the labelled pictures and of the clips."""
    data = config["data"]
    samples = [s for name in ("everyday", "labelled", "video") for s in read_folder(data[name])]
    return [s for s in samples if s.split == "train"]


def find(config):
    """Write labels.csv into `data.others`: boxes of other classes than ours, by the first
    teacher."""
    name = config["pseudo"]["teachers"][0]
    teacher = OnnxDetector(Path(config["data"]["models"]) / f"{name}.onnx", score=SCORE)
    teacher.recipe = replace(teacher.recipe, class_ids=OTHERS)
    rows = []
    for sample in pictures(config):
        found = teacher(sample.load())
        sample.pixels = None
        large = (found.boxes[:, 2:] - found.boxes[:, :2] >= LEAST).all(1)
        for box in found.boxes[large]:
            corners = [f"{value:.1f}" for value in box]
            fields = (str(sample.path.name), "other", *corners, "train", sample.source)
            rows.append(dict(zip(LABEL_FIELDS, fields)))
    folder = Path(config["data"]["others"])
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, [], rows)
    print(f"others: {len(rows)} boxes", flush=True)


def attach(config, samples):
    """Give each sample its `things`, boxes [n, 4] of other classes."""
    boxes = {}
    for row in read_rows(Path(config["data"]["others"]) / "labels.csv"):
        boxes.setdefault((row["source"], row["file"]), []).append(box_of(row))
    for sample in samples:
        things = boxes.get((sample.source, sample.path.name), [])
        sample.things = np.array(things, np.float32).reshape(-1, 4)
