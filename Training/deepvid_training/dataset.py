"""The training stream: an endless, seeded, resumable sequence of augmented scenes."""

import signal

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from .blended_scenes import blended, is_blended
from .labels import CLASSES
from .night import caption, darken, visible
from .others import attach
from .photometry import shoot
from .placement import close_up, mosaic, single, vacant
from .shapes import covered
from .sources import read_folder

# Pictures that their exporter stretched to squares were 1:1 to 16:9, and sometimes upright.
UNSQUARED = (-0.08, 0.3)
# How often a scene is darkened: with objects, and a part of a picture in which nothing is.
NIGHTS, EMPTY_NIGHTS = 0.2, 0.5
CAPTIONS = 0.08
# How often an empty part has shapes before it.
SHAPES = 0.6


def training_samples(config):
    """Samples per group of [train.mix]: a source's name, or `video` for all clips."""
    data = config["data"]
    labelled = [s for s in read_folder(data["labelled"], data["gaps"]) if s.split == "train"]
    groups = {
        "highway": [s for s in labelled if s.source == "highway"],
        "atl_cctv": [s for s in labelled if s.source == "atl_cctv"],
        "everyday": [s for s in read_folder(data["everyday"]) if s.split == "train"],
        "negatives": [s for s in read_folder(data["negatives"]) if s.split == "train"],
        "video": [s for s in read_folder(data["video"], rules=config) if s.split == "train"],
    }
    for sample in groups["everyday"]:
        if sample.width == sample.height:
            sample.stretch = UNSQUARED
    attach(config, [s for group in groups.values() for s in group])
    return {name: groups[name] for name in config["train"]["mix"] if groups[name]}


def seen(scene, rng, nights):
    """The scene as a camera takes it, by day or, with a chance of `nights`, in the dark.

    What can no longer be made out in the dark is neither there nor not there: it becomes an ignore
    region.
    """
    x1, y1, x2, y2 = scene.shown
    taken = np.ascontiguousarray(scene.canvas[y1:y2, x1:x2])
    if rng.random() < nights:
        scene.canvas[y1:y2, x1:x2] = darken(taken, rng)
        shows = visible(scene.canvas, scene.boxes)
        scene.ignores += [box for box, good in zip(scene.boxes, shows) if not good]
        scene.ignored += [np.ones(len(CLASSES), bool)] * int((~shows).sum())
        scene.boxes = [box for box, good in zip(scene.boxes, shows) if good]
        scene.classes = [label for label, good in zip(scene.classes, shows) if good]
        return scene
    taken = shoot(taken, rng)
    scene.canvas[y1:y2, x1:x2] = caption(taken, rng) if rng.random() < CAPTIONS else taken
    return scene


class Scenes(Dataset):
    """Scene number i depends on (seed, i) only, so a resumed run continues the same stream."""

    def __init__(self, groups, config, shapes, mosaic_share, close_share=0.0, vacant_share=0.0):
        """`shapes` [(height, width), ...]: of one batch after the other, in turns."""
        self.groups = list(groups.values())
        mix = np.array([config["train"]["mix"][name] for name in groups], float)
        self.mix = mix / mix.sum()
        train = config["train"]
        self.seed, self.batch, self.shapes = train["seed"], train["batch"], shapes
        self.blended_share = train.get("blended", 0.0)
        self.mosaic_share, self.close_share = mosaic_share, close_share
        self.vacant_share = vacant_share

    def pick(self, rng):
        """One sample by the configured mix of groups."""
        group = self.groups[rng.choice(len(self.groups), p=self.mix)]
        sample = group[rng.integers(len(group))]
        if not len(sample.boxes) and rng.random() < 0.4:  # some empty scenes are enough
            sample = group[rng.integers(len(group))]
        return sample

    def empty(self, height, width, rng):
        """A scene of a picture's empty part, most often with shapes before it that are cut from
        another's."""
        scene = vacant(self.pick(rng), height, width, rng)
        other = vacant(self.pick(rng), height, width, rng)
        if not len(scene.boxes) + len(other.boxes) and rng.random() < SHAPES:
            x1, y1, x2, y2 = other.shown
            stuff = np.ascontiguousarray(other.canvas[y1:y2, x1:x2])
            x1, y1, x2, y2 = scene.shown
            taken = np.ascontiguousarray(scene.canvas[y1:y2, x1:x2])
            scene.canvas[y1:y2, x1:x2] = covered(taken, stuff, rng)
            scene.ignores += other.ignores
            scene.ignored += other.ignored
        return scene

    def __getitem__(self, index):
        cv2.setNumThreads(0)
        rng = np.random.default_rng((self.seed, index))
        kind, nights = rng.random(), NIGHTS
        number = index // self.batch
        height, width = self.shapes[number % len(self.shapes)]
        if kind < self.mosaic_share:
            samples = [self.pick(rng) for _ in range(4)]
            scene = mosaic(samples, height, width, rng, self.close_share)
        elif kind < self.mosaic_share + self.close_share:
            scene = close_up(self.pick(rng), height, width, rng)
        elif kind < self.mosaic_share + self.close_share + self.vacant_share:
            scene, nights = self.empty(height, width, rng), EMPTY_NIGHTS
        else:
            scene = single(self.pick(rng), height, width, rng)
        scene = seen(scene, rng, nights)
        if is_blended(number, self.blended_share):
            scene.to_blend = index
        return scene


def stack(rows, width, dtype):
    """Ragged per-image lists [n_i][width] -> (padded [B, max n, width], valid [B, max n])."""
    longest = max(len(r) for r in rows)
    padded = np.zeros((len(rows), longest, width), dtype)
    valid = np.zeros((len(rows), longest), bool)
    for index, row in enumerate(rows):
        if row:
            padded[index, : len(row)] = np.array(row).reshape(-1, width)
            valid[index, : len(row)] = True
    return torch.from_numpy(padded), torch.from_numpy(valid)


class Collate:
    """Scenes -> tensors: images uint8 [B, 3, H, W], objects, labels, valid, regions, marked.

    With a dense teacher also what it says: taught_scores, taught_boxes, hints; and in a batch that
    was blended, `blended`. The teacher runs here, in the loader's process, on the scenes as the
    network will see them.
    """

    def __init__(self, teacher=None):
        self.teacher = teacher

    def __call__(self, scenes):
        pictures = np.stack([s.canvas for s in scenes])
        objects, valid = stack([s.boxes for s in scenes], 4, np.float32)
        labels, _ = stack([[[c] for c in s.classes] for s in scenes], 1, np.int64)
        regions, _ = stack([s.ignores for s in scenes], 4, np.float32)
        marked, _ = stack([s.ignored for s in scenes], len(CLASSES), bool)
        batch = {
            "images": torch.from_numpy(pictures).permute(0, 3, 1, 2),
            "objects": objects,
            "labels": labels[..., 0],
            "valid": valid,
            "regions": regions,
            "marked": marked,
        }
        if scenes[0].to_blend is not None:
            pictures = blended(pictures, np.random.default_rng((scenes[0].to_blend, 59)))
            batch["images"] = torch.from_numpy(pictures).permute(0, 3, 1, 2)
            batch["blended"] = True
        if self.teacher:
            scores, boxes, hints = self.teacher(pictures)
            batch["hints"] = [torch.from_numpy(hint).to(torch.bfloat16) for hint in hints]
            batch["taught_scores"] = torch.from_numpy(scores)
            batch["taught_boxes"] = torch.from_numpy(boxes)
        return batch


def start_worker(_):
    """Loader processes die of SIGTERM, also where the training process handles it."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def stream(scenes, start, stop, batch, workers, teacher=None):
    """A loader over scene numbers start..<stop, in order."""
    return DataLoader(
        scenes,
        batch,
        sampler=range(start, stop),
        collate_fn=Collate(teacher),
        num_workers=workers,
        worker_init_fn=start_worker,
    )
