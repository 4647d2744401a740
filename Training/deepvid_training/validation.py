"""The images that are held out while training, and the subset watched during a run."""

from .metrics import measure
from .sources import read_folder


def held_out(config, splits=("val", "test")):
    """Human-labelled samples per source, of the given splits; nothing of them is trained on."""
    samples = [s for s in read_folder(config["data"]["labelled"]) if s.split in splits]
    return {
        name: [s for s in samples if s.source == name]
        for name in sorted({s.source for s in samples})
    }


def held_out_clips(config):
    """Teacher-labelled frames of the clips that are kept out of training, per clip."""
    samples = [s for s in read_folder(config["data"]["video"]) if s.split == "val"]
    return {
        name: [s for s in samples if s.source == name]
        for name in sorted({s.source for s in samples})
    }


def everyday(config, split):
    """Human-labelled samples of the everyday persons, of one split."""
    return [s for s in read_folder(config["data"]["everyday"]) if s.split == split]


def watched(config):
    """Every third `val` image and every fourth frame of held-out clips."""
    labelled = [s for group in held_out(config, ("val",)).values() for s in group]
    labelled += everyday(config, "val")
    clips = [s for group in held_out_clips(config).values() for s in group]
    return labelled[::3] + clips[::4]


FIELDS = ("person", "car", "motorbike", "bus", "truck", "vehicle")


def precisions(detector, samples):
    """AP50 by name of class, for the curves."""
    table = measure(detector, samples)
    return {name: table[name].average_precision() for name in FIELDS}
