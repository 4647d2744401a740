"""Boxes on NumPy arrays: [n, 4] float32, corners x1, y1, x2, y2 in pixels."""

import numpy as np


def areas(boxes):
    """[n, 4] -> [n] pixels squared."""
    return (boxes[:, 2] - boxes[:, 0]).clip(0) * (boxes[:, 3] - boxes[:, 1]).clip(0)


def intersections(a, b):
    """[n, 4], [m, 4] -> [n, m] overlap areas."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    return np.prod((high - low).clip(0), axis=2)


def overlaps(a, b):
    """[n, 4], [m, 4] -> [n, m] intersection over union."""
    inter = intersections(a, b)
    return inter / np.maximum(areas(a)[:, None] + areas(b)[None] - inter, 1e-9)


def suppress(boxes, scores, classes, threshold):
    """Greedy per-class non-maximum suppression; returns kept indices, best score first."""
    order = np.argsort(-scores, kind="stable")
    iou = overlaps(boxes, boxes) * (classes[:, None] == classes[None])
    alive = np.ones(len(boxes), bool)
    kept = []
    for index in order:
        if alive[index]:
            kept.append(index)
            alive &= iou[index] <= threshold
    return np.array(kept, int)
