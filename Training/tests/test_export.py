import numpy as np
import onnx
import torch
from onnx import TensorProto

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
    assert parameter_count(net) <= 1_000_000
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
    ours = TorchDetector(net, HEIGHT, WIDTH, score=0.05)(image)
    assert len(theirs.boxes) and abs(len(theirs.boxes) - len(ours.boxes)) <= 2
    assert np.allclose(theirs.scores[:5], ours.scores[:5], atol=0.01)
    assert np.allclose(theirs.boxes[:3], ours.boxes[:3], atol=1)
