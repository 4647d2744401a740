"""Reading and writing the CSV inventories: which images there are and what is known about them."""

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from .labels import CLASSES, INDEX
from .trust import settled

IMAGE_FIELDS = ("file", "width", "height", "split", "source", "annotated_classes")
LABEL_FIELDS = ("file", "class", "x1", "y1", "x2", "y2", "split", "source", "ignore", "score")


def read_rows(path):
    """All rows of a CSV file as dictionaries; an absent file has none."""
    if not Path(path).exists():
        return []
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def write(folder: Path, images, labels):
    """Write images.csv and labels.csv into `folder`."""
    for name, fields, rows in (("images", IMAGE_FIELDS, images), ("labels", LABEL_FIELDS, labels)):
        with open(folder / f"{name}.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, fields, extrasaction="ignore", restval="")
            writer.writeheader()
            writer.writerows(rows)


def read_picture(path):
    """An image file as RGB uint8 [H, W, 3]."""
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


@dataclass
class Sample:
    """One image with its knowledge; pixel coordinates of the image.

    boxes [n, 4], classes [n]; ignores [k, 4] with ignored [k, classes]: in that region the
    marked classes give no classification loss. A class the source does not annotate is an
    ignore region as large as the image.
    """

    path: Path
    width: int
    height: int
    source: str
    split: str
    annotated: np.ndarray
    boxes: list = field(default_factory=list)
    classes: list = field(default_factory=list)
    ignores: list = field(default_factory=list)
    ignored: list = field(default_factory=list)
    pixels: np.ndarray | None = None
    # Range of the logarithm of what makes the picture wider, and by the same factor lower.
    stretch: tuple = (-0.12, 0.12)
    # Boxes [n, 4] of what is none of our classes, where that is known.
    things: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), np.float32))

    def load(self):
        """Decode into RGB uint8 [H, W, 3] once and keep it."""
        if self.pixels is None:
            self.pixels = read_picture(self.path)
        return self.pixels

    def freeze(self):
        """Turn the collected lists into arrays."""
        self.boxes = np.array(self.boxes, np.float32).reshape(-1, 4)
        self.classes = np.array(self.classes, np.int64)
        self.ignores = np.array(self.ignores, np.float32).reshape(-1, 4)
        self.ignored = np.array(self.ignored, bool).reshape(-1, len(CLASSES))
        return self


def annotated_mask(text):
    """The `annotated_classes` column -> [classes] bool; "all ..." means every class."""
    if text.startswith("all"):
        return np.ones(len(CLASSES), bool)
    return np.isin(CLASSES, text.split("|"))


def box_of(row):
    """A label row's box as four floats."""
    return [float(row[key]) for key in ("x1", "y1", "x2", "y2")]


def read_folder(folder, gaps=None, rules=None):
    """All samples of a data folder.

    `gaps` names a folder with labels for unannotated classes; `rules` is the configuration
    by which doubtful teacher labels of training clips are settled.
    """
    folder = Path(folder)
    everything = np.ones(len(CLASSES), bool)
    rows = defaultdict(list)
    labels = read_rows(folder / "labels.csv")
    for row in settled(labels, rules) if rules else labels:
        rows[row["file"]].append(row)
    for row in read_rows(folder / "labels_auto_ignore.csv"):
        rows[row["file"]].append(row | {"ignore": "1"})
    for row in read_rows(Path(gaps) / "labels.csv") if gaps else []:
        if row["ignore"] == "0":
            rows[row["file"]].append(row)
    samples = []
    for row in read_rows(folder / "images.csv"):
        width, height = int(row["width"]), int(row["height"])
        mask = annotated_mask(row["annotated_classes"])
        path = folder / row["file"]
        sample = Sample(path, width, height, row["source"], row["split"], mask)
        if not mask.all():
            sample.ignores.append([0, 0, width, height])
            sample.ignored.append(~mask)
        for label in rows[row["file"]]:
            if label["class"] not in INDEX:
                continue
            if label["ignore"] == "1" or label.get("difficult") == "1":
                sample.ignores.append(box_of(label))
                sample.ignored.append(everything)
            else:
                sample.boxes.append(box_of(label))
                sample.classes.append(INDEX[label["class"]])
        samples.append(sample.freeze())
    return samples
