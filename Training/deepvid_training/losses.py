"""Classification and box loss, leaving out what the labels do not know."""

import torch
from torch.nn import functional

from .assigner import assign
from .cells import cells, contains, decode, hull_area, pair_iou
from .correction import LEAST, correct


def unknown(centres, regions, marked):
    """Cells about which a class is not known: [B, N, classes] bool.

    regions [B, K, 4] in pixels, marked [B, K, classes]: the classes each region leaves open.
    """
    inside = contains(regions, centres).float()
    return torch.bmm(inside.transpose(1, 2), marked.float()) > 0


def misfit(mine, theirs, weight):
    """Weighted sum of 1 - GIoU over pairs of boxes [n, 4]."""
    iou, union = pair_iou(mine, theirs)
    hull = hull_area(mine, theirs)
    return ((1 - iou + (hull - union) / hull) * weight).sum()


def imitation(logits, scores, heard=None):
    """How far class scores [B, N, classes] are from a teacher's, everywhere or where it is `heard`:
    what keeps a network that began with its teacher's weights from forgetting what the labelled
    pictures do not show."""
    entropy = functional.binary_cross_entropy_with_logits(logits, scores, reduction="none")
    # Less what a perfect imitation would leave.
    least = functional.binary_cross_entropy(scores, scores, reduction="none")
    gap = entropy - least
    if heard is not None:
        gap, scores = gap * heard, scores * heard
    return gap.sum() / scores.sum().clamp(min=1.0)


def apart(mine, theirs):
    """How far inner tensors are from a teacher's: the mean of squared differences, each tensor's as
    a share of its own mean square."""
    parts = [
        functional.mse_loss(a.float(), b.float()) / b.float().pow(2).mean().clamp(min=1e-6)
        for a, b in zip(mine, theirs)
    ]
    return sum(parts) / len(parts)


class ImitationLoss:
    """Loss against a dense teacher alone, whatever labels say: its scores in every cell, its boxes
    where it scores `LEAST` or more."""

    def __init__(self, height, width, score_weight=3.0, box_weight=3.0):
        self.corners, self.strides = cells(height, width)
        self.score_weight, self.box_weight = score_weight, box_weight

    def __call__(self, logits, raw, batch):
        """Returns (total, {name: float})."""
        scores = batch["taught_scores"].float()
        boxes = decode(raw, self.corners, self.strides)
        theirs = decode(batch["taught_boxes"].float(), self.corners, self.strides)
        best = scores.amax(-1)
        sure = best > LEAST
        imitated = imitation(logits, scores)
        box = misfit(boxes[sure], theirs[sure], best[sure]) / best[sure].sum().clamp(min=1.0)
        parts = {"imitation": imitated.item(), "box": box.item(), "objects": scores.sum().item()}
        return self.score_weight * imitated + self.box_weight * box, parts


class DetectionLoss:
    """Loss of one batch whose images are height x width pixels."""

    def __init__(self, height, width, box_weight=3.0, teaching_weight=1.0, imitation_weight=0.0):
        self.imitation_weight = imitation_weight
        self.corners, self.strides = cells(height, width)
        self.centres = self.corners + self.strides / 2
        self.box_weight, self.teaching_weight = box_weight, teaching_weight

    def __call__(self, logits, raw, batch):
        """Returns (total, {name: float}). Every sum is divided by the sum of its soft targets."""
        boxes = decode(raw, self.corners, self.strides)
        found = assign(
            logits.detach().sigmoid(),
            boxes.detach(),
            self.centres,
            batch["objects"],
            batch["labels"],
            batch["valid"],
        )
        open_classes = unknown(self.centres, batch["regions"], batch["marked"])
        known = ~open_classes | found.matched[..., None]
        taught, parts = 0.0, {}
        if "taught_scores" in batch:
            lesson = self.lesson(batch, open_classes)
            # Where the teacher sees a labelled object, the cell is no background.
            known &= ~lesson.speaks[..., None] | found.matched[..., None]
            taught, parts = self.teach(logits, boxes, lesson, open_classes)
            if self.imitation_weight:
                imitated = self.imitate(logits, batch["taught_scores"].float(), lesson, open_classes)
                taught = taught + self.imitation_weight * imitated
                parts["imitation"] = imitated.item()
        total = found.targets.sum().clamp(min=1.0)
        entropy = functional.binary_cross_entropy_with_logits(
            logits, found.targets, reduction="none"
        )
        classification = (entropy * known).sum() / total
        weight = found.targets.sum(-1)[found.matched]
        box = misfit(boxes[found.matched], found.boxes[found.matched], weight) / total
        parts |= {"class": classification.item(), "box": box.item(), "objects": total.item()}
        return classification + self.box_weight * box + self.teaching_weight * taught, parts

    def lesson(self, batch, open_classes):
        """The dense teacher's opinion of this batch, put right by its labels."""
        return correct(
            batch["taught_scores"].float(),
            decode(batch["taught_boxes"].float(), self.corners, self.strides),
            batch["objects"],
            batch["labels"],
            batch["valid"],
            open_classes,
        )

    def imitate(self, logits, scores, lesson, open_classes):
        """Imitation of a teacher that the labels have put right; where it sees what they say is not
        there, it is not heard."""
        speaks = lesson.speaks[..., None]
        heard = speaks | open_classes | (scores <= LEAST)
        return imitation(logits, torch.where(speaks, lesson.targets, scores), heard)

    def teach(self, logits, boxes, lesson, open_classes):
        """(loss, parts) against a lesson, where it speaks and where the labels are silent."""
        total = lesson.targets.sum().clamp(min=1.0)
        entropy = functional.binary_cross_entropy_with_logits(
            logits, lesson.targets, reduction="none"
        )
        heard = lesson.speaks[..., None] | open_classes
        classification = (entropy * heard).sum() / total
        weight = lesson.targets.amax(-1)[lesson.speaks]
        box = misfit(boxes[lesson.speaks], lesson.boxes[lesson.speaks], weight) / total
        parts = {"taught class": classification.item(), "taught box": box.item()}
        return classification + self.box_weight * box, parts
