"""A made-up world to train on: silhouettes of persons, cars and trucks on textured ground."""

import csv

import cv2
import numpy as np

from deepvid_training.sources import IMAGE_FIELDS, LABEL_FIELDS

CLASSES = "person|bicycle|car|motorbike|bus|truck"


def ground(rng, height, width):
    """Blotches in two muted colours, RGB uint8."""
    coarse = rng.uniform(0, 1, (height // 16 + 2, width // 16 + 2)).astype(np.float32)
    mix = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)[..., None].clip(0, 1)
    one, two = rng.uniform(90, 170, (2, 3))
    grain = rng.normal(0, 4, (height, width, 3))
    return (mix * one + (1 - mix) * two + grain).clip(0, 255).astype(np.uint8)


def tone(rng):
    """A dark or a light colour, so that silhouettes stand out."""
    low = 0 if rng.random() < 0.5 else 190
    return tuple(int(v) for v in rng.integers(low, low + 60, 3))


def person(picture, x, y, size, rng):
    """Head, trunk and two legs; returns its box."""
    colour, w = tone(rng), size * 0.36
    cv2.circle(picture, (int(x + w / 2), int(y + size * 0.11)), int(size * 0.11), colour, -1)
    cv2.rectangle(
        picture, (int(x), int(y + size * 0.22)), (int(x + w), int(y + size * 0.6)), colour, -1
    )
    for leg in (0.05, 0.6):
        left, right = int(x + leg * w), int(x + (leg + 0.35) * w)
        cv2.rectangle(picture, (left, int(y + size * 0.6)), (right, int(y + size)), colour, -1)
    return "person", (x, y, x + w, y + size)


def car(picture, x, y, size, rng):
    """A flat body, a cabin and two wheels."""
    colour, w, h = tone(rng), size * 1.3, size * 0.6
    cv2.rectangle(picture, (int(x), int(y + h * 0.4)), (int(x + w), int(y + h * 0.85)), colour, -1)
    cv2.rectangle(
        picture, (int(x + w * 0.2), int(y)), (int(x + w * 0.75), int(y + h * 0.4)), colour, -1
    )
    for place in (0.22, 0.78):
        cv2.circle(
            picture, (int(x + w * place), int(y + h * 0.85)), int(h * 0.15), (20, 20, 20), -1
        )
    return "car", (x, y, x + w, y + h)


def truck(picture, x, y, size, rng):
    """A tall box, a low cab of another colour and wheels."""
    w, h = size * 1.5, size
    body, cab = tone(rng), tone(rng)
    cv2.rectangle(picture, (int(x), int(y)), (int(x + w * 0.68), int(y + h * 0.85)), body, -1)
    cv2.rectangle(
        picture, (int(x + w * 0.72), int(y + h * 0.35)), (int(x + w), int(y + h * 0.85)), cab, -1
    )
    for place in (0.2, 0.5, 0.85):
        cv2.circle(
            picture, (int(x + w * place), int(y + h * 0.86)), int(h * 0.14), (20, 20, 20), -1
        )
    return "truck", (x, y, x + w, y + h)


def scene(rng, height=128, width=208):
    """(RGB picture, [(class, box)]): one object in each of one to three columns, none hidden."""
    picture, objects = ground(rng, height, width), []
    for column in rng.permutation(3)[: rng.integers(1, 4)]:
        size = rng.uniform(26, 44)
        x = column * width / 3 + rng.uniform(1, 4)
        y = rng.uniform(4, height - size - 4)
        shape = (person, car, truck)[rng.integers(3)]
        objects.append(shape(picture, x, y, size, rng))
    return picture, objects


def write_world(folder, counts, seed=5):
    """Write images.csv, labels.csv and pictures; `counts` says how many for each split."""
    (folder / "images").mkdir(parents=True)
    rng, images, labels = np.random.default_rng(seed), [], []
    for split, count in counts.items():
        for index in range(count):
            picture, objects = scene(rng)
            name = f"images/{split}_{index:03d}.png"
            cv2.imwrite(str(folder / name), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
            height, width = picture.shape[:2]
            row = {"file": name, "split": split, "source": "highway"}
            images.append(row | {"width": width, "height": height, "annotated_classes": CLASSES})
            for kind, (x1, y1, x2, y2) in objects:
                box = {"x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}"}
                labels.append(row | box | {"class": kind, "ignore": "0"})
    for name, fields, rows in (("images", IMAGE_FIELDS, images), ("labels", LABEL_FIELDS, labels)):
        with open(folder / f"{name}.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, fields, extrasaction="ignore", restval="")
            writer.writeheader()
            writer.writerows(rows)
