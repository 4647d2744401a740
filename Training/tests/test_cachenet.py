import json

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from deepvid_training.cachenet import bundle, codes, images, joint, networks, routing
from deepvid_training.cachenet.generator import Generator
from deepvid_training.cachenet.stacked_vae import StackedInfoVAE

SETTINGS = {
    "codes": {"tau": 0.3, "gamma": 0.3, "alpha": 0.5, "noise": 0.0},
    "selector": {"alpha": 0.5, "scale": 20.0, "weight": 0.1},
    "joint": {"outlier": 0.0, "align": 0.0, "even": 0.0, "kin": 1.1},
}


def small():
    torch.manual_seed(0)
    return Generator(lambda: networks.SmallResidual(5, (4, 4, 8, 8)), 3, ("stem", "blocks.0"))


def test_submodels_share_the_trunk_and_nothing_else():
    generator = small()
    first, second = (dict(generator.submodel(k).named_parameters()) for k in (0, 1))
    for name in first:
        assert (first[name] is second[name]) == name.startswith(("stem", "blocks.0")), name


def test_the_generator_answers_as_each_submodel_does():
    generator = small().eval()
    x = torch.randn(4, 3, 32, 32)
    together = generator(x)
    for k in range(3):
        torch.testing.assert_close(together[k], generator.submodel(k)(x.clone()))


def test_objective_is_equation_17():
    generator, selector = small(), StackedInfoVAE()
    objective = joint.Objective(SETTINGS, selector, generator)
    torch.manual_seed(1)
    output, labels = torch.randn(3, 6, 5), torch.tensor([0, 1, 2, 3, 4, 0])
    soft = codes.soft_code(torch.linspace(0, 6, 6), 3, objective.sigma)
    targets = nn.functional.one_hot(labels, 5).float()
    got, _, _, inside = objective.answers(output, soft, targets, labels)
    wanted = 0.0
    for i in range(6):
        entropies = [codes.entropy(output[k, i]).item() for k in range(3)]
        for k in range(3):
            certain = 0.3 if entropies[k] == min(entropies) else 0.0
            member = 0.5 * soft[i, k].item() + 0.5 * certain >= 0.15 - 1e-7
            assert inside[i, k].item() == member
            if member:
                wanted += nn.functional.cross_entropy(output[k, i], labels[i]).item() / 6
    assert got.item() == pytest.approx(wanted, rel=1e-5)


def test_alignment_moves_the_angle_to_the_better_submodel():
    settings = SETTINGS | {"joint": {"outlier": 0.0, "align": 1.0, "even": 0.0, "kin": 1.1}}
    objective = joint.Objective(settings, StackedInfoVAE(), small())
    output = torch.zeros(3, 1, 5)
    output[1, 0, 2] = 9.0  # only the second submodel knows
    theta = torch.tensor([2.0], requires_grad=True)  # in the first partition, before the second
    soft = codes.soft_code(theta, 3, objective.sigma)
    targets = nn.functional.one_hot(torch.tensor([2]), 5).float()
    _, align, _, _ = objective.answers(output, soft, targets, torch.tensor([2]))
    align.backward()
    assert theta.grad.item() < 0  # descent increases θ, towards the second


def test_one_partition_for_everything_is_the_most_uneven():
    objective = joint.Objective(SETTINGS, StackedInfoVAE(), small())
    output, labels = torch.zeros(3, 90, 5), torch.zeros(90, dtype=torch.int64)
    targets = nn.functional.one_hot(labels, 5).float()

    def uneven(theta):
        soft = codes.soft_code(theta, 3, objective.sigma)
        return objective.answers(output, soft, targets, labels)[2].item()

    assert uneven(torch.linspace(0, 6.2, 90)) < 0.01 < 0.2 < uneven(torch.full((90,), 1.0))


def test_replay_counts_hits_and_lets_the_full_model_answer_the_rest():
    given = routing.Answers(
        labels=np.array([0, 0, 1, 1]),
        kinds=np.array([[0, 0, 0, 0], [1, 1, 1, 1]]),
        entropies=np.array([[0.1, 0.1, 0.9, 0.1], [0.9, 0.9, 0.1, 0.1]]),
        full=np.array([0, 1, 1, 0]),
        selected=np.array([0, 0, 1, 1]),
        angles=np.zeros(4),
    )
    # The third picture misses, is answered by the full model and makes the second submodel active.
    assert routing.replay(given, np.arange(4), 0.5) == (0.75, 1.0, 1)


def test_grouped_order_is_a_permutation_in_runs():
    labels = np.repeat(np.arange(3), 10)
    order = routing.grouped(labels, 0)
    assert sorted(order) == list(range(30))
    assert (np.diff(labels[order]) != 0).sum() == 2
    assert (np.diff(labels[routing.grouped(labels, 0, runs=2)]) != 0).sum() <= 5


def test_augmentation_is_the_same_after_a_resume():
    x, y = torch.randn(12, 3, 32, 32), torch.arange(12)
    batches = images.Batches(x, y, 4, 2, 4, 7)
    list(batches)
    state = batches.state_dict()
    wanted = [(b[0].tolist(), b[2]) for b in batches]
    again = images.Batches(x, y, 4, 2, 4, 99)
    again.load_state_dict(state)
    for (indices, pictures), (chosen, _, got, _) in zip(wanted, again):
        assert indices == chosen.tolist()
        assert torch.equal(pictures, got)


def test_bundle_runs_in_onnxruntime_and_says_what_it_holds(tmp_path):
    generator, selector, full = small().eval(), StackedInfoVAE().eval(), networks.submodel(5).eval()
    names = ["a", "b", "c", "d", "e"]
    bundle.write(tmp_path, "small", names, (32, 32), full, generator, selector, 0.75, 0.3)
    manifest = json.loads((tmp_path / "bundle.json").read_text())
    assert manifest["submodels"] == 3
    assert {f["name"] for f in manifest["files"]} == {
        "full.onnx",
        "selector.onnx",
        "submodel-1.onnx",
        "submodel-2.onnx",
        "submodel-3.onnx",
    }
    for file in manifest["files"]:
        assert (tmp_path / file["name"]).stat().st_size == file["size"]
    session = onnxruntime.InferenceSession(str(tmp_path / "submodel-2.onnx"))
    x = torch.randn(1, 3, 32, 32)
    (got,) = session.run(None, {"picture": x.numpy()})
    with torch.no_grad():
        np.testing.assert_allclose(got, generator.submodel(1)(x).numpy(), atol=0.02)
