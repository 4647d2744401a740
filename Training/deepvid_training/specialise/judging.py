"""How far a submodel agrees with the teacher, and how unsure it is: deepvid's own measures.

Both are those of the program (Agreement.swift, DetectionHead.swift), so that a threshold that is
found here means the same there.
"""

from dataclasses import dataclass

import numpy as np

from ..boxes import overlaps

# Share of the score that a partner needs: what only just misses the score is no disagreement.
LENIENT = 0.75


def paired(boxes, classes, others, other_classes):
    """How many of `boxes`, best first, find a partner of their class with IoU of at least 0.5."""
    iou = overlaps(boxes, others) * (classes[:, None] == other_classes[None])
    free, found = np.ones(len(others), bool), 0
    for row in iou:
        best = int(np.where(free, row, 0).argmax()) if len(row) else 0
        if len(row) and free[best] and row[best] >= 0.5:
            free[best] = False
            found += 1
    return found


def agreement(ours, theirs, score, least=None):
    """(boxes that found a partner, boxes that count) of two Detections, best first."""
    least = score * LENIENT if least is None else least
    found = total = 0
    for a, b in ((ours, theirs), (theirs, ours)):
        counts, partners = a.scores >= score, b.scores >= least
        found += paired(a.boxes[counts], a.classes[counts], b.boxes[partners], b.classes[partners])
        total += int(counts.sum())
    return found, total


def entropy(scores, least):
    """Mean binary entropy, in nats, of the objects that score at least `least`; 0 without any."""
    p = np.clip(scores[scores >= least], 1e-6, 1 - 1e-6)
    return float((-p * np.log(p) - (1 - p) * np.log(1 - p)).mean()) if len(p) else 0.0


@dataclass
class Judged:
    """Of held-out frames, one submodel's: entropy [N], and of its boxes found and counted [N]."""

    entropies: np.ndarray
    found: np.ndarray
    total: np.ndarray

    def agreement(self, which=slice(None)):
        """F1 over all boxes of these frames; 1 where there is none."""
        total = self.total[which].sum()
        return float(self.found[which].sum() / total) if total else 1.0


def judge(answers, truths, score):
    """Detections of a submodel and of the teacher, frame by frame -> Judged."""
    pairs = [agreement(a, t, score) for a, t in zip(answers, truths)]
    doubts = [entropy(a.scores, score * LENIENT) for a in answers]
    found, total = np.array(pairs, int).reshape(-1, 2).T
    return Judged(np.array(doubts), found, total)


def threshold(judged, target):
    """The largest entropy below which the frames together agree at `target`; and their share.

    None where not even the surest frames do.
    """
    order = np.argsort(judged.entropies, kind="stable")
    levels = judged.entropies[order]
    found, total = judged.found[order].cumsum(), judged.total[order].cumsum()
    good = (found >= target * total) & np.append(levels[1:] > levels[:-1], True)
    if not good.any():
        return None
    last = int(np.nonzero(good)[0].max())
    # Between this frame and the next; more doubt than was ever seen is not trusted.
    border = (levels[last] + levels[last + 1]) / 2 if last + 1 < len(levels) else levels[last]
    border = max(float(border) + 1e-6, 1e-4)
    return border, float((judged.entropies < border).mean())
