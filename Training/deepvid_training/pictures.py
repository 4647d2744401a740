"""Frames with drawn boxes, several to a sheet, for looking at."""

import cv2
import numpy as np

from .frames import sample_frames
from .labels import CLASSES

COLOURS = ((255, 60, 60), (255, 230, 0), (60, 255, 60), (255, 0, 255), (0, 230, 255), (255, 140, 0))


def drawn(image, found, score, width=640):
    """RGB uint8 copy, `width` pixels wide, with all boxes of at least `score`."""
    scale = width / image.shape[1]
    picture = cv2.resize(image, (width, round(image.shape[0] * scale)))
    for box, value, label in zip(found.boxes * scale, found.scores, found.classes):
        if value < score:
            continue
        x1, y1, x2, y2 = (int(v) for v in box)
        cv2.rectangle(picture, (x1, y1), (x2, y2), COLOURS[label], 2)
        text = f"{CLASSES[label]} {value:.2f}"
        cv2.putText(picture, text, (x1, max(y1 - 3, 10)), 0, 0.45, COLOURS[label], 1, cv2.LINE_AA)
    return picture


def sheet(clip, detector, score, count=6, columns=3):
    """One RGB picture with `count` evenly spaced frames of a clip."""
    tiles = [drawn(image, detector(image), score) for _, image in sample_frames(clip, count, 1280)]
    while len(tiles) % columns:
        tiles.append(np.zeros_like(tiles[0]))
    rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    return np.vstack(rows)


def run(clips, detector, score, folder):
    """Write <folder>/<clip>.png for every clip."""
    folder.mkdir(parents=True, exist_ok=True)
    for clip in sorted(clips.iterdir()):
        picture = sheet(clip, detector, score)
        cv2.imwrite(str(folder / f"{clip.stem}.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
