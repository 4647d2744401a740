"""Frames of one camera as batches, and the loss that makes a small detector say what a large one
says: the same boxes, and for each the same score."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch.nn import functional

from ..assigner import assign
from ..cells import cells, decode
from ..losses import misfit


@dataclass
class Truths:
    """The teacher's objects of each frame, in the submodel's pixels, as ragged lists."""

    boxes: list
    scores: list
    classes: list


def truths(material, names):
    """Looks of the teacher -> Truths; objects of other classes are left out."""
    height, width = material.pictures.shape[1:3]
    size, found = np.float32([width, height] * 2), Truths([], [], [])
    for look in material.looks:
        kept = [i for i, name in enumerate(look.names) if name in names]
        found.boxes.append(look.boxes[kept] * size)
        found.scores.append(look.scores[kept])
        found.classes.append(np.array([names.index(look.names[i]) for i in kept], int))
    return found


def disturb(picture, boxes, rng):
    """Other light, noise, a nudge, nearer or farther, mirrored: what was not seen there yet is then
    more like what was. Returns picture and boxes."""
    height, width = picture.shape[:2]
    boxes = boxes.copy()
    if rng.random() < 0.7:
        # About the middle; what comes in at the border repeats it.
        scale, (dx, dy) = rng.uniform(0.85, 1.2), rng.uniform(-12, 12, 2)
        dx, dy = dx + width / 2 * (1 - scale), dy + height / 2 * (1 - scale)
        move = np.float32([[scale, 0, dx], [0, scale, dy]])
        picture = cv2.warpAffine(picture, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
        boxes = boxes * np.float32(scale) + np.float32([dx, dy, dx, dy])
    if rng.random() < 0.25:
        picture = picture[:, ::-1]
        boxes[:, [0, 2]] = width - boxes[:, [2, 0]]
    if rng.random() < 0.5:
        ramp = np.arange(256, dtype=np.float32) / 255
        tables = [ramp ** np.exp(rng.uniform(-0.2, 0.2)) * rng.uniform(0.9, 1.1)] * 3
        table = (np.stack(tables, 1) * rng.uniform(0.98, 1.02, 3)).clip(0, 1) * 255
        picture = cv2.LUT(np.ascontiguousarray(picture), table.astype(np.uint8)[None])
    if rng.random() < 0.2:
        grain = rng.normal(0, rng.uniform(1, 5), picture.shape)
        picture = (picture + grain).clip(0, 255).astype(np.uint8)
    return np.ascontiguousarray(picture), boxes.clip(0, [width, height, width, height])


def visible(boxes):
    """Boxes that are still in the picture, [n] bool."""
    return (boxes[:, 2:] - boxes[:, :2] >= 2).all(1)


class Batches:
    """Batches of training frames; number i depends on the seed and i alone."""

    def __init__(self, material, found, size, busy, seed):
        self.material, self.found, self.size, self.busy, self.seed = (
            material, found, size, busy, seed,
        )  # fmt: skip
        full = np.array([len(b) > 0 for b in found.boxes])
        self.groups = [np.nonzero(full)[0], np.nonzero(~full)[0]]

    def pick(self, rng):
        """A frame's number: of the busy ones with the share `busy`, where there are both kinds."""
        group = self.groups[0 if rng.random() < self.busy else 1]
        group = group if len(group) else self.groups[not len(self.groups[0])]
        return int(group[rng.integers(len(group))])

    def __call__(self, index):
        """images float [B, 3, H, W] 0..1, objects [B, M, 4], labels, scores, valid [B, M]."""
        rng = np.random.default_rng((self.seed, index))
        chosen = [self.pick(rng) for _ in range(self.size)]
        most = max(1, max(len(self.found.boxes[i]) for i in chosen))
        objects = np.zeros((self.size, most, 4), np.float32)
        labels = np.zeros((self.size, most), int)
        scores = np.zeros((self.size, most), np.float32)
        valid, pictures = np.zeros((self.size, most), bool), []
        for row, i in enumerate(chosen):
            count = len(self.found.boxes[i])
            picture, boxes = disturb(self.material.pictures[i], self.found.boxes[i], rng)
            pictures.append(picture)
            objects[row, :count], labels[row, :count] = boxes, self.found.classes[i]
            scores[row, :count], valid[row, :count] = self.found.scores[i], visible(boxes)
        images = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
        rest = (torch.from_numpy(v) for v in (objects, labels, scores, valid))
        return images.contiguous(memory_format=torch.channels_last), *rest


class TaughtLoss:
    """Boxes and scores as the teacher's, of pictures of height x width pixels."""

    def __init__(self, height, width, box_weight):
        self.corners, self.strides = cells(height, width)
        self.centres = self.corners + self.strides / 2
        self.box_weight = box_weight

    def __call__(self, logits, raw, objects, labels, scores, valid):
        """(class loss, box loss), each divided by the sum of the objects' scores."""
        boxes = decode(raw, self.corners, self.strides)
        found = assign(
            logits.detach().sigmoid(), boxes.detach(), self.centres, objects, labels, valid
        )
        # The cell that fits an object best is to say the teacher's score, the others their share.
        batch, cell = found.matched.nonzero(as_tuple=True)
        slot = batch * objects.shape[1] + found.items[batch, cell]
        own = found.targets[batch, cell]
        share = own.amax(-1)
        best = torch.zeros(objects.shape[0] * objects.shape[1])
        best = best.scatter_reduce(0, slot, share, "amax").clamp(min=1e-6)
        weight = share / best[slot] * scores.flatten()[slot]
        targets = found.targets.clone()
        targets[batch, cell] = own / share.clamp(min=1e-6)[:, None] * weight[:, None]
        total = targets.sum().clamp(min=1.0)
        kind = functional.binary_cross_entropy_with_logits(logits, targets, reduction="sum")
        box = misfit(boxes[batch, cell], found.boxes[batch, cell], weight)
        return kind / total, self.box_weight * box / total
