import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from deepvid_training.cachenet import codes
from deepvid_training.cells import cells
from deepvid_training.detectors import Detections
from deepvid_training.labels import CLASSES
from deepvid_training.network import Detector
from deepvid_training.specialise import bundle, judging, narrowing, parts, recordings, targets
from deepvid_training.specialise.teacher import Look, Teacher, look

WIDE = Path(__file__).parent.parent / "weights/detector_416x256.onnx"


def card(**more):
    given = {"width": 96, "height": 96, "color": "rgb", "mean": [0] * 3, "std": [1] * 3}
    return {"head": "yolox", "input": given | {"resize": "letterbox_topleft"} | more}


def places(count):
    """Pictures of `count` places, 8 of each, light and dark blotches and noise."""
    rng = np.random.default_rng(4)
    coarse = rng.uniform(0, 255, (count, 3, 4, 3)).repeat(8, 0).repeat(16, 1).repeat(16, 2)
    return (coarse + rng.normal(0, 6, coarse.shape)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"color": "bgr", "mean": [103.53, 116.28, 123.675], "std": [57.4, 57.1, 58.4]},
        {"resize": "letterbox", "pad": 0},
        {"resize": "stretch", "width": 128, "height": 64},
    ],
)
def test_selector_is_k_means(tmp_path, count, more):
    pictures, view = places(count), parts.View(card(**more), (64, 48))
    points = view.coarse(pictures)
    middles = parts.centres(points, count, seed=1)
    own = parts.distances(points, middles).argmin(1)
    assert len(middles) == count and len(set(own)) == count
    session = onnxruntime.InferenceSession(parts.selector(middles, view).SerializeToString())
    for picture, part in zip(pictures, own):
        drawn = view.draw(picture).astype(np.float32)
        drawn = (drawn[..., ::-1] if view.bgr else drawn).transpose(2, 0, 1)
        drawn = (drawn - view.mean[:, None, None]) / view.std[:, None, None]
        (code,) = session.run(None, {"picture": drawn[None].astype(np.float32)})
        # As the bundle's reader has it: the sector that the angle lies in.
        angle = np.arctan2(code[0, 1], code[0, 0]) % (2 * np.pi)
        width = codes.sigma(0.3, 0.3, count)
        soft = codes.soft_code(torch.tensor([angle]), count, width)[0]
        assert int(soft.argmax()) == part


def test_parts_overlap():
    points = np.float32([[0], [1], [4.9], [5.1], [9], [10]])
    middles = np.float32([[0], [10]])
    own = parts.members(points, middles, 0.3)
    assert own.tolist() == [
        [True, False], [True, False], [True, True], [True, True], [False, True], [False, True],
    ]  # fmt: skip
    assert len(parts.centres(np.zeros((9, 2), np.float32), 3, seed=0)) == 1


def test_held_out_frames_have_objects():
    counts = np.zeros(100, int)
    counts[20:60] = 2
    first, end = recordings.held_window(counts, 0.2)
    assert end - first == 20 and counts[first:end].sum() >= 8 and first > 20
    assert recordings.held_window(np.zeros(10, int), 0.2) == (8, 10)


def detections(*rows):
    boxes, scores, classes = zip(*rows)
    return Detections(np.float32(boxes), np.float32(scores), np.array(classes))


def test_agreement():
    a, b, c = [0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60]
    ours = detections((a, 0.9, 0), (c, 0.4, 1))
    assert judging.agreement(ours, detections((b, 0.8, 0), (c, 0.4, 1)), 0.3) == (4, 4)
    assert judging.agreement(ours, detections((b, 0.8, 1), (c, 0.4, 1)), 0.3) == (2, 4)
    # What only just misses the score is a partner, and is not counted itself.
    assert judging.agreement(ours, detections((b, 0.8, 0), (c, 0.23, 1)), 0.3) == (3, 3)
    assert judging.agreement(ours, detections((b, 0.8, 0), (c, 0.22, 1)), 0.3) == (2, 3)
    assert judging.agreement(ours, detections((b, 0.8, 0), (c, 0.23, 1)), 0.3, 0.3) == (2, 3)
    # A partner serves once.
    twice = detections((a, 0.9, 0), (a, 0.8, 0))
    assert judging.agreement(twice, detections((b, 0.8, 0)), 0.3) == (2, 3)


def test_entropy():
    assert judging.entropy(np.float32([]), 0.2) == 0
    assert judging.entropy(np.float32([0.5, 0.1]), 0.2) == pytest.approx(np.log(2))
    p = np.array([0.9, 0.3])
    direct = (-p * np.log(p) - (1 - p) * np.log(1 - p)).mean()
    assert judging.entropy(p.astype(np.float32), 0.2) == pytest.approx(direct, rel=1e-5)


def test_threshold():
    judged = judging.Judged(
        np.array([0.5, 0.1, 0.2, 0.6, 0.3]), np.array([0, 9, 10, 5, 9]), np.array([10] * 5)
    )
    border, share = judging.threshold(judged, 0.9)
    assert border == pytest.approx(0.4, abs=1e-4) and share == pytest.approx(0.6)
    # Where all agree, doubt that was never seen is no hit.
    border, share = judging.threshold(judged, 0.5)
    assert 0.6 < border < 0.61 and share == 1
    assert judging.threshold(judged, 0.99) is None
    # Frames of the same entropy go together.
    same = judging.Judged(np.array([0.0, 0.0, 0.3]), np.array([1, 0, 1]), np.array([1, 1, 1]))
    assert judging.threshold(same, 0.9) is None


def test_all_channels_are_the_wide_detector():
    images = torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    whole = Detector(len(CLASSES))
    assert narrowing.narrow(whole, WIDE, list(CLASSES), images)
    from deepvid_training.unfolding import unfold

    wanted = Detector(len(CLASSES))
    unfold(wanted, WIDE, images)
    with torch.no_grad():
        for mine, theirs in zip(whole.eval()(images), wanted.eval()(images)):
            assert torch.allclose(mine, theirs, atol=1e-4)


def test_a_narrow_network_takes_channels():
    images = torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    labels = ["motorcycle", "dog", "person"]
    small = Detector(3, (8, 16, 32, 48, 64), (1, 2, 1), 32)
    unknown = small.heads[0].classes.bias[1].item()
    assert narrowing.narrow(small, WIDE, labels, images)
    whole = Detector(len(CLASSES))
    narrowing.narrow(whole, WIDE, list(CLASSES), images)
    bias, known = small.heads[0].classes.bias, whole.heads[0].classes.bias
    assert bias[0] == known[CLASSES.index("motorbike")] and bias[2] == known[0]
    assert bias[1].item() == unknown
    assert not narrowing.narrow(Detector(3, width=80), WIDE, labels, images)


def test_the_loss_wants_the_teachers_scores():
    corners, strides = cells(64, 64)
    objects = torch.tensor([[[8.0, 8, 40, 40], [0, 0, 0, 0]]])
    labels, valid = torch.tensor([[1, 0]]), torch.tensor([[True, False]])
    middle = (objects[0, 0, :2] + objects[0, 0, 2:]) / 2
    raw = torch.zeros(1, len(corners), 4)
    raw[0, :, :2] = (middle - corners) / strides
    raw[0, :, 2:] = torch.log(32 / strides).expand(-1, 2)
    loss, scores = targets.TaughtLoss(64, 64, 1.0), torch.tensor([[0.6, 0.0]])

    def value(score):
        logits = torch.full((1, len(corners), 2), -12.0)
        inside = (loss.centres >= 8).all(1) & (loss.centres <= 40).all(1)
        logits[0, inside, 1] = torch.logit(torch.tensor(score))
        kind, box = loss(logits, raw, objects, labels, scores, valid)
        assert box < 1e-4
        return kind.item()

    # All boxes fit: the ten cells that answer for it want what the teacher says.
    assert value(0.6) < min(value(0.3), value(0.9))


def test_disturbed_boxes_follow_the_picture():
    picture = np.zeros((64, 96, 3), np.uint8)
    picture[20:40, 30:60] = 255
    box = np.float32([[30, 20, 60, 40]])
    for seed in range(40):
        drawn, (moved,) = targets.disturb(picture, box, np.random.default_rng(seed))
        rows, columns = np.nonzero(drawn.mean(2) > 128)
        found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert np.abs(moved - found).max() <= 1.5


def test_other_classes_are_left_out():
    looks = [
        Look(np.float32([[0, 0, 0.5, 1], [0, 0, 1, 1]]), np.float32([0.9, 0.8]), ["car", "cat"])
    ]
    found = targets.truths(recordings.Material(np.zeros((1, 32, 64, 3), np.uint8), looks), ["cat"])
    assert found.boxes[0].tolist() == [[0, 0, 64, 32]] and found.classes[0].tolist() == [0]
    assert found.scores[0].tolist() == pytest.approx([0.8])


def test_records_become_shares_of_the_frame():
    record = {"objects": [{"label": "car", "score": 0.5, "box": [10, 5, 20, 10]}]}
    seen = look(record, 40, 20)
    assert seen.boxes.tolist() == [[0.25, 0.25, 0.75, 0.75]] and seen.names == ["car"]


def test_what_deepvid_refuses_is_told(tmp_path):
    with pytest.raises(SystemExit, match="failed"):
        Teacher("false", "teacher.onnx").card()


def test_bundle(tmp_path, monkeypatch):
    teacher = tmp_path / "teacher.onnx"
    teacher.write_bytes(b"as it is")
    monkeypatch.setattr(Teacher, "card", lambda self: card())
    torch.manual_seed(0)
    models = [Detector(2, (16, 16, 32, 48, 64), (1, 1, 1), 32).eval() for _ in range(2)]
    points = parts.View(card(), (64, 48)).coarse(places(2))
    selector = parts.selector(parts.centres(points, 2, 0), parts.View(card(), (64, 48)))
    size = bundle.write(
        tmp_path / "b", "yard", Teacher("deepvid", teacher), models, selector,
        ["car", "dog"], (64, 96), 0.3, 0.5, 0.4, 0.3,
    )  # fmt: skip
    manifest = json.loads((tmp_path / "b/bundle.json").read_text())
    assert manifest["version"] == 2 and manifest["submodels"] == 2
    assert manifest["submodel_card"]["labels"] == ["car", "dog"]
    assert manifest["submodel_card"]["input"]["resize"] == "stretch"
    assert {f["name"] for f in manifest["files"]} == {
        p.name for p in (tmp_path / "b").glob("*.onnx")
    }
    assert size == sum(p.stat().st_size for p in (tmp_path / "b").glob("*.onnx"))
    session = onnxruntime.InferenceSession(tmp_path / "b/submodel-2.onnx")
    assert session.get_outputs()[0].shape[2] == 5 + 2
