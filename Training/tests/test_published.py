"""A published YOLOX, trained further: its answers before that, and the exported file's after."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from deepvid_training.detectors import RECIPES
from deepvid_training.labels import CLASSES
from deepvid_training.published import Published, inner, product_logit
from deepvid_training.published_export import published_to_onnx
from deepvid_training.teaching import DenseTeacher

NAME = "yolox_nano_416"
SIDE = 128
CHANNELS = 16


class Drawer:
    """Draws a small YOLOX with random weights, by the names of published files."""

    def __init__(self):
        self.nodes, self.values = [], []
        self.rng = np.random.default_rng(3)

    def value(self, name, array):
        """An initializer."""
        self.values.append(numpy_helper.from_array(array, name))
        return name

    def node(self, kind, inputs, **known):
        """A node; its output's name."""
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **known))
        return name

    def convolve(self, x, cin, cout, kernel, stride, name=None):
        """A convolution of random weights."""
        weight = self.rng.normal(0, (cin * kernel**2) ** -0.5, (cout, cin, kernel, kernel))
        name = name or f"w{len(self.nodes)}"
        inputs = [
            x,
            self.value(f"{name}.weight", weight.astype(np.float32)),
            self.value(f"{name}.bias", self.rng.normal(0, 0.3, cout).astype(np.float32)),
        ]
        return self.node(
            "Conv",
            inputs,
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[kernel // 2] * 4,
            group=1,
        )

    def unit(self, x, cin, kernel, stride):
        """A convolution and its SiLU."""
        x = self.convolve(x, cin, CHANNELS, kernel, stride)
        return self.node("Mul", [x, self.node("Sigmoid", [x])])

    def slices(self, x):
        """Every second row and column, in the four ways."""
        ends = self.value("end", np.int64([2**62]))
        pace = self.value("two", np.int64([2]))
        starts = [self.value(f"from{i}", np.int64([i])) for i in range(2)]
        axes = {axis: self.value(f"axis{axis}", np.int64([axis])) for axis in (2, 3)}
        parts = {}
        for y in range(2):
            rows = self.node("Slice", [x, starts[y], ends, axes[2], pace])
            for column in range(2):
                parts[y, column] = self.node("Slice", [rows, starts[column], ends, axes[3], pace])
        return self.node("Concat", [parts[0, 0], parts[1, 0], parts[0, 1], parts[1, 1]], axis=1)

    def level(self, x, index):
        """The three ends of a level, side by side."""
        ends = {
            kind: self.convolve(x, CHANNELS, count, 1, 1, f"head.{kind}.{index}")
            for kind, count in (("cls_preds", 80), ("reg_preds", 4), ("obj_preds", 1))
        }
        kinds = [self.node("Sigmoid", [ends[kind]]) for kind in ("obj_preds", "cls_preds")]
        cells = self.node("Concat", [ends["reg_preds"], *kinds], axis=1)
        return self.node("Reshape", [cells, self.value(f"shape{index}", np.int64([1, 85, -1]))])

    def model(self):
        """The ModelProto."""
        x = self.unit(self.slices("in"), 12, 3, 1)
        x = self.unit(self.unit(x, CHANNELS, 3, 2), CHANNELS, 3, 2)
        flat = []
        for index in range(3):
            flat.append(self.level(x, index))
            x = self.unit(x, CHANNELS, 3, 2)
        return self.whole(flat, "small")

    def whole(self, flat, name):
        """The ModelProto whose answers are those of all levels, side by side."""
        self.node("Transpose", [self.node("Concat", flat, axis=2)], perm=[0, 2, 1])
        count = sum((SIDE // s) ** 2 for s in (8, 16, 32))
        graph = helper.make_graph(
            self.nodes,
            name,
            [helper.make_tensor_value_info("in", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
            [helper.make_tensor_value_info(self.nodes[-1].output[0], 1, [1, count, 85])],
            self.values,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=7)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """The drawn file."""
    target = tmp_path_factory.mktemp("published") / f"{NAME}.onnx"
    onnx.save(Drawer().model(), target)
    return target


@pytest.fixture
def picture():
    """One picture, 0..255, [1, 3, SIDE, SIDE]."""
    return np.random.default_rng(5).uniform(0, 255, (1, 3, SIDE, SIDE)).astype(np.float32)


def run(path, pixels):
    """An ONNX file's only output for its only input."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: pixels})[0][0]


def answers(model, picture):
    """(scores [N, classes], raw boxes [N, 4]) of a module."""
    with torch.no_grad():
        logits, raw = model.eval()(torch.from_numpy(picture / 255))
    return logits.sigmoid().numpy()[0], raw.numpy()[0]


def inside(cells):
    """The cells of the finest level that no padding reaches: black there, grey in the file."""
    side = SIDE // 8
    return cells[: side * side].reshape(side, side, -1)[4:-4, 4:-4]


def settled(path):
    """A Published whose normalisations are in place."""
    model = Published(path, NAME)
    model.settle(torch.rand(2, 3, SIDE, SIDE))
    return model


def test_answers_are_the_files(path, picture):
    recipe = RECIPES[NAME]
    mean, std = (np.float32(v).reshape(3, 1, 1) for v in (recipe.mean, recipe.std))
    wanted = run(path, (picture - mean) / std)
    scores, raw = answers(settled(path), picture)
    ours = wanted[:, [5 + index for index in recipe.class_ids]] * wanted[:, 4:5]
    assert np.abs(inside(scores) - inside(ours)).max() < 1e-3
    assert np.abs(inside(raw) - inside(wanted[:, :4])).max() < 2e-3


@pytest.mark.parametrize("simple", [False, True])
def test_export_agrees(path, picture, tmp_path, simple):
    model = settled(path)
    if simple:
        model.simplify()
    scores, raw = answers(model, picture)
    target = tmp_path / "default.onnx"
    onnx.save(published_to_onnx(model, "a test"), target)
    got = run(target, picture)
    assert got.shape[1] == 5 + len(CLASSES)
    assert np.abs(got[:, 5:] * got[:, 4:5] - scores).max() < 5e-3
    assert np.abs(got[:, :4] - raw).max() < 2e-2


def test_inner_weights_are_the_same_convolution():
    """Where the outer ring of the 6x6 is nothing, its inner 4x4 is all of it."""
    rng = torch.Generator().manual_seed(2)
    plain = torch.zeros(5, 3, 6, 6)
    plain[:, :, 1:5, 1:5] = torch.randn(5, 3, 4, 4, generator=rng)
    ways = ((0, 0), (1, 0), (0, 1), (1, 1))
    weight = torch.cat([plain[:, :, y::2, x::2] for y, x in ways], 1)
    picture = torch.rand(1, 3, 32, 48, generator=rng)
    slices = torch.cat([picture[:, :, y::2, x::2] for y, x in ways], 1)
    wanted = torch.nn.functional.conv2d(slices, weight, padding=1)
    got = torch.nn.functional.conv2d(picture, inner(weight), stride=2, padding=1)
    assert torch.allclose(got, wanted, atol=1e-5)


def test_inner_weights_say_the_same_of_an_even_picture():
    rng = torch.Generator().manual_seed(4)
    weight = torch.randn(5, 12, 3, 3, generator=rng)
    assert torch.allclose(inner(weight).sum((2, 3)).sum(1), weight.sum((1, 2, 3)), atol=1e-4)


def test_simplified_has_neither_silu_nor_slices(path):
    model = settled(path)
    model.simplify()
    kinds = {step.kind for step in model.leading()}
    assert kinds == {"Conv", "HardSigmoid", "Mul"}


def test_weights_outlive_a_checkpoint(path, picture):
    model = settled(path)
    model.simplify()
    again = Published(path, NAME)
    again.simplify()
    again.load_state_dict(model.state_dict())
    assert np.array_equal(answers(model, picture)[0], answers(again, picture)[0])


def test_inner_tensors_are_those_of_the_file(path, picture):
    """What a simpler network is to imitate goes by the names of the file."""
    model = settled(path).eval()
    names = [step.output for step in model.leading() if step.kind == "Mul"][-2:]
    images = picture[0].transpose(1, 2, 0)[None]
    _, _, wanted = DenseTeacher(path, NAME, names)(images)
    with torch.no_grad():
        _, _, inner = model.look(torch.from_numpy(picture / 255), names)
    for mine, theirs in zip(inner, wanted):
        assert mine.shape == theirs.shape
        gap = (mine.numpy() - theirs)[..., 1:-1, 1:-1]
        assert np.abs(gap).mean() < 0.02 * np.abs(theirs).mean()


def test_the_exported_file_takes_pictures_of_any_shape(path, tmp_path):
    model, target = settled(path).eval(), tmp_path / "default.onnx"
    model.simplify()
    onnx.save(published_to_onnx(model, "a test"), target)
    picture = np.random.default_rng(6).uniform(0, 255, (1, 3, 64, 160)).astype(np.float32)
    scores, _ = answers(model, picture)
    got = run(target, picture)
    assert np.abs(got[:, 5:] * got[:, 4:5] - scores).max() < 5e-3


def test_logit_of_a_product():
    a, b = torch.tensor([-30.0, -2.0, 0.5, 40.0]), torch.tensor([5.0, 1.0, -0.5, 40.0])
    wanted = (a.double().sigmoid() * b.double().sigmoid()).logit()
    assert torch.allclose(product_logit(a, b)[:3].double(), wanted[:3], rtol=1e-4)
    assert product_logit(a, b)[3].isfinite()
