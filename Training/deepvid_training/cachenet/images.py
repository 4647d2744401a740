"""Labelled pictures, <root>/<split>/<class>/*.jpg, and what is done to them in training."""

from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional as F

MEAN, STD = (125.3, 123.0, 113.9), (63.0, 62.1, 66.7)


def classes(root):
    """Names of the classes: the folders of the `train` split, sorted."""
    return sorted(p.name for p in (Path(root) / "train").iterdir() if p.is_dir())


def read(root, split, limit=None):
    """(uint8 RGB [N, H, W, 3], labels int64 [N]), class by class; `limit` of each class."""
    pictures, labels = [], []
    for label, name in enumerate(classes(root)):
        for path in sorted((Path(root) / split / name).iterdir())[:limit]:
            picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
            if picture is None:
                raise ValueError(f"{path}: not a picture")
            pictures.append(picture[..., ::-1])
            labels.append(label)
    return np.stack(pictures), np.array(labels)


def tensor(pictures):
    """uint8 [N, H, W, 3] → normalised float [N, 3, H, W]."""
    x = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float()
    return (x - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]


def translate(x, reach, generator):
    """Each picture moved by up to `reach` pixels, its border mirrored."""
    if not reach:
        return x
    height, width = x.shape[2:]
    padded = F.pad(x, (reach,) * 4, "reflect")
    down, right = torch.randint(0, 2 * reach + 1, (2, len(x)), generator=generator)
    out = torch.empty_like(x)
    for a in range(2 * reach + 1):
        for b in range(2 * reach + 1):
            chosen = (down == a) & (right == b)
            out[chosen] = padded[chosen][:, :, a : a + height, b : b + width]
    return out


def cut(x, size, generator):
    """A random square of `size` pixels in each picture set to the mean."""
    if not size:
        return x
    height, width = x.shape[2:]
    top = torch.randint(0, height - size + 1, (len(x), 1), generator=generator)
    left = torch.randint(0, width - size + 1, (len(x), 1), generator=generator)
    rows, columns = torch.arange(height), torch.arange(width)
    rows, columns = (rows >= top) & (rows < top + size), (columns >= left) & (columns < left + size)
    return x.masked_fill(rows[:, None, :, None] & columns[:, None, None, :], 0)


class Batches:
    """Epoch by epoch, shuffled and augmented; a picture is mirrored in every second epoch."""

    def __init__(self, x, y, size, reach, hole, seed):
        self.x, self.y, self.size, self.reach, self.hole = x, y, size, reach, hole
        self.generator = torch.Generator().manual_seed(seed)
        self.mirrored = torch.rand(len(x), generator=self.generator) < 0.5
        self.epoch = 0

    def __len__(self):
        """Batches of an epoch; an incomplete last one is left out."""
        return len(self.x) // self.size

    def __iter__(self):
        """(indices, mirrored, pictures, labels)."""
        order = torch.randperm(len(self.x), generator=self.generator)
        for start in range(0, len(self) * self.size, self.size):
            chosen = order[start : start + self.size]
            flip = self.mirrored[chosen] ^ (self.epoch % 2 == 1)
            x = self.x[chosen]
            x = torch.where(flip[:, None, None, None], x.flip(3), x)
            x = cut(translate(x, self.reach, self.generator), self.hole, self.generator)
            yield chosen, flip, x.to(memory_format=torch.channels_last), self.y[chosen]
        self.epoch += 1

    def state_dict(self):
        """What a resumed run needs."""
        return {
            "generator": self.generator.get_state(),
            "mirrored": self.mirrored,
            "epoch": self.epoch,
        }

    def load_state_dict(self, state):
        """Go on after a whole epoch."""
        self.generator.set_state(state["generator"])
        self.mirrored, self.epoch = state["mirrored"], state["epoch"]
