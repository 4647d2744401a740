"""Evenly spaced frames out of video files."""

from pathlib import Path

import cv2
import numpy as np


def sample_frames(path: Path, count: int, longest: int):
    """Yield (frame index, RGB uint8 [H, W, 3], longer side at most `longest` pixels)."""
    capture = cv2.VideoCapture(str(path))
    total = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    wanted = set(np.linspace(0, total - 1, min(count, total)).round().astype(int).tolist())
    for index in range(total):
        if not capture.grab():
            break
        if index not in wanted:
            continue
        good, frame = capture.retrieve()
        if good:
            yield index, shrink(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), longest)
    capture.release()


def shrink(image, longest):
    """Scale an image down so that its longer side is at most `longest` pixels."""
    scale = longest / max(image.shape[:2])
    if scale >= 1:
        return image
    size = round(image.shape[1] * scale), round(image.shape[0] * scale)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
