"""Average precision at IoU 0.5, aware of ignore regions and of unannotated classes."""

import numpy as np

from .boxes import areas, intersections, overlaps
from .labels import CLASSES, INDEX, VEHICLES


class Tally:
    """Collects matched detections of one class (or group of classes) over many images."""

    def __init__(self, members):
        self.members = members
        self.scores, self.hits, self.truths = [], [], 0

    def add(self, sample, found):
        """Match greedily by score; unmatched detections inside ignore regions do not count."""
        if not sample.annotated[list(self.members)].all():
            return
        truth = sample.boxes[np.isin(sample.classes, self.members)]
        mine = np.isin(found.classes, self.members)
        order = np.argsort(-found.scores[mine], kind="stable")
        boxes, scores = found.boxes[mine][order], found.scores[mine][order]
        iou = overlaps(boxes, truth)
        open_regions = sample.ignores[sample.ignored[:, list(self.members)].all(1)]
        inside = intersections(boxes, open_regions) / np.maximum(areas(boxes)[:, None], 1e-9)
        free = np.ones(len(truth), bool)
        self.truths += len(truth)
        for index in range(len(boxes)):
            candidates = np.where(free, iou[index], 0)
            if len(truth) and candidates.max() >= 0.5:
                free[candidates.argmax()] = False
                self.scores.append(scores[index])
                self.hits.append(True)
            elif not (inside[index] > 0.5).any():
                self.scores.append(scores[index])
                self.hits.append(False)

    def curve(self):
        """(scores, precision, recall), best score first; all [n]."""
        order = np.argsort(-np.array(self.scores), kind="stable")
        hits = np.array(self.hits, bool)[order]
        good = hits.cumsum()
        precision = good / np.arange(1, len(hits) + 1)
        return np.array(self.scores)[order], precision, good / max(self.truths, 1)

    def average_precision(self):
        """Area under the interpolated precision-recall curve; NaN without any truth."""
        if self.truths == 0:
            return float("nan")
        if not self.scores:
            return 0.0
        _, precision, recall = self.curve()
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        return float((np.diff(recall, prepend=0) * envelope).sum())

    def at(self, threshold):
        """(precision, recall) of detections with score >= threshold."""
        kept = np.array(self.hits, bool)[np.array(self.scores) >= threshold]
        return kept.mean() if len(kept) else float("nan"), kept.sum() / max(self.truths, 1)


def tallies():
    """One tally per class, and `vehicle` for car, bus and truck without telling them apart."""
    table = {name: Tally((INDEX[name],)) for name in CLASSES}
    table["vehicle"] = Tally(VEHICLES)
    return table


def measure(detector, samples):
    """Run a detector over samples; returns the filled tallies."""
    table = tallies()
    for sample in samples:
        found = detector(sample.load())
        for tally in table.values():
            tally.add(sample, found)
    return table
