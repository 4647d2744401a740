import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, numpy_helper

from deepvid_training import soup
from deepvid_training.detectors import OnnxDetector
from deepvid_training.export import compare, to_onnx
from deepvid_training.network import Detector, multiply_adds, parameter_count
from deepvid_training.torch_detector import TorchDetector

HEIGHT, WIDTH = 64, 96


def model():
    """A random network whose normalisation is not the identity."""
    torch.manual_seed(3)
    net = Detector(6)
    net(torch.rand(4, 3, HEIGHT, WIDTH))
    for head in net.heads:
        torch.nn.init.normal_(head.classes.weight, std=0.5)
        torch.nn.init.zeros_(head.classes.bias)
    return net.eval()


def test_budget():
    net = Detector(6)
    assert parameter_count(net) <= 1_400_000
    assert multiply_adds(net, 256, 416) <= 350_000_000


def test_onnx_equals_torch(tmp_path):
    net, path = model(), tmp_path / "default.onnx"
    proto = to_onnx(net, HEIGHT, WIDTH, "test")
    onnx.save(proto, path)
    scores, boxes = compare(net, path, HEIGHT, WIDTH)
    assert scores < 0.01 and boxes < 0.05
    heavy = [i for i in proto.graph.initializer if len(i.dims) == 4 and i.name != "stem.0.weight"]
    assert all(i.data_type == TensorProto.FLOAT16 for i in heavy)
    kinds = {n.op_type for n in proto.graph.node}
    assert kinds == {
        "Conv",
        "Relu",
        "Add",
        "Resize",
        "Concat",
        "Sigmoid",
        "Reshape",
        "Transpose",
        "Cast",
    }


def test_both_detectors_see_the_same(tmp_path):
    net, path = model(), tmp_path / "default.onnx"
    onnx.save(to_onnx(net, HEIGHT, WIDTH, "test"), path)
    image = np.random.default_rng(1).integers(0, 255, (50, 90, 3), np.uint8)
    theirs = OnnxDetector(path, score=0.05)(image)
    torch_detector = TorchDetector(net, HEIGHT * WIDTH, score=0.05)
    ours = torch_detector(image)
    assert (torch_detector.height, torch_detector.width) == (HEIGHT, WIDTH)
    assert len(theirs.boxes) and abs(len(theirs.boxes) - len(ours.boxes)) <= 2
    assert np.allclose(theirs.scores[:5], ours.scores[:5], atol=0.01)
    assert np.allclose(theirs.boxes[:3], ours.boxes[:3], atol=1)


def test_the_mean_of_runs_lies_between_them(tmp_path):
    first, second = (to_onnx(model(), HEIGHT, WIDTH, "test") for _ in range(2))
    for part in second.graph.initializer:
        values = numpy_helper.to_array(part)
        if values.dtype.kind == "f":
            part.CopyFrom(numpy_helper.from_array(values * 3, part.name))
    mean = soup.average([first, second])
    for a, m in zip(first.graph.initializer, mean.graph.initializer):
        values = numpy_helper.to_array(a)
        factor = 2 if values.dtype.kind == "f" else 1
        assert np.allclose(numpy_helper.to_array(m), values * factor, rtol=2e-3, atol=1e-6)
    second.graph.initializer.pop()
    with pytest.raises(ValueError, match="same network"):
        soup.average([first, second])
