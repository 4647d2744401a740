"""Scenes of real people whose identities are known: the walks of a clip of a fixed camera, cut out and put before its empty picture, at other
times, walk out of the picture and in again, and there is a pillar that they walk behind. Every other one is mirrored, so that they meet.

Who is who in the clip is `identity_truth`'s: people who come one by one are told apart by that well enough.
"""
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from identity_truth import read

PERSON = 0  # Group of `identity_truth`.
LEAST_SECONDS = 1.5  # Of a walk.
DIFFERENT = 18  # Levels of 8 bits from which a pixel is not the background's.
HIDDEN = 0.6  # Share of a box behind pillars or others from which it need not be found.
SIDE = 0.2  # What is cut out around a box on each side, as a share of it.


@dataclass
class Walk:
    """A person's frames, one after the other, with the boxes x, y, w, h; of a mirrored one, in the mirrored picture."""
    frames: list
    boxes: list
    width: int
    is_mirrored: bool = False

    def mirrored(self):
        return Walk(self.frames, [[self.width - x - w, y, w, h] for x, y, w, h in self.boxes], self.width, True)


@dataclass
class Scene:
    """Truth of a video: for each frame [(person, [x, y, w, h])], and the boxes that need not be found."""
    path: Path
    rate: float
    truth: list
    hidden: list


def whole(clip: Path, cache: Path):
    """A clip as it is, with the people of `identity_truth`; boxes that detectors do not agree on need not be found."""
    sequence = read(clip, cache)
    return Scene(clip, 0, [[(n, box) for n, group, box in boxes if group == PERSON] for boxes in sequence.truth], sequence.doubtful)


def walks(clip: Path, cache: Path):
    """The people of a clip, longest walk first, with its frames, its empty picture and its rate."""
    sequence, capture, pictures = read(clip, cache), cv2.VideoCapture(str(clip)), []
    while True:
        there, picture = capture.read()
        if not there:
            break
        pictures.append(picture)
    rate = (len(sequence.times) - 1) / (sequence.times[-1] - sequence.times[0])
    empty = [n for n, boxes in enumerate(sequence.truth) if not boxes] or range(len(pictures))
    background = np.median([pictures[n] for n in list(empty)[:: max(1, len(empty) // 40)]], axis=0).astype(np.uint8)
    found = {}
    for frame, boxes in enumerate(sequence.truth):
        for number, group, box in boxes:
            if group == PERSON:
                walk = found.setdefault(number, Walk([], [], background.shape[1]))
                walk.frames.append(frame)
                walk.boxes.append(box)
    long = [walk for walk in found.values() if len(walk.frames) >= LEAST_SECONDS * rate]
    return sorted(long, key=lambda walk: -len(walk.frames)), pictures, background, rate


def schedule(people, rate, seed):
    """For each output frame [(person, step of the walk, pixels to the right of it)]: two at a time or so, each of whom walks off once or twice,
    for 2 to 15 seconds."""
    dice, frames = np.random.default_rng(seed), {}
    start = 0.0
    for person in dice.permutation(len(people)):
        length = len(people[person].frames)
        cuts = sorted(dice.uniform(0.25, 0.75, dice.integers(1, 3)) * length)
        at, begin = int(start * rate), 0
        for cut in [*cuts, length]:
            for step in range(int(begin), int(cut)):
                frames.setdefault(at, []).append((int(person), step, 0))
                at += 1
            if cut == length:
                break
            for leaves in (True, False):
                pace, step, width = 0.8 * people[person].boxes[int(cut)][2] / rate * dice.choice((-1, 1)), int(cut), people[person].width
                x, _, w, _ = people[person].boxes[step]
                count = int(((x + w) if pace < 0 else (width - x)) / abs(pace)) + 1
                for n in range(count):
                    near = min(max(step - 5 + abs(n % 20 - 10), 0), length - 1)
                    frames.setdefault(at, []).append((int(person), near, pace * (n if leaves else count - n)))
                    at += 1
                if leaves:
                    at += int(dice.uniform(2, 15) * rate)
            begin = cut
        start += dice.uniform(2, 6)
    return [frames.get(n, []) for n in range(max(frames) + int(2 * rate))]


def render(path: Path, material, chosen, seed):
    """Writes a scene of some of the people."""
    people, pictures, background, rate = material
    height, width = background.shape[:2]
    people = [people[n].mirrored() if place % 2 else people[n] for place, n in enumerate(chosen)]
    dice = np.random.default_rng(seed + 1000)
    boxes = np.array([box for walk in people for box in walk.boxes])
    middle, wide = np.median(boxes[:, 0] + boxes[:, 2] / 2), np.median(boxes[:, 2])
    left = int(middle + dice.uniform(-0.5, 0.5) * np.ptp(boxes[:, 0]) * 0.6)
    pillar = (max(left, 0), int(min(left + 0.8 * wide, width)))
    texture = np.repeat(dice.normal(110, 6, (height, pillar[1] - pillar[0], 1)), 3, axis=2).clip(0, 255).astype(np.uint8)
    scene = Scene(path, rate, [], [])
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), rate, (width, height))
    for shown in schedule(people, rate, seed):
        picture = background.copy()
        placed = sorted(((people[p].boxes[s], p, s, int(right)) for p, s, right in shown), key=lambda one: one[0][1] + one[0][3])
        for box, person, step, right in placed:
            source, behind = pictures[people[person].frames[step]], background
            if people[person].is_mirrored:
                source, behind = source[:, ::-1], background[:, ::-1]
            x, y, w, h = box
            rows = slice(max(0, int(y - SIDE * h)), min(height, int(y + (1 + SIDE) * h)))
            columns = slice(max(0, int(x - SIDE * w)), min(width, int(x + (1 + SIDE) * w)))
            other = np.abs(source[rows, columns].astype(int) - behind[rows, columns]).max(axis=2) > DIFFERENT
            mask = cv2.morphologyEx(other.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9)))
            mask = cv2.GaussianBlur(cv2.dilate(mask, np.ones((5, 5))).astype(np.float32), (0, 0), 1.5)[..., None]
            here = slice(max(0, columns.start + right), max(0, min(width, columns.stop + right)))
            there = slice(here.start - right, here.stop - right)
            if here.stop > here.start:
                part = mask[:, there.start - columns.start:there.stop - columns.start]
                picture[rows, here] = part * source[rows, there] + (1 - part) * picture[rows, here]
        picture[:, pillar[0]:pillar[1]] = texture
        truth, hidden = [], []
        for place, (_, person, step, right) in enumerate(placed):
            box = _shifted(people[person].boxes[step], right, width)
            covers = [[pillar[0], 0, pillar[1] - pillar[0], height], *(_shifted(one[0], one[3], width) for one in placed[place + 1:])]
            whole_width = people[person].boxes[step][2]
            if box[2] > 0:
                (hidden if box[2] < (1 - HIDDEN) * whole_width or _covered(box, covers) > HIDDEN else truth).append((person, box))
        scene.truth.append(truth)
        scene.hidden.append([box for _, box in hidden])
        writer.write(picture)
    writer.release()
    return scene


def _shifted(box, right, width):
    """Moved to the right, as far as it lies in the picture."""
    x, y, w, h = box
    left, end = max(0, x + right), min(width, x + w + right)
    return [left, y, end - left, h]


def _covered(box, covers):
    """Share of a box that others hide, on a grid."""
    x, y, w, h = box
    columns, rows = np.meshgrid(x + w * (np.arange(12) + 0.5) / 12, y + h * (np.arange(12) + 0.5) / 12)
    hidden = np.zeros(columns.shape, bool)
    for cx, cy, cw, ch in covers:
        hidden |= (columns >= cx) & (columns < cx + cw) & (rows >= cy) & (rows < cy + ch)
    return hidden.mean()
