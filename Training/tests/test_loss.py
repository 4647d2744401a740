import torch

from deepvid_training.assigner import assign
from deepvid_training.cells import cells, decode
from deepvid_training.losses import DetectionLoss, ImitationLoss, apart, unknown

HEIGHT, WIDTH = 64, 96


def batch(objects=(), regions=(), marked=()):
    """A batch of one image with objects of class 2."""
    return {
        "objects": torch.tensor(objects).reshape(1, -1, 4),
        "labels": torch.full((1, len(objects)), 2),
        "valid": torch.ones(1, len(objects), dtype=torch.bool),
        "regions": torch.tensor(regions).reshape(1, -1, 4),
        "marked": torch.tensor(marked, dtype=torch.bool).reshape(1, -1, 6),
    }


def test_decoding_follows_yolox():
    corners, strides = cells(HEIGHT, WIDTH)
    assert len(corners) == 8 * 12 + 4 * 6 + 2 * 3
    box = decode(torch.tensor([[[0.5, 0.25, 0.0, 0.0]]]), corners[13:14], strides[13:14])
    assert box[0, 0].tolist() == [8 + 4 - 4, 8 + 2 - 4, 8 + 4 + 4, 8 + 2 + 4]


def test_cells_of_an_object_lie_in_it_and_take_its_class():
    corners, strides = cells(HEIGHT, WIDTH)
    centres = corners + strides / 2
    boxes = torch.cat([centres - 10, centres + 10], 1)[None]
    scores = torch.full((1, len(centres), 6), 0.1)
    one = batch([[20.0, 20.0, 60.0, 50.0]])
    found = assign(scores, boxes, centres, one["objects"], one["labels"], one["valid"])
    points = centres[found.matched[0]]
    assert 1 <= len(points) <= 12  # equal alignments share the last place
    assert ((points >= torch.tensor([20, 20])) & (points <= torch.tensor([60, 50]))).all()
    assert found.targets[0, :, 2].max() > 0
    assert found.targets[0][:, [0, 1, 3, 4, 5]].sum() == 0


def test_unknown_marks_only_the_class_and_the_region():
    centres = torch.tensor([[5.0, 5.0], [50.0, 5.0]])
    mask = unknown(
        centres, torch.tensor([[[0.0, 0, 10, 10]]]), torch.tensor([[[1, 0, 0, 0, 0, 0]]]).bool()
    )
    assert mask[0].int().tolist() == [[1, 0, 0, 0, 0, 0], [0] * 6]


def test_unannotated_class_gives_no_gradient():
    loss = DetectionLoss(HEIGHT, WIDTH)
    count = len(loss.corners)
    logits = torch.zeros(1, count, 6, requires_grad=True)
    raw = torch.zeros(1, count, 4, requires_grad=True)
    whole = [[0.0, 0.0, WIDTH, HEIGHT]]
    total, _ = loss(logits, raw, batch([], whole, [[True, False, False, False, False, False]]))
    total.backward()
    assert (logits.grad[..., 0] == 0).all()
    assert (logits.grad[..., 1:] > 0).all()


def test_loss_falls_when_the_box_fits():
    loss = DetectionLoss(HEIGHT, WIDTH)
    count = len(loss.corners)
    one = batch([[16.0, 16.0, 48.0, 48.0]])
    far, _ = loss(torch.zeros(1, count, 6), torch.full((1, count, 4), 0.0), one)
    near = torch.zeros(1, count, 4)
    centre = torch.tensor([32.0, 32.0])
    near[0, :, :2] = (centre - loss.corners) / loss.strides
    near[0, :, 2:] = torch.log(32 / loss.strides)
    close, _ = loss(torch.zeros(1, count, 6), near, one)
    assert close < far


def test_who_says_what_the_teacher_says_loses_nothing():
    loss = ImitationLoss(HEIGHT, WIDTH)
    count, rng = len(loss.corners), torch.Generator().manual_seed(1)
    logits = torch.randn(1, count, 6, generator=rng)
    raw = torch.randn(1, count, 4, generator=rng)
    batch = {"taught_scores": logits.sigmoid(), "taught_boxes": raw}
    same, _ = loss(logits, raw, batch)
    assert abs(same.item()) < 1e-4
    assert loss(logits + 1, raw, batch)[0] > 0.1
    assert loss(logits, raw + 1, batch)[0] > 0.1


def test_boxes_count_only_where_the_teacher_sees_something():
    loss = ImitationLoss(HEIGHT, WIDTH)
    count = len(loss.corners)
    scores = torch.full((1, count, 6), 0.01)
    scores[0, 5, 2] = 0.8
    logits, taught = scores.logit(), torch.zeros(1, count, 4)
    batch = {"taught_scores": scores, "taught_boxes": taught}
    elsewhere = taught.clone()
    elsewhere[0, 6:] += 2
    assert abs(loss(logits, elsewhere, batch)[0].item()) < 1e-4
    there = taught.clone()
    there[0, 5] += 2
    assert loss(logits, there, batch)[0] > 0.5


def test_inner_tensors_are_compared_in_shares_of_their_own():
    a, b = torch.ones(2, 3), torch.full((4,), 10.0)
    assert apart([a, b], [a, b]) == 0
    assert torch.allclose(apart([a * 1.5, b], [a, b]), torch.tensor(0.125))
    assert torch.allclose(apart([a, b * 1.5], [a, b]), torch.tensor(0.125))


def test_a_teacher_that_labels_contradict_is_not_imitated():
    loss = DetectionLoss(HEIGHT, WIDTH, teaching_weight=1.0, imitation_weight=1.0)
    count = len(loss.corners)
    scores = torch.full((1, count, 6), 0.01)
    scores[0, 5, 0] = 0.9  # a person where the labels know that there is none
    taught = {"taught_scores": scores, "taught_boxes": torch.zeros(1, count, 4)}
    logits = torch.full((1, count, 6), -4.6, requires_grad=True)
    total, _ = loss(logits, torch.zeros(1, count, 4), batch([]) | taught)
    total.backward()
    assert logits.grad[0, 5, 0] > 0  # downwards
    opened = batch([], [[0.0, 0.0, WIDTH, HEIGHT]], [[True] + [False] * 5]) | taught
    logits = torch.full((1, count, 6), -4.6, requires_grad=True)
    total, _ = loss(logits, torch.zeros(1, count, 4), opened)
    total.backward()
    assert logits.grad[0, 5, 0] < 0  # where they do not know, the teacher is believed
