#!/usr/bin/env python3
"""Writes the fuzzer's first inputs: tiny ONNX models that between them use most operators, model cards, bundles, and messages of
an edge.

Needs the package onnx (`.venv-bench` has it). What fuzzing found since stands beside them in corpus/.
"""
import json
import pathlib
import struct

import numpy as np
from onnx import TensorProto, helper, numpy_helper

CORPUS = pathlib.Path(__file__).parent / "corpus"
BUNDLES = pathlib.Path(__file__).parents[2] / "Fixtures/bundles"


def weights(name, *shape, dtype=np.float32):
    count = int(np.prod(shape)) if shape else 1
    return numpy_helper.from_array((np.arange(count) % 7 - 3).astype(dtype).reshape(shape) / dtype(4), name)


def integers(name, *values):
    return numpy_helper.from_array(np.array(values, np.int64), name)


def model(name, nodes, constants=(), shape=(1, 4, 6, 6), opset=13, outputs=("y",), input_type=TensorProto.FLOAT):
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("x", input_type, shape)],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None) for output in outputs], list(constants))
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], producer_name="")
    (CORPUS / "onnx" / f"{name}.onnx").write_bytes(proto.SerializeToString())


def node(kind, inputs, outputs=("y",), **attributes):
    return helper.make_node(kind, list(inputs), list(outputs), **attributes)


def models():
    model("conv", [node("Conv", "xw", "c", pads=[1, 1, 1, 1], strides=[2, 2]), node("Relu", "c")], [weights("w", 4, 4, 3, 3)])
    model("depthwise", [node("Conv", "xwb", "c", group=4, dilations=[2, 2]), node("Clip", "c", min=0.0, max=6.0)],
          [weights("w", 4, 1, 3, 3), weights("b", 4)], opset=7)
    model("transposed", [node("ConvTranspose", "xw", strides=[2, 2], output_padding=[1, 1])], [weights("w", 4, 2, 3, 3)])
    model("pool", [node("MaxPool", "x", "a", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
                   node("AveragePool", "a", "b", kernel_shape=[2, 2], count_include_pad=1),
                   node("GlobalAveragePool", "b")])
    model("shuffle", [node("Reshape", "xr", "a"), node("Transpose", "a", "b", perm=[0, 2, 1, 3, 4]), node("Reshape", "bs")],
          [integers("r", 1, 2, 2, 6, 6), integers("s", 1, -1, 6, 6)])
    model("squeeze_excite", [node("GlobalAveragePool", "x", "g"), node("Conv", "gw", "e"), node("HardSigmoid", "e", "h"),
                             node("Mul", "xh")], [weights("w", 4, 4, 1, 1)])
    model("resize", [node("Resize", ["x", "", "s"], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")],
          [numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "s")])
    model("upsample", [node("Upsample", "xs", mode="nearest")], [numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "s")], opset=9)
    model("slice_concat", [node("Slice", "xbea", "l"), node("Split", "x", "pq", axis=1), node("Concat", "pql", axis=1)],
          [integers("b", 0), integers("e", 2), integers("a", 1)], opset=11)
    model("shape_arithmetic", [node("Shape", "x", "s"), node("Gather", "si", "g"), node("Unsqueeze", ["g", "z"], "u"),
                               node("Concat", "um", "r", axis=0), node("Reshape", "xr")],
          [numpy_helper.from_array(np.array(0, np.int64), "i"), integers("z", 0), integers("m", -1)])
    model("classifier", [node("Flatten", "x", "f"), node("Gemm", "fwb", "g", transB=1), node("Softmax", "g", axis=1)],
          [weights("w", 3, 144), weights("b", 3)])
    model("normalised", [node("BatchNormalization", "xabcd", "n"), node("LeakyRelu", "n", "l", alpha=0.1), node("PRelu", "lp", "q"),
                         node("Add", "xq")],
          [weights("a", 4), weights("b", 4), weights("c", 4), numpy_helper.from_array(np.ones(4, np.float32), "d"), weights("p", 4, 1, 1)])
    model("reductions", [node("ReduceMean", "x", "m", axes=[2, 3], keepdims=1), node("ReduceMax", "m", "k", axes=[1], keepdims=0),
                         node("Exp", "k", "e"), node("Sqrt", "e", "s"), node("Pow", "st", "p"), node("Div", "pe")],
          [weights("t")])
    model("padded", [node("Pad", "xp", "q"), node("Sigmoid", "q", "s"), node("Tanh", "s", "t"), node("Squeeze", ["t", "z"])],
          [integers("p", 0, 0, 1, 1, 0, 0, 1, 1), integers("z", 0)])
    model("matmul", [node("MatMul", "xw", "m"), node("Transpose", "m", "t", perm=[0, 1, 3, 2]), node("ArgMax", "t", "a", axis=3),
                     node("Cast", "a", to=TensorProto.FLOAT)], [weights("w", 6, 5)])
    model("selection", [node("TopK", "xk", ["v", "i"], axis=3), node("Where", "cvv", "w"), node("Expand", "ws")],
          [integers("k", 2), numpy_helper.from_array(np.array([True]), "c"), integers("s", 1, 4, 6, 2)], opset=11)
    model("lrn", [node("LRN", "x", "l", size=3), node("InstanceNormalization", "lab", "n"), node("Dropout", "n")],
          [weights("a", 4), weights("b", 4)], opset=9)
    model("depth_to_space", [node("DepthToSpace", "x", "d", blocksize=2), node("SpaceToDepth", "d", blocksize=2)])
    model("half", [node("Cast", "x", "f", to=TensorProto.FLOAT), node("Conv", "fw")], [weights("w", 4, 4, 1, 1)],
          input_type=TensorProto.FLOAT16)
    model("open_shape", [node("Conv", "xw")], [weights("w", 4, 4, 1, 1)], shape=("n", 4, "h", "w"))


def cards():
    card = {
        "input": {"width": 416, "height": 256, "color": "rgb", "scale": 0.0039, "mean": [123.7, 116.3, 103.5], "std": [58.4, 57.1, 57.4],
                  "resize": "letterbox"},
        "head": "yolox", "score": 0.4, "nms_iou": 0.5, "labels": ["person", "car"]}
    default = json.loads((pathlib.Path(__file__).parents[2] / "Sources/CDefaultModel/default.json").read_text())
    for name, value in {"default": default, "made": card}.items():
        (CORPUS / "card" / f"{name}.json").write_text(json.dumps(value))


def bundles():
    for folder in BUNDLES.iterdir():
        (CORPUS / "bundle" / f"{folder.name}.json").write_bytes((folder / "bundle.json").read_bytes())


def field(number, value):
    """One field of a message: bytes, text, a double (from a float) or a varint (from an int)."""
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    return varint(number << 3) + varint(value)


def varint(value):
    low, rest = value & 127, value >> 7
    return bytes([low | 128]) + varint(rest) if rest else bytes([low])


def single(number, value):
    return varint(number << 3 | 5) + struct.pack("<f", value)


def edge():
    """As Sources/CacheNet/Protocol/edge.proto has them, for models that take 16x16 pixels in colour."""
    placement = b"".join(field(i + 1, v) for i, v in enumerate([320, 200, 0, 6, 16, 10]))
    about = field(1, "tiny") + field(2, 16) + field(3, 16) + field(4, 3)
    zstd = bytes.fromhex("28b52ffd6000024d00001064640100fb2a8005")  # 768 times 100
    entry = field(1, 2) + field(2, "red") + single(3, 0.75)
    answer = field(4, 1) + field(5, 1.5) + field(6, "ab" * 32) + field(7, 3.25)
    box = entry + b"".join(single(4 + i, v) for i, v in enumerate([10, 20, 30.5, 40]))
    seeds = {
        "request": about + field(5, bytes(768)) + field(7, placement) + field(8, 1000),
        "packed": about + field(5, zstd) + field(6, 1) + field(7, placement),
        "classes": field(1, field(1, entry)) + answer,
        "detections": field(2, field(1, box)) + answer,
        "embedding": field(3, field(1, struct.pack("<3f", 0.5, 0.25, -1))) + answer,
    }
    for name, message in seeds.items():
        (CORPUS / "edge" / name).write_bytes(message)


def memory():
    """A header and floats, without the frame that files have around them: the fuzzer makes it."""
    header = {
        "model": "m.onnx", "sha256": "ab" * 32, "classes": [{"classID": 3, "label": "cat"}, {"classID": 5, "label": "dog"}],
        "frequency": [4, 2], "age": [0, 3], "limits": {"logOdds": 4, "risk": 0.01, "reach": 0.5, "tau": 0.022}, "targetAgreement": 0.97,
        "heldOut": {"frames": 9, "exits": 0.5, "depth": 0.75, "agreement": 1},
        "taps": [{"name": "relu", "step": 2, "depthShare": 0.5, "channels": 2, "counts": [4, 2], "sharpness": 2, "nearness": 1, "spread": 1}]}
    floats = [0.5, -0.5, 1, 0, 0.25, 1, 2, 0, -1, 1]
    (CORPUS / "memory" / "two").write_bytes(json.dumps(header).encode() + struct.pack("<10f", *floats))


if __name__ == "__main__":
    for folder in ("onnx", "card", "bundle", "edge", "memory"):
        (CORPUS / folder).mkdir(parents=True, exist_ok=True)
    models()
    cards()
    bundles()
    edge()
    memory()
