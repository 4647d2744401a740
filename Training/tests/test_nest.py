import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from deepvid_training.nest import file, learning, network, pruning, residuals, slices
from deepvid_training.nest.classifier_graph import ClassifierGraph

WIDE = {f"{name}{part}": 8 for name in ("half", "quarter", "eighth") for part in ("", "_inner")}
SIZE = (16, 16)


def model(widths=None, seed=0):
    torch.manual_seed(seed)
    made = network.Classifier(4, WIDE | (widths or {}))
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    return made.eval()


def is_prefix(small, wide):
    """Whether each tensor of one network is the beginning of the other's."""
    whole = wide.state_dict()
    return all(
        torch.equal(tensor, whole[name][tuple(slice(0, n) for n in tensor.shape)])
        for name, tensor in small.state_dict().items()
    )


def test_reordering_channels_changes_no_answer():
    made, x = model(), torch.randn(2, 3, 16, 16)
    wanted = made(x)
    for space in WIDE:
        slices.reorder(made, space, torch.randperm(6))
    torch.testing.assert_close(made(x), wanted, atol=1e-5, rtol=1e-4)


def test_a_narrowed_network_is_a_prefix_of_each_tensor():
    wide = model()
    small = slices.narrowed(wide, {"half": 4, "eighth_inner": 2})
    assert small.widths["half"] == 4
    assert small.stem[0].out_channels == 4
    assert is_prefix(small, wide)
    assert small(torch.randn(1, 3, 16, 16)).shape == (1, 4)


def test_ranges_of_spaces_side_by_side():
    wide, narrow = {"a": 8, "b": 4}, {"a": 2, "b": 4}
    assert slices.ranges(("a", "b", "a"), narrow, wide) == [[0, 2], [8, 14]]
    assert slices.ranges(("a", "b"), wide, wide) == [[0, 12]]


def test_residual_of_a_channel_that_tells_classes_apart_is_the_greatest():
    labels = torch.tensor([0, 1] * 10)
    noise = torch.randn(20, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    noise[:, 1] += labels[:, None, None] * 5
    chosen = residuals.triplets(labels, 200, torch.Generator().manual_seed(1))
    assert (labels[chosen[0]] == labels[chosen[1]]).all()
    assert (labels[chosen[0]] != labels[chosen[2]]).all()
    found = residuals.residual(noise, *chosen)
    a, p, n = (i[0] for i in chosen)
    one = residuals.residual(noise, *(i[:1] for i in chosen))
    wanted = (noise[a] - noise[n]).square().sum((1, 2)) - (noise[a] - noise[p]).square().sum((1, 2))
    torch.testing.assert_close(one, wanted)
    assert found.argmax() == 1
    assert residuals.ranking({"space": noise}, labels, 200, 1)["space"][0] == 1


class NoJournal:
    def add(self, step, values):
        pass


def lessons(count=8, **settings):
    x, y = torch.randn(count, 3, 16, 16), torch.arange(4).repeat(count // 4)
    known = {"seed": 0, "batch": 4, "reach": 0, "decay": 0.01, "teach": 0} | settings
    return learning.PictureLessons(x, y, (x, y), known, NoJournal())


@pytest.mark.parametrize("at_once", [0, 0.3])
def test_pruning_keeps_to_its_budget_and_to_the_least_width(at_once):
    wide = model()
    settings = {"step": 2, "least": 2, "triplets": 50, "seed": 0, "at_once": at_once}
    work, judge = pruning.multiply_adds(wide, *SIZE), lessons(40)
    small = pruning.prune(slices.narrowed(wide, {}), [wide], work // 3, judge, settings, SIZE)
    assert pruning.multiply_adds(small, *SIZE) <= work // 3
    assert min(small.widths.values()) >= 2
    assert is_prefix(small, wide)
    with pytest.raises(SystemExit, match="raise the smallest"):
        pruning.prune(small, [wide], 10, judge, settings, SIZE)


def test_growing_leaves_the_smaller_ones_filters_as_they_are():
    small, wide = model({"half": 4, "quarter": 4}, seed=1), model(seed=2)
    grown = slices.widened(small, wide)
    before = grown.stem[0].weight.detach().clone()
    lessons().learn("test", [grown], small, 1, 1e-2)
    for (name, mine), theirs in zip(grown.named_parameters(), small.parameters()):
        if theirs.ndim > 1:
            assert torch.equal(mine[tuple(slice(0, n) for n in theirs.shape)], theirs), name
    assert not torch.equal(grown.stem[0].weight, before)


def test_networks_that_learn_together_share_their_filters_and_nothing_else():
    wide = model()
    small = slices.narrowed(wide, {"half": 4, "quarter": 4})
    before = small.stem[0].weight.detach().clone()
    lessons().learn("test", [wide, small], None, 1, 1e-2, (1, 1))
    assert torch.equal(wide.stem[0].weight[:4], small.stem[0].weight)
    assert not torch.equal(small.stem[0].weight, before)
    assert not torch.equal(wide.stem[1].weight[:4], small.stem[1].weight)


def test_a_network_pauses_in_the_steps_that_are_not_its_own():
    wide = model()
    small = slices.narrowed(wide, {"half": 4, "quarter": 4})
    judge, met = lessons(), []
    judge.loss = lambda network, batch: met.append(network) or network(batch[2]).square().mean()
    judge.learn("test", [wide, small], None, 1, 1e-2, (2, 1))
    assert met == [wide, small, small]


def test_what_a_small_network_learns_comes_from_both():
    """The gradient of a shared filter is the sum of that of either network."""
    wide = model()
    small = slices.narrowed(wide, {"half": 4})
    x = torch.randn(2, 3, 16, 16)
    for made in (wide, small):
        made(x).square().sum().backward()
    alone, added = wide.stem[0].weight.grad.clone(), small.stem[0].weight.grad
    slices.Sharing(small, wide).add_gradients()
    torch.testing.assert_close(wide.stem[0].weight.grad[:4], alone[:4] + added)
    torch.testing.assert_close(wide.stem[0].weight.grad[4:], alone[4:])


def test_the_file_holds_each_capacity_as_slices(tmp_path):
    small, wide = model({"half": 4, "eighth": 6}, seed=1), model(seed=2)
    wide = slices.widened(small, wide).eval()
    rows = [{"name": "full", "accuracy": 0.9}, {"name": "small", "accuracy": 0.8}]
    target = tmp_path / "nested.onnx"
    file.write(target, [ClassifierGraph(m, SIZE) for m in (wide, small)], rows, {})
    made = onnx.load(target)
    (said,) = [json.loads(p.value) for p in made.metadata_props if p.key == file.KEY]
    assert said["version"] == 1
    full, cut = said["capacities"]
    assert full == {"name": "full", "accuracy": 0.9}
    # Cut as deepvid cuts it, the file is the smaller network.
    values = {t.name: onnx.numpy_helper.to_array(t) for t in made.graph.initializer}
    for name, shape in cut["shapes"].items():
        values[name] = values[name][tuple(slice(0, n) for n in shape)]
    for name, other in cut["own"].items():
        values[name] = values[other]
    alone = ClassifierGraph(small, SIZE).proto()
    for tensor in alone.graph.initializer:
        assert np.array_equal(values[tensor.name], onnx.numpy_helper.to_array(tensor)), tensor.name
    x = torch.randn(1, 3, *SIZE)
    (got,) = onnxruntime.InferenceSession(str(target)).run(None, {"picture": x.numpy()})
    np.testing.assert_allclose(got, wide(x).detach().numpy(), atol=0.02)
    largest = ClassifierGraph(wide, SIZE).proto().SerializeToString()
    assert target.stat().st_size < 1.3 * len(largest)


def test_a_smaller_network_that_is_no_slice_is_refused():
    with pytest.raises(ValueError, match="no slice"):
        rows = [{"name": "full", "accuracy": 1.0}, {"name": "small", "accuracy": 1.0}]
        networks = model(seed=2), model({"half": 4}, seed=1)
        file.nested([ClassifierGraph(m, SIZE) for m in networks], rows)
