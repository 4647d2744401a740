"""A published network cut to narrower ones: its spaces, its slices, and the file of several."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from test_published import CHANNELS, NAME, SIDE, Drawer

from deepvid_training.nest import file, slices
from deepvid_training.nest.detector_graph import DetectorGraph
from deepvid_training.nest.imitation import Imitation
from deepvid_training.nest.spaces import Spaces, spaced
from deepvid_training.published import Published


class Branching(Drawer):
    """Draws a small YOLOX with a shortcut, a depthwise convolution and concatenations."""

    def depthwise(self, x):
        """A depthwise convolution 3x3 and its SiLU."""
        name = f"w{len(self.nodes)}"
        weight = self.rng.normal(0, 0.3, (CHANNELS, 1, 3, 3)).astype(np.float32)
        bias = self.value(f"{name}.bias", np.zeros(CHANNELS, np.float32))
        inputs = [x, self.value(f"{name}.weight", weight), bias]
        known = {"kernel_shape": [3, 3], "strides": [1, 1], "pads": [1] * 4, "group": CHANNELS}
        x = self.node("Conv", inputs, **known)
        return self.node("Mul", [x, self.node("Sigmoid", [x])])

    def block(self, x):
        """Two branches, one with a shortcut, side by side; and the same pooled, twice."""
        left, right = self.unit(x, CHANNELS, 1, 1), self.unit(x, CHANNELS, 1, 1)
        inner = self.unit(self.depthwise(self.unit(left, CHANNELS, 1, 1)), CHANNELS, 1, 1)
        left = self.node("Add", [inner, left])
        x = self.unit(self.node("Concat", [left, right], axis=1), 2 * CHANNELS, 1, 1)
        pooled = self.node("MaxPool", [x], kernel_shape=[5, 5], strides=[1, 1], pads=[2] * 4)
        return self.unit(self.node("Concat", [x, pooled, x], axis=1), 3 * CHANNELS, 1, 1)

    def model(self):
        x = self.unit(self.slices("in"), 12, 3, 1)
        x = self.block(self.unit(self.unit(x, CHANNELS, 3, 2), CHANNELS, 3, 2))
        flat = []
        for index in range(3):
            x = x if index == 0 else self.unit(x, CHANNELS, 3, 2)
            flat.append(self.level(x, index))
        return self.whole(flat, "branching")


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """The drawn network, to be cut."""
    torch.manual_seed(0)
    target = tmp_path_factory.mktemp("branching") / f"{NAME}.onnx"
    onnx.save(Branching().model(), target)
    made = Published(target, NAME)
    made.settle(torch.rand(2, 3, SIDE, SIDE))
    made.simplify()
    return spaced(made.eval())


def convolutions(model):
    """(input, output, layer) of each, in order."""
    return [
        (s.inputs[0], s.output, model.layers[s.output]) for s in model.leading() if s.kind == "Conv"
    ]


def test_spaces_follow_from_the_graph(wide):
    found = Spaces(wide)
    units = [output for _, output, _ in convolutions(wide)]
    stem, second, third, left, right, inner, depth, outer, joined, last = units[:10]
    assert found.layouts[stem] == (stem,)
    assert found.layouts[depth] == (inner,)
    # The shortcut makes one of what it adds.
    assert found.layouts[outer] == (left,)
    reads = {output: found.layouts[x] for x, output, _ in convolutions(wide)}
    assert reads[joined] == (left, right)
    assert reads[last] == (joined, joined, joined)
    assert outer not in found.widths and depth not in found.widths
    assert set(found.widths.values()) == {CHANNELS}
    ends = [name for names in wide.ends.values() for name in names]
    assert all(found.layouts[name] == () for name in ends)


def test_a_sum_of_what_is_divided_differently_is_refused(wide):
    found = Spaces(wide)
    with pytest.raises(ValueError, match="divided differently"):
        found.unite(("a",), ("b", "c"), "sum")


def half(model):
    """Widths that differ from space to space."""
    return {space: (4, 8, 16)[i % 3] for i, space in enumerate(model.widths)}


def zeroed(model, widths):
    """A copy in which the channels that go with these widths are zero behind every convolution."""
    made = slices.narrowed(model, {})
    for name, tensor in made.state_dict().items():
        for axis, spaces in enumerate(made.axes.get(name, ())[:1]):
            taken = slices.ranges(spaces, widths, model.widths)
            gone = set(range(tensor.shape[axis])) - {i for a, b in taken for i in range(a, b)}
            if spaces and not name.endswith("running_var"):
                tensor[sorted(gone)] = 0
    return made


def test_a_narrowed_network_is_the_wide_one_without_the_other_channels(wide):
    widths, x = half(wide), torch.rand(1, 3, 64, 96)
    small = slices.narrowed(wide, widths)
    with torch.no_grad():
        for mine, theirs in zip(small(x), zeroed(wide, widths)(x)):
            torch.testing.assert_close(mine, theirs, atol=1e-4, rtol=1e-4)
    assert small(x)[0].shape == wide(x)[0].shape


def test_reordering_channels_changes_no_answer(wide):
    made, x = slices.narrowed(wide, {}), torch.rand(1, 3, 64, 96)
    for space, width in made.widths.items():
        slices.reorder(made, space, torch.randperm(width // 2))
    with torch.no_grad():
        for mine, theirs in zip(made(x), wide(x)):
            torch.testing.assert_close(mine, theirs, atol=1e-4, rtol=1e-4)


def test_every_space_is_ranked(wide):
    cells = sum((64 // s) * (96 // s) for s in (8, 16, 32))
    scores = torch.zeros(2, cells, 6)
    scores[0, :5, 0], scores[1, :5, 2] = 0.9, 0.8
    images = torch.randint(0, 256, (2, 3, 64, 96), dtype=torch.uint8)
    batch = {"images": images, "taught_scores": scores}
    judge = Imitation([batch], [batch], {}, None)
    found = judge.ranking(wide, {"triplets": 50, "seed": 0})
    assert found.keys() == wide.widths.keys()
    assert all(sorted(o.tolist()) == list(range(CHANNELS)) for o in found.values())


def as_written(model, capacity):
    """Its initializers by name, cut as the property of the file says."""
    values = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    for name, axes in capacity["shapes"].items():
        places = [
            np.concatenate([np.arange(*r) for r in ([[0, a]] if isinstance(a, int) else a)])
            for a in axes
        ]
        values[name] = values[name][np.ix_(*places)]
    return values | {name: values[other] for name, other in capacity["own"].items()}


def test_the_file_holds_each_capacity_as_slices(wide, tmp_path):
    small = slices.narrowed(wide, half(wide))
    with torch.no_grad():
        for unit in small.layers.values():
            if isinstance(unit, torch.nn.Sequential):
                unit[1].bias += 0.1
    graphs = [DetectorGraph(m, "a test") for m in (wide, small)]
    rows = [{"name": "full", "accuracy": 0.5}, {"name": "small", "accuracy": 0.4}]
    target = tmp_path / "nested.onnx"
    file.write(target, graphs, rows, {"head": "yolox"})
    made, alone = onnx.load(target), graphs[1].proto()
    (said,) = [json.loads(p.value) for p in made.metadata_props if p.key == file.KEY]
    capacity = said["capacities"][1]
    assert any(isinstance(a, list) for axes in capacity["shapes"].values() for a in axes)
    values = as_written(made, capacity)
    for tensor in alone.graph.initializer:
        assert np.array_equal(values[tensor.name], onnx.numpy_helper.to_array(tensor)), tensor.name
    picture = np.random.default_rng(6).uniform(0, 255, (1, 3, 64, 160)).astype(np.float32)
    session = onnxruntime.InferenceSession(str(target))
    (got,) = session.run(None, {"images": picture})
    with torch.no_grad():
        logits, raw = wide(torch.from_numpy(picture / 255))
    assert np.abs(got[..., 5:] * got[..., 4:5] - logits.sigmoid().numpy()).max() < 5e-3
    assert np.abs(got[..., :4] - raw.numpy()).max() < 2e-2
