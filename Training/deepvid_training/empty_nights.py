"""Pictures of places at night with nobody and nothing in them that is to be found, drawn by a
program: hard negatives.

Walls, doors, fences, posts, bushes, trees, bins, shelves and lamps, in perspective and with
texture, seen by a camera at night. Picture number i of a seed depends on both alone.
"""

from pathlib import Path

import cv2
import numpy as np

from .labels import CLASSES
from .night import darken, field
from .sources import IMAGE_FIELDS, write

# Height and width in pixels: wide, 4:3, square, and portrait cameras.
SHAPES = (
    (234, 416),
    (234, 416),
    (256, 416),
    (312, 416),
    (312, 416),
    (416, 416),
    (416, 366),
    (416, 312),
    (416, 234),
)


class Place:
    """A picture in the making: reflectance 0..1, float32 [H, W]."""

    def __init__(self, rng):
        self.rng = rng
        self.height, self.width = SHAPES[rng.integers(len(SHAPES))]
        self.horizon = int(self.height * rng.uniform(-0.2, 0.55))
        self.picture = np.full((self.height, self.width), rng.uniform(0.02, 0.5), np.float32)

    def texture(self, fine=0.5):
        """Rough surface around 1: blotches and grit."""
        rng = self.rng
        rough = np.ones((self.height, self.width), np.float32)
        for cells, share in ((6, 0.5), (25, 0.3), (90, fine)):
            rough += share * (
                field(self.height, self.width, rng, cells * rng.uniform(0.6, 1.6)) - 0.5
            )
        return rough

    def paint(self, points, tone, fine=0.4, soft=0.7):
        """Fill a polygon [n, 2] (pixels) with a surface of the reflectance `tone`, lighter to one
        side."""
        mask = np.zeros((self.height, self.width), np.float32)
        cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 1.0, cv2.LINE_AA)
        mask = cv2.GaussianBlur(mask, (0, 0), soft)
        x = np.linspace(-1, 1, self.width, dtype=np.float32)[None]
        surface = tone * self.texture(fine) * (1 + self.rng.uniform(-0.35, 0.35) * x)
        self.picture = self.picture * (1 - mask) + surface * mask

    def box(self, left, top, width, height, tone, **how):
        """A rectangle, a little out of true."""
        corners = np.float32(
            [[left, top], [left + width, top], [left + width, top + height], [left, top + height]]
        )
        lean = self.rng.normal(0, 0.03, (4, 2)) * (width, height)
        self.paint(corners + np.clip(lean, -4, 4), tone, **how)

    def line(self, a, b, tone, thick):
        """A straight bar between two points."""
        layer = np.zeros((self.height, self.width), np.float32)
        cv2.line(
            layer,
            tuple(int(v) for v in a),
            tuple(int(v) for v in b),
            1.0,
            max(1, int(thick)),
            cv2.LINE_AA,
        )
        self.picture = self.picture * (1 - layer) + tone * layer

    def floor(self):
        """Ground below the horizon, rougher close by; joints of paving sometimes."""
        rng, top = self.rng, max(self.horizon, 0)
        self.paint(
            [[0, top], [self.width, top], [self.width, self.height], [0, self.height]],
            rng.uniform(0.15, 0.75),
            fine=rng.uniform(0.2, 1.2),
        )
        if rng.random() < 0.4:
            vanish = np.array([rng.uniform(0, self.width), self.horizon])
            for x in np.linspace(-1, 2, int(rng.integers(6, 24))) * self.width:
                self.line(vanish, (x, self.height), rng.uniform(0.1, 0.6), 1)

    def wall(self):
        """A house's front or a room's side, of bricks or boards, with openings."""
        rng = self.rng
        left, wide = rng.uniform(-0.3, 0.7) * self.width, rng.uniform(0.2, 1.1) * self.width
        bottom = max(self.horizon, 0) + rng.uniform(0.0, 0.45) * self.height
        tone = rng.uniform(0.15, 0.9)
        self.paint(
            [
                [left, -9],
                [left + wide, -9],
                [left + wide, bottom + rng.normal(0, 12)],
                [left, bottom],
            ],
            tone,
        )
        if rng.random() < 0.5:
            for y in np.arange(0, bottom, rng.uniform(5, 24)):
                self.line((left, y), (left + wide, y), tone * rng.uniform(0.6, 1.2), 1)
        for _ in range(rng.integers(0, 4)):
            self.opening(
                left + rng.uniform(0, 0.85) * wide, bottom, rng.uniform(0.06, 0.2) * self.width
            )

    def opening(self, left, bottom, wide):
        """A window with its cross, or a door with its handle."""
        rng, frame = self.rng, self.rng.uniform(0.2, 1.0)
        door = rng.random() < 0.5
        tall = wide * (rng.uniform(1.9, 2.4) if door else rng.uniform(0.7, 1.4))
        top = bottom - tall if door else bottom - tall * rng.uniform(1.4, 2.2)
        self.box(left - 2, top - 2, wide + 4, tall + 4, frame)
        self.box(left, top, wide, tall, rng.uniform(0.02, 0.5), fine=0.1)
        if door:
            self.line(
                (left + 0.85 * wide, top + tall / 2), (left + 0.9 * wide, top + tall / 2), frame, 2
            )
        else:
            self.line((left + wide / 2, top), (left + wide / 2, top + tall), frame, 2)
            self.line((left, top + tall / 2), (left + wide, top + tall / 2), frame, 2)

    def fence(self):
        """Bars or boards side by side."""
        rng = self.rng
        base, tall = rng.uniform(0.4, 1.0) * self.height, rng.uniform(0.1, 0.5) * self.height
        left, right = np.sort(rng.uniform(-0.2, 1.2, 2)) * self.width
        gap, fall, tone = rng.uniform(4, 30), rng.normal(0, 0.15), rng.uniform(0.2, 1.0)
        for x in np.arange(left, right, gap):
            y = base + (x - left) * fall
            self.line((x, y - tall), (x, y), tone, gap * rng.uniform(0.15, 0.8))
        for share in (0.2, 0.8):
            self.line(
                (left, base - share * tall),
                (right, base - share * tall + (right - left) * fall),
                tone,
                2,
            )

    def post(self):
        """A pole, a pillar, a bollard, a drain pipe, a sign on a pole."""
        rng = self.rng
        x, foot = rng.uniform(0, self.width), rng.uniform(0.4, 1.1) * self.height
        tall, thick, tone = (
            rng.uniform(0.1, 1.2) * self.height,
            rng.uniform(2, 26),
            rng.uniform(0.1, 1.0),
        )
        self.box(x, foot - tall, thick, tall, tone)
        if rng.random() < 0.3:
            size = rng.uniform(8, 40)
            self.box(
                x + thick / 2 - size / 2,
                foot - tall,
                size,
                size * rng.uniform(0.4, 1.1),
                rng.uniform(0.4, 1.3),
                fine=0.1,
            )

    def bush(self):
        """Leaves in lumps: bright by infrared light, dark in between."""
        rng = self.rng
        centre = rng.uniform(0, 1, 2) * (self.width, self.height)
        reach, tone = rng.uniform(0.04, 0.3) * self.width, rng.uniform(0.25, 1.1)
        squash = rng.uniform(0.4, 2.0)
        for _ in range(rng.integers(15, 90)):
            spread = rng.normal(0, 0.45, 2) * reach * (1, squash)
            size = reach * rng.uniform(0.05, 0.28)
            shade = float(tone * rng.uniform(0.3, 1.25))
            axes = (max(1, int(size)), max(1, int(size * rng.uniform(0.3, 1))))
            cv2.ellipse(
                self.picture,
                tuple((centre + spread).astype(int).tolist()),
                axes,
                rng.uniform(0, 180),
                0,
                360,
                shade,
                -1,
                cv2.LINE_AA,
            )

    def tree(self):
        """A trunk that forks into branches."""
        rng, tone = self.rng, float(self.rng.uniform(0.1, 0.9))

        def grow(foot, angle, length, thick):
            tip = foot + length * np.array([np.sin(angle), -np.cos(angle)])
            self.line(foot, tip, tone * rng.uniform(0.8, 1.2), thick)
            if thick > 1.5:
                for turn in rng.normal(0, 0.5, 2):
                    grow(tip, angle + turn, length * rng.uniform(0.5, 0.85), thick * 0.6)

        foot = np.array([rng.uniform(0, self.width), rng.uniform(0.5, 1.1) * self.height])
        grow(foot, rng.normal(0, 0.15), rng.uniform(0.15, 0.4) * self.height, rng.uniform(4, 22))

    def furniture(self):
        """Bins, crates, shelves, tables, meters: boxes on boxes."""
        rng = self.rng
        left, top = rng.uniform(0, 0.9) * self.width, rng.uniform(0.1, 0.85) * self.height
        wide, tall = rng.uniform(0.04, 0.4, 2) * (self.width, self.height)
        tone = rng.uniform(0.05, 0.9)
        self.box(left, top, wide, tall, tone)
        parts = int(rng.integers(0, 5))
        for index in range(parts):
            y = top + tall * (index + 0.5) / parts
            if rng.random() < 0.5:
                self.line(
                    (left, y), (left + wide, y), tone * rng.uniform(0.3, 1.7), rng.uniform(1, 4)
                )
            else:
                self.box(
                    left + rng.uniform(0, 0.6) * wide,
                    y - 0.3 * tall / parts,
                    wide * 0.3,
                    0.5 * tall / parts,
                    rng.uniform(0.05, 1),
                )

    def leg_table(self):
        """A top on thin legs: tables, chairs, swings, scaffolds."""
        rng = self.rng
        left, top = rng.uniform(0, 0.9) * self.width, rng.uniform(0.3, 0.85) * self.height
        wide, tall = rng.uniform(0.06, 0.3, 2) * (self.width, self.height)
        tone = rng.uniform(0.1, 1.0)
        self.box(left, top, wide, max(2, 0.12 * tall), tone)
        for x in (0.05, 0.35, 0.95):
            self.line(
                (left + x * wide, top),
                (left + (x + rng.normal(0, 0.05)) * wide, top + tall),
                tone,
                rng.uniform(1, 5),
            )

    def lamp(self):
        """A light that dazzles the camera, or what reflects it."""
        rng = self.rng
        layer = np.zeros((self.height, self.width), np.float32)
        place = tuple((rng.uniform(0, 1, 2) * (self.width, self.height)).astype(int).tolist())
        axes = tuple(int(v) for v in rng.uniform(2, 0.12 * self.width, 2))
        cv2.ellipse(layer, place, axes, rng.uniform(0, 180), 0, 360, 1.0, -1, cv2.LINE_AA)
        self.picture = self.picture + rng.uniform(0.6, 3.0) * cv2.GaussianBlur(
            layer, (0, 0), rng.uniform(1, 20)
        )

    def shadow(self):
        """A dark or a pale patch with soft edges, anywhere: half-shade, moonlight, a curtain, a
        smear on the lens."""
        rng = self.rng
        shape = np.float32(rng.normal(0, 1, (5, 2))) * rng.uniform(0.05, 0.3) * self.width
        shape = shape + np.float32(rng.uniform(0, 1, 2) * (self.width, self.height))
        mask = np.zeros((self.height, self.width), np.float32)
        cv2.fillConvexPoly(mask, cv2.convexHull(shape.astype(np.int32)), 1.0, cv2.LINE_AA)
        mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(1, 25))
        self.picture = self.picture * (
            1 + rng.choice((rng.uniform(-0.9, -0.3), rng.uniform(0.3, 1.5))) * mask
        )


THINGS = (
    Place.wall,
    Place.fence,
    Place.post,
    Place.bush,
    Place.tree,
    Place.furniture,
    Place.leg_table,
    Place.shadow,
    Place.lamp,
)
WEIGHTS = (0.16, 0.09, 0.13, 0.15, 0.1, 0.14, 0.07, 0.11, 0.05)


def empty_night(seed, index):
    """Picture number `index` of a seed: RGB uint8 [H, W, 3]."""
    rng = np.random.default_rng((seed, index))
    place = Place(rng)
    place.picture = place.picture * place.texture()
    if rng.random() < 0.85:
        place.floor()
    for thing in rng.choice(
        len(THINGS), int(rng.integers(2, 12)), p=np.array(WEIGHTS) / sum(WEIGHTS)
    ):
        THINGS[thing](place)
    day = (place.picture * rng.uniform(0.5, 1.1) * 255).clip(0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        day = cv2.GaussianBlur(day, (0, 0), rng.uniform(0.5, 3))
    return darken(np.repeat(day[..., None], 3, 2), rng)


def render(folder, counts, seeds):
    """Write images.csv, labels.csv and the pictures; `counts` and `seeds` by split, as in
    [negatives]."""
    folder = Path(folder)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    rows = []
    for split, count in counts.items():
        for index in range(count):
            picture, name = empty_night(seeds[split], index), f"images/{split}_{index:05d}.png"
            cv2.imwrite(str(folder / name), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
            height, width = picture.shape[:2]
            rows.append(
                dict(
                    zip(
                        IMAGE_FIELDS, (name, width, height, split, "empty_night", "|".join(CLASSES))
                    )
                )
            )
    write(folder, rows, [])
