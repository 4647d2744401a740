"""Writes capacities that share filters as one ONNX file, and its card.

The graph is the largest capacity, for whoever runs it. The property `deepvid.capacities` says of
each smaller one how much of every weight it takes, and which weights are its own:

    {"version": 1, "capacities": [
        {"name": "full", "accuracy": 0.87},
        {"name": "small", "accuracy": 0.79,
         "shapes": {"stem.weight": [16, 3, 3, 3], ...},     the first channels of every axis
         "own": {"stem.scale": "small/stem.scale", ...}}    another initializer instead
    ]}
"""

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from ..cachenet.bundle import card
from .network import Unit

KEY, VERSION = "deepvid.capacities", 1


def vectors(unit):
    """What a unit's normalisation does: (scale, bias), each [C] float32."""
    norm = unit[1]
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    bias = norm.bias - norm.running_mean * scale
    return scale.detach().numpy(), bias.detach().numpy()


def tensors(model):
    """By name: the filters, float16, which capacities share, and the vectors, which are their own."""
    shared, own = {}, {}
    for name, module in model.named_modules():
        if isinstance(module, Unit):
            shared[f"{name}.weight"] = module[0].weight.detach().numpy().astype(np.float16)
            own[f"{name}.scale"], own[f"{name}.bias"] = vectors(module)
    shared["head.weight"] = model.head.weight.detach().numpy().astype(np.float16)
    own["head.bias"] = model.head.bias.detach().numpy()
    return shared, own


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


def constants(model):
    """Mean 0 and variance 1 of every unit: slices of these are as good."""
    found = {}
    for name, module in model.named_modules():
        if isinstance(module, Unit):
            width = module[0].out_channels
            found[f"{name}.zeros"] = np.zeros(width, np.float32)
            found[f"{name}.ones"] = np.ones(width, np.float32)
    return found


def graph(model, size, more=()):
    """The ONNX model of one capacity; `more` are initializers besides."""
    shared, own = tensors(model)
    every = shared | own | constants(model) | dict(more)
    kind, classes = TensorProto.FLOAT, model.head.out_features
    made = helper.make_graph(
        nodes(model),
        "nested",
        [helper.make_tensor_value_info("picture", kind, [1, 3, *size])],
        [helper.make_tensor_value_info("logits", kind, [1, classes])],
        [numpy_helper.from_array(np.ascontiguousarray(v), n) for n, v in every.items()],
    )
    return helper.make_model(
        made, opset_imports=[helper.make_opsetid("", 13)], ir_version=8, producer_name="deepvid_training"
    )


def nested(networks, figures, size):
    """One ONNX model of all capacities, the largest first; `figures` have their names and accuracies."""
    largest, (shared, _) = networks[0], tensors(networks[0])
    said, more = [], {}
    for model, row in zip(networks, figures):
        entry = {"name": row["name"], "accuracy": round(row["accuracy"], 4)}
        if model is not largest:
            cut, own = tensors(model)
            for name, values in cut.items():
                theirs = shared[name][tuple(slice(0, n) for n in values.shape)]
                if not np.array_equal(values, theirs):
                    raise ValueError(f"{row['name']}: {name} is no slice of the largest capacity's")
            shapes = cut | constants(model)
            entry["shapes"] = {
                name: list(values.shape)
                for name, values in shapes.items()
                if values.shape != (shared | constants(largest))[name].shape
            }
            entry["own"] = {name: f"{row['name']}/{name}" for name in own}
            more |= {f"{row['name']}/{name}": values for name, values in own.items()}
        said.append(entry)
    made = graph(largest, size, more)
    helper.set_model_props(made, {KEY: json.dumps({"version": VERSION, "capacities": said})})
    return made


def write(target, networks, figures, names, size):
    """Write `target` (.onnx) and the card beside it; fails if onnxruntime and PyTorch disagree."""
    import onnxruntime

    target = Path(target)
    made = nested(networks, figures, size)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, target)
    target.with_suffix(".json").write_text(json.dumps(card(names, size), indent=1) + "\n")
    noise = torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(0))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it warns of the smaller capacities' vectors, which it does not use
    for model, row in zip(networks, figures):
        one = made if model is networks[0] else graph(model, size)
        session = onnxruntime.InferenceSession(one.SerializeToString(), options)
        (got,) = session.run(None, {"picture": noise.numpy()})
        with torch.no_grad():
            difference = np.abs(got - model(noise).numpy()).max()
        if not difference < 0.02 * max(1, np.abs(got).max()):
            raise ValueError(f"{row['name']}: the file differs from PyTorch's by {difference:.3g}")
    sizes = [len(graph(model, size).SerializeToString()) for model in networks]
    print(f"{target}: {target.stat().st_size} bytes; one file each: {sizes}", flush=True)
