"""Trains one small detector on frames of one camera, with a look at the held-out ones."""

import copy
import time

import numpy as np
import torch

from ..averaging import Average
from ..boxes import suppress
from ..cells import cells, decode
from ..detectors import Detections
from ..schedule import rate
from ..train import optimiser
from . import judging
from .targets import Batches, TaughtLoss


@torch.no_grad()
def answers(model, pictures, least, nms_iou, batch=32):
    """What a network says of uint8 pictures [N, H, W, 3]: Detections in its pixels, best first."""
    model.eval()
    height, width = pictures.shape[1:3]
    corners, strides = cells(height, width)
    found = []
    for start in range(0, len(pictures), batch):
        images = torch.from_numpy(pictures[start : start + batch]).permute(0, 3, 1, 2).float()
        logits, raw = model((images / 255).contiguous(memory_format=torch.channels_last))
        scores = logits.sigmoid().numpy()
        boxes = decode(raw, corners, strides).numpy()
        for own, place in zip(scores, boxes):
            cell, kind = np.nonzero(own >= least)
            value = own[cell, kind]
            box = place[cell].clip(0, [width, height, width, height])
            kept = suppress(box, value, kind, nms_iou)
            found.append(Detections(box[kept], value[kept], kind[kept]))
    return found


class Held:
    """Held-out frames, and how a network does there."""

    def __init__(self, material, found, score, nms_iou):
        self.pictures, self.score, self.nms_iou = material.pictures, score, nms_iou
        self.truths = []
        for boxes, scores, classes in zip(found.boxes, found.scores, found.classes):
            order = np.argsort(-scores, kind="stable")
            self.truths.append(Detections(boxes[order], scores[order], classes[order]))

    def judge(self, model):
        """Judged, frame by frame."""
        least = self.score * judging.LENIENT
        given = answers(model, self.pictures, least, self.nms_iou)
        return judging.judge(given, self.truths, self.score)


def learn(model, name, material, found, held, settings, steps, peak, journal):
    """Train `model` for up to `steps`; the average of its weights that did best on `held`.

    A step is one batch; the learning rate is flat and then falls, as in `train`.
    """
    average = Average(model, settings["average_decay"])
    rule = optimiser(model, settings | {"rate": peak})
    height, width = material.pictures.shape[1:3]
    loss = TaughtLoss(height, width, settings["box_weight"])
    batches = Batches(material, found, settings["batch"], settings["busy"], settings["seed"])
    best, kept, waited = held.judge(average.model).agreement(), copy.deepcopy(average.model), 0
    sums, start = np.zeros(2), time.time()
    print(f"{name}: {len(material)} frames, agreement {best:.3f} at the start", flush=True)
    for step in range(steps):
        model.train()
        for group in rule.param_groups:
            group["lr"] = peak * rate(step, steps, settings["warmup"], settings["decay_share"])
        images, *truth = batches(step)
        kind, box = loss(*model(images), *truth)
        rule.zero_grad(set_to_none=True)
        (kind + box).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        rule.step()
        average.update(model, step)
        sums += kind.item(), box.item()
        if (step + 1) % settings["every"] and step + 1 < steps:
            continue
        now = held.judge(average.model).agreement()
        # The first round may be shorter, as may the last.
        count = (step % settings["every"]) + 1
        kinds, boxes = sums / count
        minutes = (time.time() - start) / 60
        print(
            f"{name}: step {step + 1}, class {kinds:.3f}, box {boxes:.3f}, agreement {now:.3f}, "
            f"{minutes:.1f} min",
            flush=True,
        )
        journal(average.model, step + 1, now)
        sums[:] = 0
        waited = 0 if now > best else waited + 1
        # Of equals the later one, which has seen more.
        if now >= best:
            best, kept = now, copy.deepcopy(average.model)
        if waited >= settings["patience"]:
            print(f"{name}: no gain in {waited} looks, ended", flush=True)
            break
    return kept.eval()
