"""Classification and box loss, leaving out what the labels do not know."""

import torch
from torch.nn import functional

from .assigner import assign
from .cells import cells, contains, decode, hull_area, pair_iou


def unknown(centres, regions, marked):
    """Cells about which a class is not known: [B, N, classes] bool.

    regions [B, K, 4] in pixels, marked [B, K, classes]: the classes each region leaves open.
    """
    inside = contains(regions, centres).float()
    return torch.bmm(inside.transpose(1, 2), marked.float()) > 0


class DetectionLoss:
    """Loss of one batch whose images are height x width pixels."""

    def __init__(self, height, width, box_weight=3.0):
        self.corners, self.strides = cells(height, width)
        self.centres = self.corners + self.strides / 2
        self.box_weight = box_weight

    def __call__(self, logits, raw, batch):
        """Returns (total, {name: float}). Both sums are divided by the sum of soft targets."""
        boxes = decode(raw, self.corners, self.strides)
        found = assign(
            logits.detach().sigmoid(),
            boxes.detach(),
            self.centres,
            batch["objects"],
            batch["labels"],
            batch["valid"],
        )
        total = found.targets.sum().clamp(min=1.0)
        known = ~unknown(self.centres, batch["regions"], batch["marked"]) | found.matched[..., None]
        entropy = functional.binary_cross_entropy_with_logits(
            logits, found.targets, reduction="none"
        )
        classification = (entropy * known).sum() / total
        weight = found.targets.sum(-1)[found.matched]
        mine, theirs = boxes[found.matched], found.boxes[found.matched]
        iou, union = pair_iou(mine, theirs)
        hull = hull_area(mine, theirs)
        box = ((1 - iou + (hull - union) / hull) * weight).sum() / total
        parts = {"class": classification.item(), "box": box.item(), "objects": total.item()}
        return classification + self.box_weight * box, parts
