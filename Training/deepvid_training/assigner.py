"""Which cells answer for which object: task-aligned assignment (TOOD), vectorised."""

from dataclasses import dataclass

import torch

from .cells import contains, pair_iou


@dataclass
class Assignment:
    """Per cell: matched [B, N] bool, boxes [B, N, 4], soft class targets [B, N, classes]."""

    matched: torch.Tensor
    boxes: torch.Tensor
    targets: torch.Tensor


@torch.no_grad()
def assign(scores, boxes, centres, objects, labels, valid, top=10, alpha=0.5, beta=4.0, reach=6.0):
    """Give every object its `top` best-aligned cells.

    scores [B, N, classes] after the sigmoid, boxes [B, N, 4] decoded, centres [N, 2] in pixels;
    objects [B, M, 4], labels [B, M], valid [B, M]. A cell is a candidate if its centre lies in
    the object's box, grown to at least `reach` pixels to each side of its middle. Alignment is
    score^alpha x IoU^beta; a cell wanted by several objects goes to the one it overlaps most.
    """
    batch, count, classes = scores.shape
    if objects.shape[1] == 0:
        empty = torch.zeros(batch, count)
        return Assignment(empty.bool(), torch.zeros_like(boxes), torch.zeros_like(scores))
    middle = (objects[..., :2] + objects[..., 2:]) / 2
    half = ((objects[..., 2:] - objects[..., :2]) / 2).clamp(min=reach)
    grown = torch.cat([middle - half, middle + half], -1)
    inside = contains(grown, centres) & valid[..., None]
    iou = pair_iou(objects[:, :, None], boxes[:, None])[0] * inside
    chosen = scores.transpose(1, 2).gather(1, labels[..., None].expand(-1, -1, count))
    align = chosen.pow(alpha) * iou.pow(beta)
    best = (align + 1e-9 * inside).topk(min(top, count), dim=2).indices
    picked = torch.zeros_like(inside).scatter_(2, best, True) & inside
    owner = ((iou + 1e-9) * picked).argmax(1)
    matched = picked.any(1)
    picked &= owner[:, None] == torch.arange(objects.shape[1])[:, None]
    align = align * picked
    peak = align.amax(2, keepdim=True).clamp(min=1e-9)
    quality = (iou * picked).amax(2, keepdim=True)
    soft = (align / peak * quality).gather(1, owner[:, None])[:, 0]
    label = labels.gather(1, owner)
    targets = torch.nn.functional.one_hot(label, classes) * (soft * matched)[..., None]
    return Assignment(matched, objects.gather(1, owner[..., None].expand(-1, -1, 4)), targets)
