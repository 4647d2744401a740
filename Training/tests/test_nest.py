import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from deepvid_training.nest import file, learning, network, pruning, residuals

WIDE = {"half": 8, "half_inner": 8, "quarter": 8, "quarter_inner": 8, "eighth": 8, "eighth_inner": 8}


def model(widths=None, seed=0):
    torch.manual_seed(seed)
    made = network.Classifier(4, WIDE | (widths or {}))
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    return made.eval()


def test_reordering_channels_changes_no_answer():
    made, x = model(), torch.randn(2, 3, 16, 16)
    wanted = made(x)
    for space in WIDE:
        network.reorder(made, space, torch.randperm(6))
    torch.testing.assert_close(made(x), wanted, atol=1e-5, rtol=1e-4)


def test_a_narrowed_network_is_a_prefix_of_each_tensor():
    wide = model()
    small = network.narrowed(wide, {"half": 4, "eighth_inner": 2})
    assert small.widths["half"] == 4
    for name, tensor in small.state_dict().items():
        assert torch.equal(tensor, wide.state_dict()[name][network.prefix(tensor.shape)]), name


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


def test_pruning_keeps_to_its_budget_and_to_the_least_width():
    wide = model()
    x, y = torch.randn(40, 3, 16, 16), torch.arange(4).repeat(10)
    settings = {"step": 2, "least": 2, "triplets": 50, "seed": 0}
    work = pruning.multiply_adds(wide, 16, 16)
    small = pruning.prune(network.narrowed(wide, {}), [wide], work // 3, (x, y), settings, (16, 16))
    assert pruning.multiply_adds(small, 16, 16) <= work // 3
    assert min(small.widths.values()) >= 2
    for name, tensor in small.state_dict().items():
        assert torch.equal(tensor, wide.state_dict()[name][network.prefix(tensor.shape)]), name
    with pytest.raises(SystemExit, match="raise the smallest"):
        pruning.prune(small, [wide], 10, (x, y), settings, (16, 16))


class NoJournal:
    def add(self, step, values):
        pass


def test_growing_leaves_the_smaller_ones_filters_as_they_are():
    small, wide = model({"half": 4, "quarter": 4}, seed=1), model(seed=2)
    grown = network.widened(small, wide)
    x, y = torch.randn(8, 3, 16, 16), torch.arange(4).repeat(2)
    settings = {"seed": 0, "batch": 4, "reach": 0, "decay": 0.01, "teach": 0}
    before = grown.stem[0].weight.detach().clone()
    learning.Lessons(x, y, settings, NoJournal()).learn("test", grown, small, 1, 1e-2, (x, y))
    for mine, theirs in zip(grown.parameters(), small.parameters()):
        if theirs.ndim > 1:
            assert torch.equal(mine[network.prefix(theirs.shape)], theirs)
    assert not torch.equal(grown.stem[0].weight, before)


def test_the_file_holds_each_capacity_as_slices(tmp_path):
    small, wide = model({"half": 4, "eighth": 6}, seed=1), model(seed=2)
    wide = network.widened(small, wide).eval()
    rows = [{"name": "full", "accuracy": 0.9}, {"name": "small", "accuracy": 0.8}]
    target = tmp_path / "nested.onnx"
    file.write(target, [wide, small], rows, list("abcd"), (16, 16))
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
    alone = file.graph(small, (16, 16))
    for tensor in alone.graph.initializer:
        assert np.array_equal(values[tensor.name], onnx.numpy_helper.to_array(tensor)), tensor.name
    x = torch.randn(1, 3, 16, 16)
    (got,) = onnxruntime.InferenceSession(str(target)).run(None, {"picture": x.numpy()})
    np.testing.assert_allclose(got, wide(x).detach().numpy(), atol=0.02)
    assert target.stat().st_size < 1.3 * len(file.graph(wide, (16, 16)).SerializeToString())


def test_a_smaller_network_that_is_no_slice_is_refused():
    with pytest.raises(ValueError, match="no slice"):
        rows = [{"name": "full", "accuracy": 1.0}, {"name": "small", "accuracy": 1.0}]
        file.nested([model(seed=2), model({"half": 4}, seed=1)], rows, (16, 16))
