"""Geometric augmentation: images placed on a canvas, alone or four together (mosaic)."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from .labels import CLASSES, INDEX

PAD = 114
TINY = 4.0


@dataclass
class Scene:
    """A canvas RGB uint8 [H, W, 3] and what is known of it, in canvas pixels."""

    canvas: np.ndarray
    boxes: list = field(default_factory=list)
    classes: list = field(default_factory=list)
    ignores: list = field(default_factory=list)
    ignored: list = field(default_factory=list)

    @classmethod
    def blank(cls, height, width):
        """An empty scene in the padding colour."""
        return cls(np.full((height, width, 3), PAD, np.uint8))


def place(scene, sample, rect, scale, origin, flip):
    """Draw `sample` into rect (x1, y1, x2, y2), scaled by (sx, sy), its corner at `origin`.

    Boxes are clipped to the rectangle; one that is mostly cut off or gets tiny becomes an
    ignore region of all classes.
    """
    x1, y1, x2, y2 = rect
    image = sample.load()
    sx, sy = scale
    ox, oy = origin
    height, width = image.shape[:2]
    matrix = np.float32([[sx, 0, ox - x1], [0, sy, oy - y1]])
    if flip:
        matrix = np.float32([[-sx, 0, ox - x1 + width * sx], [0, sy, oy - y1]])
    if sx < 0.6:
        matrix[:, :2] *= 2
        image = cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    scene.canvas[y1:y2, x1:x2] = cv2.warpAffine(
        image, matrix, (x2 - x1, y2 - y1), borderValue=(PAD, PAD, PAD)
    )

    def move(boxes):
        moved = boxes * np.float32([sx, sy, sx, sy])
        if flip:
            moved[:, [0, 2]] = width * sx - moved[:, [2, 0]]
        moved = moved + np.float32([ox, oy, ox, oy])
        clipped = moved.copy()
        clipped[:, 0::2] = clipped[:, 0::2].clip(x1, x2)
        clipped[:, 1::2] = clipped[:, 1::2].clip(y1, y2)
        return moved, clipped

    full, seen = move(sample.boxes)
    size, rest = full[:, 2:] - full[:, :2], seen[:, 2:] - seen[:, :2]
    visible = rest.prod(1) / np.maximum(size.prod(1), 1e-6)
    keep = (visible > 0.35) & (rest.min(1, initial=1e9) >= TINY)
    doubt = ~keep & (visible > 0.05)
    scene.boxes += list(seen[keep])
    scene.classes += list(sample.classes[keep])
    scene.ignores += list(seen[doubt])
    scene.ignored += [np.ones(len(CLASSES), bool)] * int(doubt.sum())
    scene.ignores += list(move(sample.ignores)[1])
    scene.ignored += list(sample.ignored)


def aim(sample, rect, rng, low, high):
    """A random scale (of the whole-image fit to rect, aspect ratio jittered) and position."""
    x1, y1, x2, y2 = rect
    fit = min((x2 - x1) / sample.width, (y2 - y1) / sample.height)
    scale = fit * np.exp(rng.uniform(np.log(low), np.log(high)))
    stretch = np.exp(rng.uniform(-0.12, 0.12))
    sx, sy = scale * stretch, scale / stretch
    slack = np.array([x2 - x1 - sample.width * sx, y2 - y1 - sample.height * sy])
    origin = np.array([x1, y1]) + rng.uniform(size=2) * slack
    return (sx, sy), origin


def single(sample, height, width, rng):
    """One image: as at inference (top-left letterbox) a third of the time, else at random."""
    scene = Scene.blank(height, width)
    rect = (0, 0, width, height)
    scale, origin = aim(sample, rect, rng, 0.6, 2.2)
    if rng.random() < 0.35:
        fit = min(width / sample.width, height / sample.height)
        scale, origin = (fit, fit), (0, 0)
    place(scene, sample, rect, scale, origin, rng.random() < 0.5)
    return scene


def close_up(sample, height, width, rng):
    """One image around one of its objects, which gets a random height and place.

    Gives every class all sizes from distant to cut off by the frame. Persons are preferred,
    being the smallest and most varied.
    """
    if not len(sample.boxes):
        return single(sample, height, width, rng)
    people = np.nonzero(sample.classes == INDEX["person"])[0]
    items = people if len(people) and rng.random() < 0.7 else np.arange(len(sample.boxes))
    x1, y1, x2, y2 = sample.boxes[items[rng.integers(len(items))]]
    size = np.exp(rng.uniform(np.log(24), np.log(1.6 * height)))
    scale = (size / max(y2 - y1, 1.0)).clip(0.5, 6.0)
    stretch = np.exp(rng.uniform(-0.12, 0.12))
    sx, sy = scale * stretch, scale / stretch
    flip = rng.random() < 0.5
    middle = sample.width - (x1 + x2) / 2 if flip else (x1 + x2) / 2
    aimed = np.array([width, height]) * rng.uniform(0.15, 0.85, size=2)
    origin = aimed - np.array([middle * sx, (y1 + y2) / 2 * sy])
    scene = Scene.blank(height, width)
    place(scene, sample, (0, 0, width, height), (sx, sy), origin, flip)
    return scene


def mosaic(samples, height, width, rng):
    """Four images around a random corner point."""
    scene = Scene.blank(height, width)
    cx = round(width * rng.uniform(0.3, 0.7))
    cy = round(height * rng.uniform(0.3, 0.7))
    rects = ((0, 0, cx, cy), (cx, 0, width, cy), (0, cy, cx, height), (cx, cy, width, height))
    for sample, rect in zip(samples, rects):
        scale, origin = aim(sample, rect, rng, 0.8, 2.5)
        place(scene, sample, rect, scale, origin, rng.random() < 0.5)
    return scene
