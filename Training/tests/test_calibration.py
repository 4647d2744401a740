import numpy as np
import pytest
import torch
from rendered import write_world

from deepvid_training.calibration import (
    negatives,
    offsets_of_products,
    thresholds,
)
from deepvid_training.detectors import Detections
from deepvid_training.empty_nights import render
from deepvid_training.export import calibrate
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
        score = 0.3 + 0.005 * next(seen)
        return Detections(np.float32([[0, 0, 9, 9]]), np.float32([score]), np.array([0]))

    chosen = thresholds(config, detector)
    allowed = int(0.2 * len(pictures))
    assert chosen[0] == pytest.approx(0.3 + 0.005 * (len(pictures) - 1 - allowed), abs=0.004)
    assert (chosen[[1, 3]] == 0.2).all()  # never seen: as low as it may be


def test_export_shifts_the_scores_of_each_class(config):
    torch.manual_seed(0)
    model = Detector(6, (16, 16, 32, 32, 48), (1, 1, 1), 32).eval()
    before = [head.classes.bias.detach().clone() for head in model.heads]
    chosen = calibrate(config, model)
    wanted = np.log(0.4 / 0.6) - np.log(chosen / (1 - chosen))
    for head, old in zip(model.heads, before):
        assert np.allclose((head.classes.bias - old).detach().numpy(), wanted, atol=1e-5)


class Products:
    """A network of one cell a picture, whose logits of objectness and of one class are the
    picture's first two values."""

    def parts(self, pictures):
        cells = pictures.reshape(len(pictures), 1, -1)
        return cells[..., :1], cells[..., 1:2], None


def test_products_reach_the_score_as_often_as_the_threshold():
    rng = np.random.default_rng(7)
    inputs = [torch.from_numpy(rng.normal(1.5, 1.5, (1, 2)).astype(np.float32)) for _ in range(400)]
    cells = torch.cat(inputs)

    def reaching(score, shift=0.0):
        return int((cells[:, 0].sigmoid() * (cells[:, 1] + shift).sigmoid() >= score).sum())

    for threshold in (0.45, 0.55, 0.7):
        (shift,) = offsets_of_products(Products(), inputs, [threshold], 0.4)
        assert abs(reaching(0.4, float(shift)) - reaching(threshold)) <= 1


def test_products_never_shift_upwards():
    rng = np.random.default_rng(7)
    inputs = [torch.from_numpy(rng.normal(0, 1.5, (1, 2)).astype(np.float32)) for _ in range(400)]
    (shift,) = offsets_of_products(Products(), inputs, [0.2], 0.4)
    assert shift == pytest.approx(0, abs=1e-6)
