"""Which cells answer for which object: task-aligned assignment (TOOD) on candidate pairs only."""

from dataclasses import dataclass

import torch

from .cells import contains, pair_iou


@dataclass
class Assignment:
    """Per cell: matched [B, N] bool, boxes [B, N, 4], soft class targets [B, N, classes], and which
    object it is matched to, items [B, N]."""

    matched: torch.Tensor
    boxes: torch.Tensor
    targets: torch.Tensor
    items: torch.Tensor


def peaks(values, slots, count):
    """Largest of `values` [P] per slot [P] -> [count]; empty slots are 0."""
    return torch.zeros(count).scatter_reduce(0, slots, values, "amax")


@torch.no_grad()
def assign(scores, boxes, centres, objects, labels, valid, top=10, alpha=0.5, beta=4.0, reach=6.0):
    """Give every object its `top` best-aligned cells.

    scores [B, N, classes] after the sigmoid, boxes [B, N, 4] decoded, centres [N, 2] in pixels;
    objects [B, M, 4], labels [B, M], valid [B, M]. A cell is a candidate if its centre lies in
    the object's box, grown to at least `reach` pixels to each side of its middle. Alignment is
    score^alpha x IoU^beta; a cell wanted by several objects goes to the one it overlaps most.
    A cell's target is its alignment relative to its object's best, times the object's best IoU.
    """
    batch, count, _ = scores.shape
    found = Assignment(
        torch.zeros(batch, count, dtype=torch.bool),
        torch.zeros_like(boxes),
        torch.zeros_like(scores),
        torch.zeros(batch, count, dtype=torch.long),
    )
    if not valid.any():
        return found
    amount = objects.shape[1]
    middle = (objects[..., :2] + objects[..., 2:]) / 2
    half = ((objects[..., 2:] - objects[..., :2]) / 2).clamp(min=reach)
    grown = torch.cat([middle - half, middle + half], -1)
    image, item, cell = (contains(grown, centres) & valid[..., None]).nonzero(as_tuple=True)
    iou = pair_iou(objects[image, item], boxes[image, cell])[0]
    align = scores[image, cell, labels[image, item]].pow(alpha) * iou.pow(beta)

    table = torch.full((batch, amount, count), -1.0)
    table[image, item, cell] = align
    bar = table.topk(min(top, count), dim=2).values[..., -1]
    picked = (align >= bar[image, item]) & (iou > 0)
    image, item, cell, iou, align = (v[picked] for v in (image, item, cell, iou, align))

    place = image * count + cell
    won = iou == peaks(iou, place, batch * count)[place]
    image, item, cell, iou, align = (v[won] for v in (image, item, cell, iou, align))
    slot = image * amount + item
    best_align = peaks(align, slot, batch * amount).clamp(min=1e-12)
    best_iou = peaks(iou, slot, batch * amount)
    found.matched[image, cell] = True
    found.boxes[image, cell] = objects[image, item]
    found.items[image, cell] = item
    found.targets[image, cell, labels[image, item]] = align / best_align[slot] * best_iou[slot]
    return found
