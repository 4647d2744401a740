"""ONNX detectors behind one interface, so that ours and the teachers share a code path."""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from .boxes import suppress
from .input_size import fitting
from .labels import CLASSES, COCO_IDS


@dataclass
class Detections:
    """Result for one image: boxes [n, 4] in source pixels, scores [n], classes [n] (ours)."""

    boxes: np.ndarray
    scores: np.ndarray
    classes: np.ndarray


@dataclass(frozen=True)
class Recipe:
    """How a published model wants its input and how its outputs are read."""

    head: str
    mean: tuple
    std: tuple
    strides: tuple
    letterbox: bool
    bgr: bool = False
    class_ids: tuple = COCO_IDS


RGB_MEAN, RGB_STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
RECIPES = {
    "yolox_nano_416": Recipe("yolox", RGB_MEAN, RGB_STD, (8, 16, 32), True),
    "picodet_s_320_coco": Recipe("gfl", RGB_MEAN, RGB_STD, (8, 16, 32, 64), False),
    "nanodet_m_416": Recipe(
        "gfl", (103.53, 116.28, 123.675), (57.375, 57.12, 58.395), (8, 16, 32), False, True
    ),
    "fastestdet_352": Recipe("fastestdet", (0, 0, 0), (255, 255, 255), (16,), False, True),
}
OURS = Recipe("yolox", (0, 0, 0), (1, 1, 1), (8, 16, 32), True, False, tuple(range(len(CLASSES))))


def grid(height, width, strides):
    """Cell corners [N, 2] (x, y, in cells) and strides [N] for an input of height x width."""
    corners, sizes = [], []
    for stride in strides:
        h, w = -(-height // stride), -(-width // stride)
        y, x = np.mgrid[:h, :w]
        corners.append(np.stack([x.ravel(), y.ravel()], 1))
        sizes.append(np.full(h * w, stride))
    return np.concatenate(corners).astype(np.float32), np.concatenate(sizes).astype(np.float32)


def read_yolox(outputs, corners, strides):
    """Undecoded YOLOX output -> boxes [N, 4] in input pixels, class scores [N, classes]."""
    raw = outputs[0][0]
    centre = (raw[:, :2] + corners) * strides[:, None]
    half = np.exp(raw[:, 2:4].clip(max=8)) * strides[:, None] / 2
    return np.concatenate([centre - half, centre + half], 1), raw[:, 5:] * raw[:, 4:5]


def read_gfl(outputs, corners, strides):
    """Generalised focal outputs (class scores, 4 x bins distances per level), same result."""
    scores = np.concatenate([o[0] for o in outputs if o.shape[2] == 80])
    bins = np.concatenate([o[0] for o in outputs if o.shape[2] != 80])
    bins = bins.reshape(len(bins), 4, -1)
    bins = np.exp(bins - bins.max(2, keepdims=True))
    distance = (bins * np.arange(bins.shape[2])).sum(2) / bins.sum(2) * strides[:, None]
    centre = (corners + 0.5) * strides[:, None]
    return np.concatenate([centre - distance[:, :2], centre + distance[:, 2:]], 1), scores


def read_fastestdet(outputs, corners, strides):
    """One [1, 5 + classes, H, W]: objectness, tanh offset, sigmoid size, class probabilities."""
    rows, columns = outputs[0].shape[2:]
    raw = outputs[0][0].reshape(outputs[0].shape[1], -1).T
    scores = raw[:, :1] ** 0.6 * raw[:, 5:] ** 0.4
    centre = (np.tanh(raw[:, 1:3]) + corners) * strides[:, None]
    size = np.float32([columns, rows]) * strides[:, None] / (1 + np.exp(-raw[:, 3:5]))
    return np.concatenate([centre - size / 2, centre + size / 2], 1), scores


READERS = {"yolox": read_yolox, "gfl": read_gfl, "fastestdet": read_fastestdet}


class OnnxDetector:
    """A detector run by onnxruntime; calling it takes one RGB uint8 image [H, W, 3].

    One whose input is open takes the shape of each image, in as many pixels as its card says.
    """

    def __init__(self, path, threads=1, score=0.01, nms_iou=0.5):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        self.recipe = RECIPES.get(Path(path).stem, OURS)
        self.input = self.session.get_inputs()[0].name
        height, width = self.session.get_inputs()[0].shape[2:]
        card = read_card(path)
        self.pixels = card["input"]["pixels"] if isinstance(height, str) else None
        self.shifts = np.float32([card.get("score_shifts", {}).get(c, 0) for c in CLASSES])
        if not self.pixels:
            self.resize(height, width)
        self.score, self.nms_iou = score, nms_iou

    def resize(self, height, width):
        """Take pictures of height x width from now on."""
        self.height, self.width = height, width
        self.corners, self.strides = grid(height, width, self.recipe.strides)

    def prepare(self, image):
        """RGB image -> (input [1, 3, h, w] float32, (x scale, y scale))."""
        height, width = image.shape[:2]
        if self.pixels:
            self.resize(*fitting(width, height, self.pixels))
        if self.recipe.letterbox:
            scale = min(self.width / width, self.height / height)
            size = round(width * scale), round(height * scale)
            canvas = np.full((self.height, self.width, 3), 114, np.uint8)
            canvas[: size[1], : size[0]] = cv2.resize(image, size)
            scales = (size[0] / width, size[1] / height)
        else:
            canvas = cv2.resize(image, (self.width, self.height))
            scales = (self.width / width, self.height / height)
        if self.recipe.bgr:
            canvas = canvas[..., ::-1]
        pixels = (canvas - np.float32(self.recipe.mean)) / np.float32(self.recipe.std)
        return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], np.float32), scales

    def __call__(self, image):
        pixels, scales = self.prepare(image)
        outputs = self.session.run(None, {self.input: pixels})
        boxes, scores = READERS[self.recipe.head](outputs, self.corners, self.strides)
        scores = scores[:, list(self.recipe.class_ids)]
        boxes = boxes / np.float32([*scales, *scales])
        if self.shifts.any():
            inner = scores.clip(1e-9, 1 - 1e-7)
            scores = 1 / (1 + np.exp(-(np.log(inner / (1 - inner)) + self.shifts)))
        return finish(boxes, scores, image.shape, self.score, self.nms_iou)


def read_card(path):
    """The card beside a model file; empty if there is none."""
    card = Path(path).with_suffix(".json")
    return json.loads(card.read_text()) if card.exists() else {}


def finish(boxes, scores, shape, threshold, nms_iou):
    """Threshold, clip to the image and suppress: [N, 4], [N, classes] -> Detections."""
    cell, label = np.nonzero(scores > threshold)
    value = scores[cell, label]
    if len(value) > 300:
        best = np.argsort(-value)[:300]
        cell, label, value = cell[best], label[best], value[best]
    picked = boxes[cell].clip(0, [shape[1], shape[0], shape[1], shape[0]]).astype(np.float32)
    kept = suppress(picked, value, label, nms_iou)
    return Detections(picked[kept], value[kept], label[kept])
