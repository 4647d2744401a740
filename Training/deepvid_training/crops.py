"""Crops of labelled boxes, as `deepvid infer --then` cuts them, and what cameras do to them."""

from dataclasses import dataclass

import cv2
import numpy as np

from .sources import box_of, read_picture, read_rows


@dataclass
class Crop:
    """A labelled box in its picture (RGB uint8 [H, W, 3])."""

    picture: np.ndarray
    box: tuple
    label: int


def read(folder, settings, sources, split):
    """All crops of a data folder that are in `split` and of the wanted classes."""
    classes = {
        name: index for index, names in enumerate(settings["classes"].values()) for name in names
    }
    pictures, crops = {}, []
    for row in read_rows(f"{folder}/labels.csv"):
        wanted = row["class"] in classes and row["source"] in sources and row["split"] == split
        if not wanted or row["ignore"] == "1":
            continue
        left, top, right, bottom = box_of(row)
        if min(right - left, bottom - top) < settings["least"]:
            continue
        if row["file"] not in pictures:
            pictures[row["file"]] = read_picture(f"{folder}/{row['file']}")
        crops.append(Crop(pictures[row["file"]], (left, top, right, bottom), classes[row["class"]]))
    return crops


def cut(picture, box, margin, side):
    """The box with `margin` around it, as far as there is a picture, stretched to side x side."""
    left, top, right, bottom = box
    across, down = margin * (right - left), margin * (bottom - top)
    height, width = picture.shape[:2]
    x0, x1 = max(0, int(left - across)), min(width, int(np.ceil(right + across)))
    y0, y1 = max(0, int(top - down)), min(height, int(np.ceil(bottom + down)))
    x0, y0 = min(x0, width - 1), min(y0, height - 1)
    part = picture[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    return cv2.resize(part, (side, side), interpolation=cv2.INTER_LINEAR)


def seen(crop, settings, random):
    """The crop as a detector and a camera may have it in one of the frames that show it."""
    left, top, right, bottom = crop.box
    width, height = right - left, bottom - top
    jitter = random.uniform(-settings["moved"], settings["moved"], 4)
    box = tuple(np.array(crop.box) + jitter * (width, height, width, height))
    if box[2] - box[0] < 2 or box[3] - box[1] < 2:
        box = crop.box
    picture = cut(crop.picture, box, settings["margin"], settings["side"])
    return taken(picture, settings, random)


def taken(picture, settings, random):
    """A crop as a camera may have taken it: farther away, blurred, in another light, compressed."""
    if random.random() < 0.5:
        picture = picture[:, ::-1]
    if random.random() < 0.4:
        small = int(random.uniform(0.25, 1) * settings["side"])
        picture = cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA)
        if random.random() < 0.5:
            picture = compressed(picture, random)
        picture = cv2.resize(picture, (settings["side"],) * 2, interpolation=cv2.INTER_LINEAR)
    elif random.random() < 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), random.uniform(0.3, 1.2))
    light = picture.astype(np.float32)
    light = light * random.uniform(0.6, 1.3) + random.uniform(-20, 20)
    gray = light.mean(2, keepdims=True)
    light = gray + (light - gray) * random.uniform(0, 1.4)
    light += random.normal(0, random.uniform(0, 8), light.shape)
    picture = np.clip(light, 0, 255).astype(np.uint8)
    return compressed(picture, random) if random.random() < 0.2 else picture


def compressed(picture, random):
    """As JPEG leaves it."""
    quality = int(random.uniform(30, 90))
    bytes_ = cv2.imencode(
        ".jpg", np.ascontiguousarray(picture), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    return cv2.imdecode(bytes_[1], cv2.IMREAD_COLOR)
