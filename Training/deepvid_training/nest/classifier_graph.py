"""A `Classifier` as an ONNX graph for `file`."""

import numpy as np
import torch
from onnx import TensorProto, helper, numpy_helper

from .file import vectors
from .network import Unit


class Writer:
    """Collects nodes; every method returns the name of its output."""

    def __init__(self):
        self.nodes = []

    def node(self, kind, inputs, output, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def unit(self, x, name, unit):
        """A Unit, without the activation behind it."""
        convolution = unit[0]
        weight = self.node("Cast", [f"{name}.weight"], f"{name}.weight32", to=TensorProto.FLOAT)
        y = self.node(
            "Conv",
            [x, weight],
            f"{name}.conv",
            kernel_shape=list(convolution.kernel_size),
            strides=list(convolution.stride),
            pads=list(convolution.padding) * 2,
        )
        # The mean is 0 and the variance 1: `scale` and `bias` have both in them.
        inputs = [y, *(f"{name}.{part}" for part in ("scale", "bias", "zeros", "ones"))]
        return self.node("BatchNormalization", inputs, name, epsilon=0.0)

    def relu(self, x):
        return self.node("Relu", [x], f"{x}.relu")


def nodes(model):
    """Those of a Classifier: `picture` → `logits`."""
    writer = Writer()
    x = writer.relu(writer.unit("picture", "stem", model.stem))
    for i, block in enumerate(model.blocks):
        name = f"blocks.{i}"
        y = writer.relu(writer.unit(x, f"{name}.first", block.first))
        y = writer.unit(y, f"{name}.second", block.second)
        if block.shortcut:
            x = writer.unit(x, f"{name}.shortcut", block.shortcut)
        x = writer.relu(writer.node("Add", [y, x], f"{name}.sum"))
    x = writer.node("Flatten", [writer.node("GlobalAveragePool", [x], "mean")], "flat")
    weight = writer.node("Cast", ["head.weight"], "head.weight32", to=TensorProto.FLOAT)
    writer.node("Gemm", [x, weight, "head.bias"], "logits", transB=1)
    return writer.nodes


class ClassifierGraph:
    """Of one capacity; `size` is the input's (height, width)."""

    def __init__(self, model, size):
        self.model, self.size = model, size
        self.shared, self.own, self.axes = {}, {}, {}
        for name, module in model.named_modules():
            if isinstance(module, Unit):
                self.share(f"{name}.weight", module[0].weight, model.axes[f"{name}.0.weight"])
                self.own[f"{name}.scale"], self.own[f"{name}.bias"] = vectors(module)
                for part, values in (("zeros", np.zeros), ("ones", np.ones)):
                    self.shared[f"{name}.{part}"] = values(module[0].out_channels, np.float32)
                    self.axes[f"{name}.{part}"] = ((module.writes,),)
        self.share("head.weight", model.head.weight, model.axes["head.weight"])
        self.own["head.bias"] = model.head.bias.detach().numpy()

    def share(self, name, weight, axes):
        self.shared[name] = weight.detach().numpy().astype(np.float16)
        self.axes[name] = axes

    def proto(self, more=()):
        """The ONNX model; `more` are initializers besides."""
        every = self.shared | self.own | dict(more)
        kind, classes = TensorProto.FLOAT, self.model.head.out_features
        made = helper.make_graph(
            nodes(self.model),
            "nested",
            [helper.make_tensor_value_info("picture", kind, [1, 3, *self.size])],
            [helper.make_tensor_value_info("logits", kind, [1, classes])],
            [numpy_helper.from_array(np.ascontiguousarray(v), n) for n, v in every.items()],
        )
        opset = helper.make_opsetid("", 13)
        return helper.make_model(
            made, opset_imports=[opset], ir_version=8, producer_name="deepvid_training"
        )

    def answers(self, session):
        """(onnxruntime's, PyTorch's) logits of noise."""
        noise = torch.randn(1, 3, *self.size, generator=torch.Generator().manual_seed(0))
        (got,) = session.run(None, {"picture": noise.numpy()})
        with torch.no_grad():
            return got, self.model(noise).numpy()
