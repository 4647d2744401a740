"""A published network that was trained further, as an ONNX file: its graph with other weights."""

import numpy as np

from .folding import fold
from .onnx_writer import GraphWriter
from .published import Normalised

# The operators' versions: those of the published files.
OPSET = 11


def folded(layer):
    """(weight, bias) of a layer as float32 arrays, normalisation folded into them."""
    if isinstance(layer, Normalised):
        return fold(layer)
    return layer.weight.detach().float().numpy(), layer.bias.detach().float().numpy()


def write_folded(graph, x, step, layer, is_first):
    """A convolution of a graph, with its normalisation folded into it.

    The first one's weights stay float32, as pictures of 0..255 make them small.
    """
    weight, bias = folded(layer)
    if is_first:
        weight = weight / np.float32(255)
    stride, padding = step.known["strides"][0], step.known["pads"][0]
    graph.convolve(x, step.output, weight, bias, stride, not is_first, padding)


def published_to_onnx(model, note, write=write_folded, more=()):
    """Published -> ModelProto; input `images` [1, 3, H, W] 0..255 of any multiples of 32, output
    [1, N, 5 + classes].

    `write` writes a convolution; `more` are initializers besides.
    """
    graph, used = GraphWriter(), set()
    rows = 5 + model.layers[model.ends["cls_preds"][0]].out_channels
    first = next(step.output for step in model.steps if step.kind == "Conv")
    for step in model.steps:
        inputs = ["images" if name == model.input else name for name in step.inputs]
        if step.kind == "Conv":
            write(graph, inputs[0], step, model.layers[step.output], step.output == first)
            continue
        if step.kind == "Reshape":
            inputs[1] = graph.constant(f"{step.output}.shape", np.int64([1, rows, -1]))
        used |= set(inputs)
        graph.node(step.kind, inputs, step.output, **step.known)
    constants = {name: values for name, values in model.constants.items() if name in used}
    for name, values in (constants | dict(more)).items():
        graph.constant(name, values)
    return graph.detector(model.steps[-1].output, None, rows, OPSET, note)
