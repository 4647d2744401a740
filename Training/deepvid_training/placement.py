"""Geometric augmentation: images placed on a canvas, alone or four together (mosaic)."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from .labels import CLASSES, INDEX

PAD = 114
TINY = 4.0
# Up to how many pixels of a close-up a pixel of its picture becomes. Of a person of thirty pixels,
# magnified to fill the picture, an upright blur is left, which is no example of a person.
MAGNIFIED = 2.5
# Width by height of what cameras other than 16:9 ones take: they leave padding to the right or
# below.
SHAPES = (4 / 3, 4 / 3, 1.0, 0.88, 3 / 4, 9 / 16, 2.4)


@dataclass
class Scene:
    """A canvas RGB uint8 [H, W, 3] and what is known of it, in canvas pixels.

    shown is (x1, y1, x2, y2) of what a camera took; the rest is padding, which light and noise do
    not reach.
    """

    canvas: np.ndarray
    shown: tuple
    boxes: list = field(default_factory=list)
    classes: list = field(default_factory=list)
    ignores: list = field(default_factory=list)
    ignored: list = field(default_factory=list)
    # Of a scene that is to be blended with others, so that its labels do not hold: its number.
    to_blend: int | None = None

    @classmethod
    def blank(cls, height, width):
        """An empty scene in the padding colour."""
        return cls(np.full((height, width, 3), PAD, np.uint8), (0, 0, width, height))


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


def fitted(sample, rect, stretch):
    """(x scale, y scale) with which a picture, made wider by stretch² in proportion, just fits into
    rect."""
    x1, y1, x2, y2 = rect
    fit = min((x2 - x1) / (sample.width * stretch), (y2 - y1) / (sample.height / stretch))
    return np.array([fit * stretch, fit / stretch])


def camera(height, width, rng, share=0.25):
    """The part of the canvas that a camera's picture fills, (x1, y1, x2, y2): all of it, or what
    another shape leaves."""
    if rng.random() >= share:
        return 0, 0, width, height
    shape = SHAPES[rng.integers(len(SHAPES))]
    return 0, 0, min(width, round(height * shape)), min(height, round(width / shape))


def alone(sample, height, width, rect, scale, origin, flip):
    """A scene of one image."""
    scene = Scene.blank(height, width)
    place(scene, sample, rect, scale, origin, flip)
    low = np.maximum(np.floor(origin), rect[:2])
    high = np.minimum(np.ceil(origin + scale * np.array([sample.width, sample.height])), rect[2:])
    scene.shown = (*low.astype(int).tolist(), *high.astype(int).tolist())
    return scene


def aim(sample, rect, rng, low, high):
    """A random scale (of the whole-image fit to rect, aspect ratio jittered) and position."""
    x1, y1, x2, y2 = rect
    scale = np.exp(rng.uniform(np.log(low), np.log(high)))
    sx, sy = fitted(sample, rect, np.exp(rng.uniform(*sample.stretch))) * scale
    slack = np.array([x2 - x1 - sample.width * sx, y2 - y1 - sample.height * sy])
    origin = np.array([x1, y1]) + rng.uniform(size=2) * slack
    return np.array([sx, sy]), origin


def single(sample, height, width, rng):
    """One image: as at inference (top-left letterbox) a third of the time, else at random."""
    if rng.random() < 0.35:
        rect = (0, 0, width, height)
        scale, origin = fitted(sample, rect, np.exp(np.mean(sample.stretch))), np.zeros(2)
    else:
        rect = camera(height, width, rng)
        scale, origin = aim(sample, rect, rng, 0.75, 2.2)
    return alone(sample, height, width, rect, scale, origin, rng.random() < 0.5)


def aim_at_object(sample, rect, rng):
    """As `aim`, but around one of the sample's objects, which gets a random height and place.

    Gives every class all sizes from distant to cut off by the frame. Persons are preferred,
    being the smallest and most varied. The image still covers as much of rect as it can.
    """
    x1, y1, x2, y2 = rect
    people = np.nonzero(sample.classes == INDEX["person"])[0]
    items = people if len(people) and rng.random() < 0.7 else np.arange(len(sample.boxes))
    left, top, right, bottom = sample.boxes[items[rng.integers(len(items))]]
    fit = min((x2 - x1) / sample.width, (y2 - y1) / sample.height)
    wanted = np.exp(rng.uniform(np.log(24), np.log(1.6 * (y2 - y1)))) / max(bottom - top, 1.0)
    scale = np.clip(wanted, 0.9 * fit, max(0.9 * fit, MAGNIFIED))
    stretch = np.exp(rng.uniform(*sample.stretch))
    scales = np.array([scale * stretch, scale / stretch])
    place = np.array([x1, y1]) + np.array([x2 - x1, y2 - y1]) * rng.uniform(0.15, 0.85, size=2)
    origin = place - np.array([left + right, top + bottom]) / 2 * scales
    slack = np.array([x2 - x1, y2 - y1]) - np.array([sample.width, sample.height]) * scales
    low, high = np.minimum(slack, 0), np.maximum(slack, 0)
    return scales, np.clip(origin, [x1, y1] + low, [x1, y1] + high)


def close_up(sample, height, width, rng):
    """One image around one of its objects."""
    if not len(sample.boxes):
        return single(sample, height, width, rng)
    rect = camera(height, width, rng)
    scale, origin = aim_at_object(sample, rect, rng)
    return mirrored(alone(sample, height, width, rect, scale, origin, False), rng)


def vacancy(sample, rng, tries=20, least=48):
    """A part (x1, y1, x2, y2) of a picture in which there is no object and no doubt, or None.

    Most often around one of its `things`. Regions as large as the picture, of classes that its
    source leaves out, do not count: there the teacher is asked.
    """
    large = (sample.ignores[:, 2:] - sample.ignores[:, :2] >= (sample.width, sample.height)).all(1)
    taken = np.concatenate([sample.boxes, sample.ignores[~large | sample.ignored.all(1)]])
    whole = np.array([sample.width, sample.height])
    for most in np.linspace(1.0, 0.3, tries):  # the more often in vain, the smaller
        if len(sample.things) and rng.random() < 0.6:
            thing = sample.things[rng.integers(len(sample.things))]
            size = (thing[2:] - thing[:2]) * rng.uniform(1.0, 1.8, 2)
            low = (thing[:2] + thing[2:] - size) / 2
            (x, y), high = low.clip(0), (low + size).clip(max=whole)
            w, h = high - (x, y)
        else:
            w, h = rng.uniform(0.2, most, 2) * whole
            x, y = rng.uniform(0, 1, 2) * (whole - (w, h))
        apart = (
            (taken[:, 0] >= x + w)
            | (taken[:, 2] <= x)
            | (taken[:, 1] >= y + h)
            | (taken[:, 3] <= y)
        )
        if apart.all() and min(w, h) >= least:
            return x, y, x + w, y + h
    return None


def vacant(sample, height, width, rng):
    """What one image shows where nothing is, as large as a whole picture; the image as it is, if it
    has no such part."""
    part = vacancy(sample, rng)
    if part is None:
        return single(sample, height, width, rng)
    x1, y1, x2, y2 = part
    shape = (x2 - x1) / (y2 - y1) * np.exp(rng.uniform(-0.2, 0.2))
    rect = (0, 0, min(width, round(height * shape)), min(height, round(width / shape)))
    scale = np.array([rect[2] / (x2 - x1), rect[3] / (y2 - y1)])
    scene = alone(sample, height, width, rect, scale, -scale * (x1, y1), False)
    return mirrored(scene, rng)


def mirrored(scene, rng):
    """Half of the scenes left to right."""
    if rng.random() < 0.5:
        return scene
    width = scene.canvas.shape[1]
    scene.canvas = np.ascontiguousarray(scene.canvas[:, ::-1])
    x1, y1, x2, y2 = scene.shown
    scene.shown = (width - x2, y1, width - x1, y2)
    for boxes in (scene.boxes, scene.ignores):
        boxes[:] = [np.float32([width - b[2], b[1], width - b[0], b[3]]) for b in boxes]
    return scene


def mosaic(samples, height, width, rng, close_share=0.0):
    """Four images around a random corner point."""
    scene = Scene.blank(height, width)
    cx = round(width * rng.uniform(0.3, 0.7))
    cy = round(height * rng.uniform(0.3, 0.7))
    rects = ((0, 0, cx, cy), (cx, 0, width, cy), (0, cy, cx, height), (cx, cy, width, height))
    for sample, rect in zip(samples, rects):
        if len(sample.boxes) and rng.random() < close_share:
            place(scene, sample, rect, *aim_at_object(sample, rect, rng), False)
        else:
            place(scene, sample, rect, *aim(sample, rect, rng, 0.8, 2.5), rng.random() < 0.5)
    return mirrored(scene, rng)
