import numpy as np
import pytest
import torch
from rendered import write_world

from deepvid_training.calibration import negatives, thresholds
from deepvid_training.detectors import Detections
from deepvid_training.empty_nights import render
from deepvid_training.export import calibrate
from deepvid_training.labels import CLASSES
from deepvid_training.network import Detector


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """Twelve labelled pictures of `val` and six drawn nights."""
    folder = tmp_path_factory.mktemp("world")
    write_world(folder / "labelled", {"train": 1, "val": 12})
    render(folder / "negatives", {"val": 6}, {"val": 3})
    names = ("labelled", "everyday", "negatives")
    data = {name: str(folder / name) for name in names}
    net = {"height": 128, "width": 224}
    return {"data": data, "network": net, "export": {"score": 0.4, "alarms": 20, "precision": 0.7}}


def test_thresholds_are_chosen_on_pictures_without_objects(config):
    pictures = negatives(config)
    assert len(pictures) > 10
    seen = iter(range(10_000))

    def detector(picture):
        """A person of a score that no two pictures share, in the first hundred pictures."""
        score = 0.45 + 0.005 * next(seen)
        return Detections(np.float32([[0, 0, 9, 9]]), np.float32([score]), np.array([0]))

    chosen = thresholds(config, detector)
    allowed = int(0.2 * len(pictures))
    assert chosen[0] == pytest.approx(0.45 + 0.005 * (len(pictures) - 1 - allowed), abs=0.004)
    assert (chosen[[1, 3]] == 0.4).all()  # never seen: as low as it may be


def test_a_class_is_shifted_by_what_it_needs(config):
    torch.manual_seed(0)
    model = Detector(6, (16, 16, 32, 32, 48), (1, 1, 1), 32).eval()
    chosen, shifts = calibrate(config, model)
    assert list(chosen) == list(CLASSES)
    for name, threshold in chosen.items():
        assert 0.4 <= threshold <= 0.8
        odds = np.log(threshold / (1 - threshold)) + shifts.get(name, 0)
        assert 1 / (1 + np.exp(-odds)) == pytest.approx(0.4, abs=1e-3)
