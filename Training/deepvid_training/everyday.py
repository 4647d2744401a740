"""The set of everyday persons, put into the shape of the other sets, with the teachers' second
opinion.

Its own labels are persons only, and not all of them: who stands in the background is often left
out, and a few boxes hold nothing that could be recognised. What the teachers see besides is left
open (an ignore region); what none of them sees in a large box, too.
"""

from pathlib import Path

import numpy as np

from .boxes import areas, intersections, overlaps
from .consensus import vote
from .labels import CLASSES, INDEX
from .sources import IMAGE_FIELDS, LABEL_FIELDS, read_picture, read_rows, write

SOURCE = "everyday"
# Of a box that no teacher confirms: the share of the picture from which on it is left open instead
# of trusted. Teachers miss small persons; a large one they miss is a blur.
LARGE = 0.08
# Least score of a vote that confirms a label.
CONFIRMS = 0.12
# Of photographs that are no frames of a clip, one in so many is held out.
HELD_OUT = 12


def split_of(row):
    """`val` or `train` by the picture's number and the name it had; neighbouring frames of a clip
    stay together, in `train`."""
    name = row["source_name"]
    photograph = name.startswith("img") or (name.isdigit() and len(name) == 12)
    return "val" if photograph and int(row["image"]) % HELD_OUT == 0 else "train"


def boxes_of(rows):
    """Label rows with a corner and a size -> corner boxes [n, 4] in pixels."""
    values = [[float(row[key]) for key in ("x", "y", "w", "h")] for row in rows]
    boxes = np.array(values, np.float32).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def judged(boxes, votes, width, height):
    """What the teachers' votes make of a picture's labelled persons [n, 4].

    Returns (trusted [n] bool, boxes [k, 4] of persons that may be there and are not labelled).
    """
    people = [v for v in votes if v.label == INDEX["person"]]
    seen = np.array([v.box for v in people], np.float32).reshape(-1, 4)
    sure = np.array([v.score for v in people]) >= CONFIRMS
    same = overlaps(boxes, seen) > 0.4
    confirmed = (same & sure[None]).any(1)
    trusted = confirmed | (areas(boxes) < LARGE * width * height)
    inside = intersections(seen, boxes) / np.maximum(areas(seen)[:, None], 1e-9)
    return trusted, seen[~same.any(0) & ~(inside > 0.7).any(1)]


def label_row(name, kind, box, split, ignore, score=""):
    """A row of labels.csv."""
    corners = [f"{value:.1f}" for value in box]
    return dict(
        zip(LABEL_FIELDS, (name, kind, *corners, split, SOURCE)), ignore=int(ignore), score=score
    )


def adopt(config, teachers):
    """Write images.csv and labels.csv of the set into `data.everyday`, where the set itself lies in
    the folder `person_everyday`."""
    folder = Path(config["data"]["everyday"])
    origin = folder / "person_everyday"
    labels_of = {}
    for row in read_rows(origin / "labels.csv"):
        labels_of.setdefault(row["image"], []).append(row)
    images, labels = [], []
    for row in read_rows(origin / "images.csv"):
        name, split = f"person_everyday/images/{row['file']}", split_of(row)
        width, height = int(row["width"]), int(row["height"])
        images.append(dict(zip(IMAGE_FIELDS, (name, width, height, split, SOURCE, "person"))))
        boxes = boxes_of(labels_of.get(row["image"], []))
        votes = vote([teacher(read_picture(folder / name)) for teacher in teachers])
        trusted, unlabelled = judged(boxes, votes, width, height)
        labels += [
            label_row(name, "person", box, split, not good) for box, good in zip(boxes, trusted)
        ]
        labels += [label_row(name, "person", box, split, True) for box in unlabelled]
        for v in votes:
            if v.trusted and v.label != INDEX["person"]:
                labels.append(
                    label_row(name, CLASSES[v.label], v.box, split, False, f"{v.score:.3f}")
                )
        if len(images) % 200 == 0:
            print(f"everyday: {len(images)} images, {len(labels)} boxes so far", flush=True)
    write(folder, images, labels)
