"""Augmented scenes and a detector's answers to them: made once, learnt from often."""

import torch

from .. import checkpoints
from ..dataset import Scenes, stream, training_samples
from ..teaching import DenseTeacher

KEPT = ("images", "taught_scores", "taught_boxes")


def drawn(config):
    """The batches of [scenes], one after the other: uint8 pictures, the teacher's answers as
    float16."""
    settings, batch = config["scenes"], config["scenes"]["batch"]
    own = config | {"train": config["train"] | settings}  # with the batch as well
    shapes = [tuple(shape) for shape in config["train"]["shapes"]]
    shares = [settings[kind] for kind in ("mosaic", "close_up", "vacant")]
    scenes = Scenes(training_samples(own), own, shapes, *shares)
    teacher = DenseTeacher(config["detector"]["teacher"], "deepvid")
    count = settings["count"] + settings["held"]
    for number, found in enumerate(stream(scenes, 0, count, batch, 0, teacher)):
        if number % 20 == 0:
            print(f"scenes: {number * batch} of {count}", flush=True)
        yield {name: found[name].contiguous() for name in KEPT}


def prepared(config, path):
    """(batches to train on, held-out batches); from `path` where an earlier run left them."""
    if not path.exists():
        checkpoints.save(list(drawn(config)), path)
    batches = torch.load(path, weights_only=True, mmap=True)
    held = config["scenes"]["held"] // config["scenes"]["batch"]
    return batches[:-held], batches[-held:]
