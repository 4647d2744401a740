"""Writes the network's few kinds of layers as ONNX nodes.

Weights are float16 initializers, each with one Cast to float32; biases stay float32.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .folding import fold
from .network import STRIDES


class GraphWriter:
    """Collects nodes and initializers; every method returns the name of its output tensor."""

    def __init__(self):
        self.nodes, self.initializers = [], []

    def node(self, kind, inputs, output, **attributes):
        """Add one node with one output."""
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def constant(self, name, values):
        """Add an initializer."""
        self.initializers.append(numpy_helper.from_array(values, name))
        return name

    def convolve(self, x, name, weight, bias, stride=1, half=True, padding=None):
        """Convolution, by default with `same` padding for odd kernels; groups follow from the
        weight."""
        kernel = weight.shape[2]
        padding = kernel // 2 if padding is None else padding
        groups = weight.shape[0] if weight.shape[1] == 1 else 1
        stored = self.constant(f"{name}.weight", weight.astype(np.float16 if half else np.float32))
        if half:
            stored = self.node("Cast", [stored], f"{name}.weight32", to=TensorProto.FLOAT)
        return self.node(
            "Conv",
            [x, stored, self.constant(f"{name}.bias", bias)],
            name,
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[padding] * 4,
            group=groups,
        )

    def unit(self, x, name, unit, scale=1.0, half=True):
        """A ConvUnit; `scale` multiplies its weights (to take another input range)."""
        weight, bias = fold(unit)
        y = self.convolve(x, name, weight * np.float32(scale), bias, unit[0].stride[0], half)
        return self.node("Relu", [y], f"{name}.relu") if len(unit) == 3 else y

    def separable(self, x, name, block):
        """A Separable."""
        return self.unit(self.unit(x, f"{name}.depth", block[0]), f"{name}.point", block[1])

    def stage(self, x, name, stage):
        """A Stage: the strided convolution and its bottlenecks."""
        x = self.unit(x, f"{name}.down", stage[0])
        for index, block in enumerate(list(stage)[1:]):
            inner = self.unit(x, f"{name}.{index}.reduce", block.reduce)
            inner = self.unit(inner, f"{name}.{index}.expand", block.expand)
            x = self.add(x, inner, f"{name}.{index}.sum")
            x = self.node("Relu", [x], f"{name}.{index}.relu")
        return x

    def add(self, a, b, name):
        """Element-wise sum."""
        return self.node("Add", [a, b], name)

    def double(self, x, name):
        """Nearest upsampling by two."""
        if not any(i.name == "twice" for i in self.initializers):
            self.constant("twice", np.float32([1, 1, 2, 2]))
        return self.node(
            "Resize",
            [x, "", "twice"],
            name,
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )

    def detector(self, output, size, rows, opset, note):
        """ModelProto of all nodes: input `images` [1, 3, H, W] 0..255, `output` [1, N, rows].

        `size` is (height, width), or None where both are open.
        """
        height, width = size or ("height", "width")
        cells = sum((height // s) * (width // s) for s in STRIDES) if size else "cells"
        graph = helper.make_graph(
            self.nodes,
            "deepvid_detector",
            [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, height, width])],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, [1, cells, rows])],
            self.initializers,
        )
        graph.doc_string = note
        result = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", opset)],
            ir_version=7,
            producer_name="deepvid_training",
        )
        onnx.checker.check_model(result, full_check=True)
        return result
