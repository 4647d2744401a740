from pathlib import Path

import numpy as np
import pytest
from test_placement import sample

from deepvid_training.alarms import count, darkened, report
from deepvid_training.calibration import offsets, precise, quiet
from deepvid_training.detectors import Detections
from deepvid_training.empty_nights import render
from deepvid_training.metrics import Tally


def test_alarms_are_counted_from_the_score_on():
    found = Detections(
        np.float32([[0, 0, 80, 40], [0, 0, 8, 8], [0, 0, 8, 8]]),
        np.float32([0.5, 0.4, 0.3]),
        np.array([0, 2, 2]),
    )
    alarms = count(lambda _: found, [sample([])] * 4, 0.4)
    assert alarms.counts.tolist() == [4, 0, 4, 0, 0, 0]
    assert alarms.rate == 200 and alarms.huge == 4
    assert alarms.largest == pytest.approx(80 * 40 / (80 * 60))


def test_darkened_pictures_are_others_and_the_same_each_time():
    day = sample([(10, 10, 60, 50)])
    first, second = darkened([day], 5, 2), darkened([day], 5, 2)
    assert len(first) == 2 and not np.array_equal(first[0].pixels, first[1].pixels)
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(first, second))
    assert day.pixels.max() == 255 and first[0].path == Path("x")


def test_a_quiet_threshold_allows_so_many_alarms():
    scores = np.array([0.9, 0.7, 0.6, 0.2])
    assert (scores >= quiet(scores, 200, 1.0)).sum() == 2
    assert (scores >= quiet(scores, 200, 0.0)).sum() == 0
    assert quiet(scores, 200, 5.0) == 0.0


def test_a_precise_threshold_holds_the_precision():
    tally = Tally((0,))
    tally.truths = 30
    tally.scores, tally.hits = [0.9, 0.8, 0.7, 0.6, 0.5], [True, True, False, True, False]
    assert precise(tally, 0.75) == 0.6
    assert precise(tally, 0.9) == 0.8
    tally.truths = 10
    assert precise(tally, 0.9) == 0.0


def test_offsets_move_each_threshold_to_the_score():
    chosen = np.array([0.3, 0.4, 0.7])
    logits = np.log(chosen / (1 - chosen)) + offsets(chosen, 0.4)
    assert np.allclose(1 / (1 + np.exp(-logits)), 0.4)


def test_the_report_has_a_line_for_every_set(tmp_path):
    render(tmp_path / "negatives", {"test": 2}, {"test": 2})
    names = ("labelled", "video", "negatives")
    config = {"data": {name: str(tmp_path / name) for name in names}}

    def detector(picture):
        height, width = picture.shape[:2]
        return Detections(np.float32([[0, 0, width, height]]), np.float32([0.5]), np.array([0]))

    lines = list(report(config, [("all", detector), ("none", detector)], 0.4))
    assert lines[0] == "| pictures | all | none |"
    assert "| drawn nights, seed of the test (2) | 100.0, largest 100 %, 2 huge |" in "\n".join(
        lines
    )
    assert len(lines) == 8
