"""Scenes of which the truth is known: made-up ones, and the hand-marked pedestrians of TUD that come with motmetrics. Their boxes are
what a middling detector would see: it jitters, hides who is behind another, and is doubtful of each object for a while now and then."""
from pathlib import Path

import motmetrics
import numpy as np

from identity_truth import Sequence

JITTER, MISSES, FALSE_BOXES = 0.03, 0.024, 0.15  # Share of the box's sides; share of boxes; share of frames with one.
SCORE, DOUBT, MEMORY = 0.72, 0.35, 0.93  # Of the score: its mean, its deviation, and how slowly it changes from frame to frame.


def see(sequence: Sequence, random, width: int, height: int) -> Sequence:
    """Fills in what a detector sees of the truth."""
    mood = {}
    for objects in sequence.truth:
        boxes = []
        for number, group, box in objects:
            hidden = max((_covered(box, other) for n, _, other in objects if n != number and other[1] + other[3] > box[1] + box[3]), default=0)
            mood[number] = MEMORY * mood.get(number, 0) + DOUBT * np.sqrt(1 - MEMORY**2) * random.normal()
            score = SCORE + mood[number] - 1.1 * max(0, hidden - 0.25) + 0.05 * random.normal()
            if score < 0.1 or random.random() < MISSES:
                continue
            seen = np.array(box) + random.normal(0, JITTER, 4) * np.array([box[2], box[3], box[2], box[3]])
            boxes.append([0 if group == 0 else 2, min(0.95, score), *seen[:2], *seen[2:].clip(2)])
        if random.random() < FALSE_BOXES:
            tall = random.uniform(40, 150)
            boxes.append([0, random.uniform(0.1, 0.55), random.uniform(0, width), random.uniform(0, height - tall), 0.4 * tall, tall])
        sequence.boxes.append(boxes)
    sequence.doubtful = [[] for _ in sequence.times]
    return sequence


def _covered(box, other):
    across, down = (min(box[i] + box[i + 2], other[i] + other[i + 2]) - max(box[i], other[i]) for i in (0, 1))
    return across * down / (box[2] * box[3]) if across > 0 and down > 0 else 0


def made_up(seed: int, seconds=40, rate=30, count=18, width=1280, height=720) -> Sequence:
    """A street: people who walk, wait and turn back, one in four a car."""
    random, sequence = np.random.default_rng(seed), Sequence(f"made up {seed}")
    sequence.times = [frame / rate for frame in range(seconds * rate)]
    sequence.truth = [[] for _ in sequence.times]
    for number in range(1, count + 1):
        is_car, depth = random.random() < 0.25, random.uniform(0.25, 1)
        tall = (110 if is_car else 220) * depth
        wide, y = tall * (2 if is_car else 0.4), 250 + 400 * depth - tall
        pace = tall * (random.uniform(1.5, 6) if is_car else random.uniform(0.4, 1.3)) * random.choice([-1, 1])
        start = random.uniform(0, seconds - 8)
        x = (-0.3 * wide if pace > 0 else width - 0.7 * wide) if random.random() < 0.8 else random.uniform(0, width)
        drift, wait = 0.08 * pace * random.normal(), start + random.uniform(1, 8)
        wait_end, turn = wait + random.uniform(0, 6), start + random.uniform(2, 20)
        velocity, target = pace, pace
        for frame, time in enumerate(sequence.times):
            if time < start:
                continue
            if not is_car and abs(time - turn) < 1 / rate:
                target = -target
            wanted = 0 if not is_car and wait < time < wait_end else target
            velocity += (wanted - velocity) * min(1, 2.5 / rate) + 0.18 * abs(pace) * random.normal() * np.sqrt(1 / rate)
            x, y = x + velocity / rate, y + (drift if wanted else 0) / rate
            if not -0.5 * wide <= x <= width - 0.5 * wide or not 0 <= y <= height - tall:
                break
            sequence.truth[frame].append((number, 2 if is_car else 0, [x, y, wide * (1 + 0.02 * np.sin(9 * time)), tall]))
    return see(sequence, random, width, height)


def traffic(seed: int, seconds=60, rate=30, width=768, height=432, lanes=4) -> Sequence:
    """Cars seen from above, across the picture or down it, a quarter to seven tenths of its height long: they come in over the border, which
    cuts their boxes, and drive 0.5 to 4.6 of their lengths a second. Who shows less than a seventh is not there."""
    random, sequence = np.random.default_rng(seed), Sequence(f"traffic {seed}")
    sequence.times = [frame / rate for frame in range(seconds * rate)]
    sequence.truth = [[] for _ in sequence.times]
    is_down, number = random.random() < 0.5, 0
    way, breadth = (height, width) if is_down else (width, height)
    usual = random.uniform(0.25, 0.7) * height
    for lane in range(lanes):
        time, lane_pace = random.uniform(0, 4), usual * random.uniform(0.6, 4)
        while time < seconds - 1:
            number += 1
            pace, long = lane_pace * random.uniform(0.85, 1.15), usual * random.uniform(0.8, 1.3)
            wide = long * random.uniform(0.4, 0.55)
            side, drift = (lane + 0.5) * breadth / lanes - wide / 2 + random.normal(0, 0.05 * wide), random.normal(0, 0.05)
            for frame in range(int(np.ceil(time * rate)), min(len(sequence.times), int((time + (way + long) / pace) * rate))):
                gone = (sequence.times[frame] - time) * pace - long
                along, across = gone if lane < lanes / 2 else way - long - gone, side + drift * gone
                low = np.array([across, along] if is_down else [along, across])
                high = low + ([wide, long] if is_down else [long, wide])
                low, high = low.clip(0), high.clip(None, [width, height])
                if (high - low > 0.15 * np.array([wide, long] if is_down else [long, wide])).all():
                    sequence.truth[frame].append((number, 2, [*low, *(high - low)]))
            time += (long + usual * random.uniform(0.3, 6)) / (0.85 * lane_pace)
    return see(sequence, random, width, height)


def tud(name: str, seed: int, rate=25) -> Sequence:
    """TUD-Campus or TUD-Stadtmitte (Andriluka, Roth and Schiele, CVPR 2008), as marked for MOTChallenge."""
    rows = np.loadtxt(Path(motmetrics.__file__).parent / "data" / name / "gt.txt", delimiter=",")
    sequence = Sequence(f"{name} {seed}")
    sequence.times = [frame / rate for frame in range(int(rows[:, 0].max()))]
    sequence.truth = [[(int(row[1]), 0, row[2:6].tolist()) for row in rows[rows[:, 0] == frame + 1]] for frame in range(len(sequence.times))]
    return see(sequence, np.random.default_rng(seed), 640, 480)
