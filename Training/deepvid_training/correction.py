"""A teacher's dense opinion, put right by the labels."""

from dataclasses import dataclass

import torch

from .cells import pair_iou

LEAST = 0.05


@dataclass
class Lesson:
    """Per cell: soft class targets [B, N, classes], boxes [B, N, 4], where to learn [B, N] bool."""

    targets: torch.Tensor
    boxes: torch.Tensor
    speaks: torch.Tensor


@torch.no_grad()
def correct(scores, boxes, objects, labels, valid, unknown):
    """Where a teacher's box is a labelled object, its class and box are the label's.

    scores [B, N, classes], boxes [B, N, 4] decoded; objects [B, M, 4], labels [B, M], valid
    [B, M], unknown [B, N, classes]. A box that is no labelled object counts only for classes
    about which the labels say nothing there.
    """
    targets = torch.where(unknown, scores, 0.0)
    boxes = boxes.clone()
    image, cell = (scores.amax(-1) > LEAST).nonzero(as_tuple=True)
    if len(image) and objects.shape[1]:
        iou = pair_iou(boxes[image, cell][:, None], objects[image])[0]
        best, item = iou.masked_fill(~valid[image], 0).max(1)
        right = best > 0.5
        image, cell, item = image[right], cell[right], item[right]
        strength = scores[image, cell].amax(-1)
        targets[image, cell] = 0
        targets[image, cell, labels[image, item]] = strength
        boxes[image, cell] = objects[image, item]
    return Lesson(targets, boxes, targets.amax(-1) > LEAST)
