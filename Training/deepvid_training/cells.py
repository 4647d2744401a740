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
    """IoU and union area of boxes broadcast together: [..., 4] -> [...] each."""
    ax1, ay1, ax2, ay2 = a.unbind(-1)
    bx1, by1, bx2, by2 = b.unbind(-1)
    inter = (ax2.minimum(bx2) - ax1.maximum(bx1)).clamp(min=0)
    inter = inter * (ay2.minimum(by2) - ay1.maximum(by1)).clamp(min=0)
    union = (ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - inter
    return inter / union.clamp(min=1e-6), union


def hull_area(a, b):
    """Area of the smallest box around both."""
    low, high = torch.minimum(a[..., :2], b[..., :2]), torch.maximum(a[..., 2:], b[..., 2:])
    return (high - low).prod(-1).clamp(min=1e-6)


def contains(regions, points):
    """regions [B, K, 4], points [N, 2] -> [B, K, N] bool."""
    x1, y1, x2, y2 = regions[:, :, None].unbind(-1)
    x, y = points.unbind(-1)
    return (x >= x1) & (x <= x2) & (y >= y1) & (y <= y2)
