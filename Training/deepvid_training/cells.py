"""The prediction cells of strides 8, 16, 32 and what their raw boxes mean."""

import torch

from .network import STRIDES


def cells(height, width, strides=STRIDES):
    """Corners [N, 2] (x, y in pixels) and strides [N, 1] in the network's output order."""
    corners, sizes = [], []
    for stride in strides:
        y, x = torch.meshgrid(
            torch.arange(height // stride), torch.arange(width // stride), indexing="ij"
        )
        corners.append(torch.stack([x.flatten(), y.flatten()], 1) * stride)
        sizes.append(torch.full((len(corners[-1]), 1), stride))
    return torch.cat(corners).float(), torch.cat(sizes).float()


def decode(raw, corners, strides):
    """Raw boxes [B, N, 4] -> corners x1, y1, x2, y2 in pixels, [B, N, 4]."""
    centre = raw[..., :2] * strides + corners
    half = raw[..., 2:].clamp(-6, 6).exp() * strides / 2
    return torch.cat([centre - half, centre + half], -1)


def pair_iou(a, b):
    """IoU and the enclosing box's area of boxes broadcast together: [..., 4] -> [...] each."""
    low, high = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    inter = (high - low).clamp(min=0).prod(-1)
    area = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1)
    union = (area - inter).clamp(min=1e-6)
    low, high = torch.minimum(a[..., :2], b[..., :2]), torch.maximum(a[..., 2:], b[..., 2:])
    return inter / union, (high - low).prod(-1).clamp(min=1e-6), union
