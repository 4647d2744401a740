"""Things that are nothing in particular, large and in front: without them, whatever stands in the
middle is a person or a vehicle.

In pictures that are labelled with persons and vehicles, what is large, whole and in focus is one of
them, and what is not is background. A network that has seen nothing else takes a cat, a pizza and a
lamp for persons.
"""

import cv2
import numpy as np


def outline(height, width, rng):
    """A smooth closed curve, int32 [n, 1, 2], from a fifth of the picture's height to more than all
    of it."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius = np.ones(48)
    for wave in range(1, 6):
        swing = rng.uniform(0, 0.5) / wave
        radius += swing * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    size = height * np.exp(rng.uniform(np.log(0.1), np.log(0.6)))
    squash = np.exp(rng.uniform(-0.8, 0.8))
    turn = rng.uniform(0, np.pi)
    x, y = radius * np.cos(angle) * size * squash, radius * np.sin(angle) * size / squash
    points = np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], 1)
    points += rng.uniform(0.1, 0.9, 2) * (width, height)
    return points.round().astype(np.int32)[:, None]


def surface(stuff, rng):
    """A picture [H, W, 3] as the surface of a thing: of another brightness and hue, shaded to one
    side."""
    height, width = stuff.shape[:2]
    if rng.random() < 0.3:  # one color, as painted things are
        stuff = np.full_like(stuff, stuff.reshape(-1, 3).mean(0).astype(np.uint8))
    x = np.linspace(-1, 1, width, dtype=np.float32)[None] * rng.uniform(-0.5, 0.5)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * rng.uniform(-0.5, 0.5)
    shade = rng.uniform(0.5, 1.5) * (1 + x + y)
    shade = cv2.merge([shade * np.float32(hue) for hue in rng.uniform(0.8, 1.2, 3)])
    return cv2.multiply(stuff, shade, dtype=cv2.CV_8U)


def covered(picture, stuff, rng):
    """`picture` with one to three shapes before it whose surface is cut from `stuff`, both RGB
    uint8 [H, W, 3]."""
    height, width = picture.shape[:2]
    stuff = cv2.resize(stuff, (width, height))
    for _ in range(rng.integers(1, 4)):
        mask = np.zeros((height, width), np.float32)
        cv2.fillPoly(mask, [outline(height, width, rng)], 1.0, cv2.LINE_AA)
        mask = cv2.merge([cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.4, 2.5))] * 3)
        there = np.roll(stuff, tuple(rng.integers(0, (height, width))), (0, 1))
        front, back = (i.astype(np.float32) for i in (surface(there, rng), picture))
        picture = cv2.convertScaleAbs(back + (front - back) * mask)
    return picture
