"""One opinion out of several detectors': which boxes to trust, which to leave out of the loss."""

from dataclasses import dataclass

import numpy as np

from .boxes import overlaps
from .detectors import Detections
from .labels import CLASSES, VEHICLES


@dataclass(frozen=True)
class Vote:
    """A clustered object: box [4] in pixels, class, mean score over teachers, whether trusted."""

    box: np.ndarray
    label: int
    score: float
    trusted: bool


def group_of(labels):
    """Class index -> group index; car, bus and truck are one group, as teachers mix them up."""
    return np.where(np.isin(labels, VEHICLES), VEHICLES[0], labels)


def vote(opinions: list[Detections], accept=0.35, doubt=0.12, same=0.5):
    """Cluster the teachers' boxes and judge each cluster.

    A cluster's score is the sum of each teacher's best score in it over the number of
    teachers. `accept` and at least two teachers: trusted; above `doubt`: an ignore region.
    """
    boxes = np.concatenate([o.boxes for o in opinions])
    scores = np.concatenate([o.scores for o in opinions])
    labels = np.concatenate([o.classes for o in opinions])
    teachers = np.concatenate([np.full(len(o.boxes), i) for i, o in enumerate(opinions)])
    groups = group_of(labels)
    near = (overlaps(boxes, boxes) > same) & (groups[:, None] == groups[None])
    free = np.ones(len(boxes), bool)
    votes = []
    for index in np.argsort(-scores, kind="stable"):
        if not free[index]:
            continue
        members = np.nonzero(near[index] & free)[0]
        free[members] = False
        judged = judge(boxes, scores, labels, teachers, members, len(opinions), accept)
        if judged.score >= doubt:
            votes.append(judged)
    return votes


def judge(boxes, scores, labels, teachers, members, count, accept):
    """The Vote of one cluster, given its member indices."""
    by_class = np.zeros((count, len(CLASSES)))
    np.maximum.at(by_class, (teachers[members], labels[members]), scores[members])
    best = by_class.max(1)
    weight = scores[members, None]
    box = (boxes[members] * weight).sum(0) / weight.sum()
    share = by_class.sum(0) / by_class.sum()
    score = float(best.sum() / count)
    trusted = score >= accept and (best > 0.15).sum() >= 2 and share.max() >= 0.6
    return Vote(box, int(share.argmax()), score, bool(trusted))
