import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from deepvid_training.detectors import OnnxDetector
from deepvid_training.input_size import fitting
from deepvid_training.labels import CLASSES


@pytest.mark.parametrize(
    "picture, size",
    [
        ((1920, 1080), (384, 224)),
        ((640, 480), (320, 256)),
        ((704, 576), (320, 256)),
        ((500, 500), (288, 288)),
        ((1080, 1920), (224, 384)),
        ((480, 640), (256, 320)),
    ],
)
def test_the_input_has_the_pictures_shape(picture, size):
    """The same figures as in deepvid's InputSizeTests."""
    assert fitting(*picture, 384 * 224) == size[::-1]


def sure(path, shifts=None):
    """A detector of an open input that is sure of a person, by 0.6, in its first cell."""
    row = np.zeros((1, 1, 5 + len(CLASSES)), np.float32)
    row[..., 4], row[..., 5] = 1, 0.6
    nodes = [
        helper.make_node("Constant", [], ["row"], value=onnx.numpy_helper.from_array(row)),
        helper.make_node("Shape", ["images"], ["shape"]),
        helper.make_node("Cast", ["shape"], ["sides"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["sides"], ["sum"], keepdims=0),
        helper.make_node("Mul", ["sum", "zero"], ["nothing"]),
        helper.make_node("Add", ["row", "nothing"], ["outputs"]),
    ]
    graph = helper.make_graph(
        nodes,
        "sure",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, "height", "width"])],
        [helper.make_tensor_value_info("outputs", TensorProto.FLOAT, [1, "cells", 11])],
        [onnx.numpy_helper.from_array(np.float32(0), "zero")],
    )
    opsets = [helper.make_opsetid("", 13)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    card = {"input": {"pixels": 1024}} | ({"score_shifts": shifts} if shifts else {})
    path.with_suffix(".json").write_text(json.dumps(card))
    return OnnxDetector(path)


def test_an_open_input_takes_the_shape_of_each_picture(tmp_path):
    detector = sure(tmp_path / "m.onnx")
    found = detector(np.zeros((90, 100, 3), np.uint8))
    assert (detector.height, detector.width) == (32, 32)
    assert found.scores == pytest.approx([0.6])
    detector.pixels = 4096
    assert detector.prepare(np.zeros((50, 200, 3), np.uint8))[0].shape == (1, 3, 32, 128)


def test_a_class_is_shifted_as_its_card_says(tmp_path):
    found = sure(tmp_path / "m.onnx", {"person": -0.5})(np.zeros((32, 32, 3), np.uint8))
    assert found.scores[0] == pytest.approx(1 / (1 + np.exp(-(np.log(0.6 / 0.4) - 0.5))), abs=1e-5)
