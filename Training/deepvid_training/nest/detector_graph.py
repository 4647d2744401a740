"""A Published as an ONNX graph for `file`: convolutions, whose filters capacities share, and behind
each what its normalisation does, which is each capacity's own."""

import numpy as np
import torch
from onnx import TensorProto

from ..published import Normalised
from ..published_export import published_to_onnx
from .file import vectors
from .spaces import convolution


class DetectorGraph:
    """Of one capacity."""

    def __init__(self, model, note):
        self.model, self.note = model, note
        self.shared, self.own, self.axes = {}, {}, {}
        first = next(step.output for step in model.steps if step.kind == "Conv")
        for name, layer in model.layers.items():
            weight = convolution(layer).weight
            self.shared[f"{name}.weight"] = weight.detach().numpy().astype(np.float16)
            inner = "0." if isinstance(layer, Normalised) else ""
            self.axes[f"{name}.weight"] = model.axes[f"layers.{name}.{inner}weight"]
            if not inner:
                self.own[f"{name}.bias"] = layer.bias.detach().numpy()
                continue
            scale, bias = vectors(layer)
            # Pictures are 0..255 in the file.
            own = {"scale": scale / np.float32(255) if name == first else scale, "bias": bias}
            self.own |= {f"{name}.{part}": v[:, None, None] for part, v in own.items()}

    def write(self, graph, x, step, layer, _):
        """A convolution, its weights cast from float16, and its normalisation as a factor and a
        term of each channel, which engines fold into it."""
        name, inner = step.output, convolution(layer)
        weight = graph.node("Cast", [f"{name}.weight"], f"{name}.weight32", to=TensorProto.FLOAT)
        known = {
            "kernel_shape": list(inner.kernel_size),
            "strides": list(inner.stride),
            "pads": list(inner.padding) * 2,
            "group": inner.groups,
        }
        if inner is layer:
            graph.node("Conv", [x, weight, f"{name}.bias"], name, **known)
            return
        y = graph.node("Conv", [x, weight], f"{name}.conv", **known)
        y = graph.node("Mul", [y, f"{name}.scale"], f"{name}.scaled")
        graph.node("Add", [y, f"{name}.bias"], name)

    def proto(self, more=()):
        """The ONNX model; `more` are initializers besides."""
        every = self.shared | self.own | dict(more)
        every = {name: np.ascontiguousarray(values) for name, values in every.items()}
        return published_to_onnx(self.model, self.note, self.write, every)

    def answers(self, session):
        """(onnxruntime's, PyTorch's) class scores of noise."""
        noise = np.random.default_rng(0).uniform(0, 255, (1, 3, 96, 160)).astype(np.float32)
        (got,) = session.run(None, {"images": noise})
        with torch.no_grad():
            logits, _ = self.model(torch.from_numpy(noise / 255))
        return got[..., 5:] * got[..., 4:5], logits.sigmoid().numpy()
