from pathlib import Path

import numpy as np

from deepvid_training.consensus import vote
from deepvid_training.detectors import Detections
from deepvid_training.metrics import Tally
from deepvid_training.sources import Sample, annotated_mask
from deepvid_training.trust import settle


def seen(*boxes):
    """Detections from (x1, score, class) triples; all boxes are 10 x 10."""
    corners = np.float32([[x, 0, x + 10, 10] for x, _, _ in boxes]).reshape(-1, 4)
    scores = np.float32([s for _, s, _ in boxes])
    return Detections(corners, scores, np.array([c for _, _, c in boxes], int))


def test_two_teachers_are_trusted_and_one_is_doubted():
    votes = vote([seen((0, 0.8, 0), (50, 0.9, 0)), seen((1, 0.7, 0)), seen()])
    assert [(v.label, v.trusted) for v in votes] == [(0, False), (0, True)]


def test_disagreement_about_the_kind_of_vehicle_is_doubt():
    votes = vote([seen((0, 0.8, 2)), seen((0, 0.8, 4)), seen()])
    assert len(votes) == 1 and not votes[0].trusted


def test_average_precision_counts_ignores_and_masks():
    made = Sample(Path("x"), 100, 100, "s", "val", annotated_mask("person|car"))
    made.boxes, made.classes = [[0, 0, 10, 10], [20, 0, 30, 10]], [0, 0]
    made.ignores, made.ignored = [[60, 0, 90, 20]], [np.ones(6, bool)]
    made.freeze()
    tally = Tally((0,))
    tally.add(made, seen((0, 0.9, 0), (65, 0.8, 0), (40, 0.7, 0), (20, 0.6, 0)))
    assert np.isclose(tally.average_precision(), (1 + 2 / 3) / 2)
    other = Tally((1,))
    other.add(made, seen((0, 0.9, 1)))
    assert other.truths == 0 and not other.scores


def test_rules_turn_other_classes_into_background():
    rules = {"clips": {"a": {"only": ["car"]}}, "pseudo": {"accept": 0.3, "accept_vehicle": 0.2}}
    row = {"class": "truck", "score": "0.25", "source": "a", "ignore": "1"}
    row |= {"x1": "0", "y1": "0", "x2": "10", "y2": "10"}
    assert settle(row, rules) == ("car", False)
    assert settle(row | {"class": "person"}, rules) == (None, False)
    assert settle(row | {"source": "b", "score": "0.1"}, rules) == ("truck", True)
    rules["clips"]["a"]["captions"] = [[0, 0, 8, 8]]
    assert settle(row, rules) == (None, False)
