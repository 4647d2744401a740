"""From which score on a class is reported: so few false alarms on pictures without objects, so few
wrong boxes on pictures with some."""

import numpy as np

from .alarms import drawn
from .labels import CLASSES, INDEX, VEHICLES
from .metrics import Tally
from .night import darken
from .placement import vacancy
from .validation import everyday, held_out

# Least and greatest threshold, whatever the pictures say: below it all are guesses, above it
# nothing would be found.
LEAST, GREATEST = 0.4, 0.8


def negatives(config):
    """Pictures without objects for the choice of thresholds, in no training and no test: drawn
    nights, and parts of `val` pictures in which nothing is, by day and darkened."""
    rng, parts = np.random.default_rng(41), []
    for sample in (s for group in calibrating(config) for s in group):
        part = vacancy(sample, rng)
        if part:
            x1, y1, x2, y2 = (int(v) for v in part)
            parts.append(np.ascontiguousarray(sample.load()[y1:y2, x1:x2]))
    return parts + [darken(part, rng) for part in parts] + [s.load() for s in drawn(config, "val")]


def calibrating(config):
    """Lists of labelled `val` pictures by which thresholds are chosen: those whose source labels
    persons."""
    groups = [*held_out(config, ("val",)).values(), everyday(config, "val")]
    return [group for group in groups if group and group[0].annotated[INDEX["person"]]]


def scores_by_class(detector, pictures):
    """All scores of detections in pictures without objects, for each class."""
    found = [detector(picture) for picture in pictures]
    scores = np.concatenate([f.scores for f in found])
    classes = np.concatenate([f.classes for f in found])
    return [np.sort(scores[classes == index])[::-1] for index in range(len(CLASSES))]


def quiet(scores, pictures, alarms):
    """Least score from which on there are at most `alarms` false boxes in 100 of `pictures`, given
    their scores, best first."""
    allowed = int(alarms * pictures / 100)
    return float(scores[allowed]) + 1e-3 if len(scores) > allowed else 0.0


def precise(tally, precision):
    """Least score from which on at least the share `precision` of reported boxes is right; 0 with
    too few objects to say."""
    if tally.truths < 20 or not tally.scores:
        return 0.0
    scores, right, _ = tally.curve()
    good = np.nonzero(right >= precision)[0]
    return float(scores[good[-1]]) if len(good) else GREATEST


def thresholds(config, detector):
    """The least score of each class, [classes]: as few false alarms, and as few wrong boxes, as
    [export] asks for."""
    wanted, pictures = config["export"], negatives(config)
    alarms = scores_by_class(detector, pictures)
    table = {members: Tally(members) for members in {(INDEX["person"],), VEHICLES}}
    for sample in (s for group in calibrating(config) for s in group):
        found = detector(sample.load())
        for tally in table.values():
            tally.add(sample, found)
    chosen = []
    for index in range(len(CLASSES)):
        calm = quiet(alarms[index], len(pictures), wanted["alarms"])
        right = [
            precise(t, wanted["precision"]) for members, t in table.items() if index in members
        ]
        chosen.append(min(max([calm, *right, LEAST]), GREATEST))
    return np.array(chosen)


def offsets(chosen, score):
    """What to add to the log-odds of a class's scores so that its threshold becomes `score`: one
    least score then serves all classes."""
    return np.log(score / (1 - score)) - np.log(chosen / (1 - chosen))
