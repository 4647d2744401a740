"""False alarms: what detectors report where nothing is, by day and in the dark."""

from dataclasses import dataclass, replace

import numpy as np

from .boxes import areas
from .labels import CLASSES
from .night import darken
from .sources import read_folder
from .standing import line
from .validation import held_out

# How often a picture of the labelled set is darkened, each time in another way.
DARKENED = 4


@dataclass
class Alarms:
    """Detections in pictures without objects: how many, of which classes, and the largest's share
    of its picture."""

    pictures: int
    counts: np.ndarray
    largest: float
    huge: int

    @property
    def rate(self):
        """Boxes in 100 pictures."""
        return 100 * float(self.counts.sum()) / max(self.pictures, 1)


def count(detector, samples, score):
    """The Alarms of a detector; boxes count from `score` on, and as huge from half of their picture
    on."""
    counts, shares = np.zeros(len(CLASSES), int), [0.0]
    for sample in samples:
        picture = sample.load()
        found = detector(picture)
        sure = found.scores >= score
        counts += np.bincount(found.classes[sure], minlength=len(CLASSES))
        shares += list(areas(found.boxes[sure]) / (picture.shape[0] * picture.shape[1]))
    return Alarms(len(samples), counts, max(shares), sum(share >= 0.5 for share in shares))


def darkened(samples, seed, times=1):
    """The same pictures at night, `times` times each; number i depends on the seed and i alone."""
    dark = []
    for index, sample in enumerate(s for s in samples for _ in range(times)):
        picture = darken(sample.load(), np.random.default_rng((seed, index)))
        dark.append(replace(sample, pixels=picture))
    return dark


def empty_frames(config, training):
    """Clip frames in which no teacher saw anything, trusted or doubtful; of clips that are trained
    on, or of the others."""
    samples = read_folder(config["data"]["video"])
    empty = [s for s in samples if not len(s.boxes) + len(s.ignores)]
    return [s for s in empty if (s.split == "train") == training]


def without_objects(config):
    """Pictures of coco128, of which all classes are labelled, that show none of ours."""
    samples = held_out(config).get("coco128", [])
    return [s for s in samples if not len(s.boxes) + len(s.ignores)]


def drawn(config, split):
    """The drawn empty nights of a split."""
    return [s for s in read_folder(config["data"]["negatives"]) if s.split == split]


def sets(config):
    """(title, samples without objects) of everything that false alarms are counted on."""
    seen, unseen = (empty_frames(config, training) for training in (True, False))
    everyday = without_objects(config)
    yield "clips trained on, empty frames", seen
    yield "other clips, empty frames", unseen
    yield "all these frames, darkened", darkened(seen + unseen, 31)
    yield "drawn nights, seed of the test", drawn(config, "test")
    yield "coco128 without our classes", everyday
    yield "the same, darkened", darkened(everyday, 37, DARKENED)


def report(config, detectors, score):
    """Markdown lines: a table of boxes in 100 pictures for each (name, detector)."""
    detectors = list(detectors)
    yield line(["pictures", *(name for name, _ in detectors)])
    yield "|---" * (len(detectors) + 1) + "|"
    for title, samples in sets(config):
        cells = [f"{title} ({len(samples)})"]
        for _, detector in detectors:
            found = count(detector, samples, score)
            cells.append(
                f"{found.rate:.1f}, largest {100 * found.largest:.0f} %, {found.huge} huge"
            )
        yield line(cells)
