"""Teacher labels for unlabelled video frames, and for classes a source does not annotate."""

from pathlib import Path

import cv2
import numpy as np

from . import everyday, others
from .boxes import suppress
from .consensus import vote
from .detectors import Detections, OnnxDetector
from .frames import sample_frames
from .labels import CLASSES
from .memory import Remembered
from .moving import backdrop, moving_boxes
from .sources import LABEL_FIELDS, read_folder, read_picture, read_rows, write

EDGE = 3


def windows(height, width, share=0.6):
    """The whole image and four overlapping corner crops, as (x1, y1, x2, y2) in pixels."""
    w, h = round(width * share), round(height * share)
    xs, ys = (0, width - w), (0, height - h)
    return [(0, 0, width, height)] + [(x, y, x + w, y + h) for y in ys for x in xs]


class Looker:
    """A teacher that looks at all windows; boxes cut off by a window's inner edge are dropped."""

    def __init__(self, teacher):
        self.teacher = teacher

    def __call__(self, image):
        height, width = image.shape[:2]
        found = []
        for x1, y1, x2, y2 in windows(height, width):
            seen = self.teacher(image[y1:y2, x1:x2])
            boxes = seen.boxes + np.float32([x1, y1, x1, y1])
            whole = (
                ((boxes[:, 0] > x1 + EDGE) | (x1 == 0))
                & ((boxes[:, 1] > y1 + EDGE) | (y1 == 0))
                & ((boxes[:, 2] < x2 - EDGE) | (x2 == width))
                & ((boxes[:, 3] < y2 - EDGE) | (y2 == height))
            )
            found.append((boxes[whole], seen.scores[whole], seen.classes[whole]))
        boxes, scores, classes = (np.concatenate(part) for part in zip(*found))
        kept = suppress(boxes, scores, classes, 0.5)
        return Detections(boxes[kept], scores[kept], classes[kept])


def lookers(config):
    """The teachers by name, each looking closely and remembering what it saw."""
    return {
        name: Remembered(Looker(teacher), Path(config["data"]["runs"]) / "looks" / name)
        for name, teacher in teachers_of(config)
    }


def glancers(config):
    """The teachers by name, each looking once: at pictures that are no larger than what teachers
    take in."""
    return {
        name: Remembered(teacher, Path(config["data"]["runs"]) / "glances" / name)
        for name, teacher in teachers_of(config)
    }


def teachers_of(config):
    """(name, detector) of each teacher."""
    for name in config["pseudo"]["teachers"]:
        yield name, OnnxDetector(Path(config["data"]["models"]) / f"{name}.onnx", score=0.1)


def rows_for(teachers, image, name, split, source):
    """CSV rows of one image's votes; the untrusted have ignore=1."""
    for judged in vote([teacher(image) for teacher in teachers]):
        box = [f"{value:.1f}" for value in judged.box]
        yield dict(
            zip(LABEL_FIELDS, (name, CLASSES[judged.label], *box, split, source)),
            ignore=int(not judged.trusted),
            score=f"{judged.score:.3f}",
        )


def split_of(clip, data):
    """`val` for held-out clips, `alarms` for those that are good for nothing else, otherwise
    `train`."""
    if clip.stem in data["held_out_clips"]:
        return "val"
    return "alarms" if clip.stem in data.get("alarm_clips", ()) else "train"


def label_videos(config, teachers):
    """Sample and label every clip, each with its split."""
    folder = Path(config["data"]["video"])
    (folder / "images").mkdir(parents=True, exist_ok=True)
    images, labels = [], []
    for clip in sorted(Path(config["data"]["clips"]).iterdir()):
        split = split_of(clip, config["data"])
        for index, image in sample_frames(clip, config["pseudo"]["frames_per_clip"], 640):
            name = f"images/{clip.stem}_{index:05d}.jpg"
            bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
            cv2.imwrite(str(folder / name), bgr, [cv2.IMWRITE_JPEG_QUALITY, 93])
            image = read_picture(folder / name)
            rows = list(rows_for(teachers, image, name, split, clip.stem))
            labels += rows
            images.append(
                dict(
                    file=name,
                    width=image.shape[1],
                    height=image.shape[0],
                    split=split,
                    source=clip.stem,
                    annotated_classes="|".join(CLASSES),
                )
            )
        write(folder, images, labels)
        print(f"{clip.stem}: {len(images)} images, {len(labels)} boxes so far", flush=True)


def label_gaps(config, teachers):
    """Label, in the labelled training images, the classes which their source leaves out."""
    folder = Path(config["data"]["labelled"])
    target = Path(config["data"]["gaps"])
    target.mkdir(parents=True, exist_ok=True)
    labels = []
    for row in read_rows(folder / "images.csv"):
        missing = set(CLASSES) - set(row["annotated_classes"].split("|"))
        if row["split"] != "train" or not missing:
            continue
        image = read_picture(folder / row["file"])
        votes = rows_for(teachers, image, row["file"], "train", row["source"])
        labels += [vote for vote in votes if vote["class"] in missing]
    write(target, [], labels)
    print(f"gaps: {len(labels)} boxes", flush=True)


def moving_rows(samples, label):
    """Rows of one clip's samples by motion alone; ragged regions have ignore=1."""
    still = backdrop([sample.load() for sample in samples])
    for sample in samples:
        for box, solidity in zip(*moving_boxes(sample.load(), still)):
            corners = [f"{value:.1f}" for value in box]
            name = f"images/{sample.path.name}"
            fields = (name, label, *corners, sample.split, sample.source)
            yield dict(zip(LABEL_FIELDS, fields), ignore=int(solidity < 0.6))


def label_moving(config):
    """Replace the teachers' labels of the clips marked `moving` by labels from motion."""
    folder = Path(config["data"]["video"])
    marked = {name: rule["moving"] for name, rule in config["clips"].items() if "moving" in rule}
    rows = [row for row in read_rows(folder / "labels.csv") if row["source"] not in marked]
    samples = read_folder(folder)
    for clip, label in marked.items():
        rows += moving_rows([s for s in samples if s.source == clip], label)
    write(folder, read_rows(folder / "images.csv"), rows)


def run(config, what):
    """Entry point: `what` is "videos", "moving", "gaps", "everyday", "others" or "all"."""
    glancing = list(glancers(config).values())
    if what in ("videos", "all"):
        label_videos(config, list(lookers(config).values()))
    if what in ("moving", "all"):
        label_moving(config)
    if what in ("gaps", "all"):
        label_gaps(config, glancing)
    if what in ("everyday", "all"):
        everyday.adopt(config, glancing)
    if what in ("others", "all"):
        others.find(config)
