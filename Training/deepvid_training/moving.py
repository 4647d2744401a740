"""Labels by motion, for overhead clips of a still camera in which whatever moves is a car.

Teachers trained on street-level photographs miss most of these; the difference to the
median frame does not.
"""

import cv2
import numpy as np

LEAST_SHARE = 0.004
CONTRAST = 26


def backdrop(frames):
    """Median of RGB frames [n, H, W, 3] after evening out their brightness -> float32 [H, W, 3]."""
    return np.median(np.stack([even(f) for f in frames]), axis=0).astype(np.float32)


def even(frame):
    """Shift each channel so that its median is 128: takes exposure changes out."""
    return frame.astype(np.float32) - np.median(frame, axis=(0, 1)) + 128


def moving_boxes(frame, still):
    """Boxes [n, 4] (pixels) and solidity [n] of what differs from the backdrop `still`."""
    soft = cv2.GaussianBlur(np.abs(even(frame) - still).max(2), (0, 0), 1.5)
    mask = (soft > CONTRAST).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    large = stats[1:][stats[1:, 4] >= LEAST_SHARE * mask.size]
    boxes = np.stack(
        [large[:, 0], large[:, 1], large[:, 0] + large[:, 2], large[:, 1] + large[:, 3]], 1
    )
    return boxes.astype(np.float32), large[:, 4] / (large[:, 2] * large[:, 3])
