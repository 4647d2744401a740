"""A published network that was trained further, as an ONNX file: its graph with other weights."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .folding import fold
from .network import STRIDES
from .published import Normalised

# The operators' versions: those of the published files.
OPSET = 11


def folded(layer):
    """(weight, bias) of a layer as float32 arrays, normalisation folded into them."""
    if isinstance(layer, Normalised):
        return fold(layer)
    return layer.weight.detach().float().numpy(), layer.bias.detach().float().numpy()


def convolution(step, layer, first):
    """(initializers, nodes) of a convolution.

    Weights are float16 with one Cast each; the first convolution's stay float32, as pictures of
    0..255 make them small.
    """
    weight, bias = folded(layer)
    if first:
        weight = weight / np.float32(255)
    name = step.output
    inputs, nodes = [step.inputs[0], f"{name}.weight", f"{name}.bias"], []
    values = [
        numpy_helper.from_array(weight.astype(np.float32 if first else np.float16), inputs[1]),
        numpy_helper.from_array(bias, inputs[2]),
    ]
    if not first:
        wide = f"{name}.weight32"
        nodes.append(helper.make_node("Cast", [inputs[1]], [wide], to=TensorProto.FLOAT))
        inputs[1] = wide
    return values, [*nodes, helper.make_node("Conv", inputs, [name], name=name, **step.known)]


def published_to_onnx(model, height, width, note):
    """Published -> ModelProto; input `images` [1, 3, H, W] 0..255, output [1, N, 5 + classes]."""
    values, nodes, used = [], [], set()
    rows = 5 + model.layers[model.ends["cls_preds"][0]].out_channels
    first = next(s.output for s in model.steps if s.kind == "Conv")
    for step in model.steps:
        if step.kind == "Conv":
            added, made = convolution(step, model.layers[step.output], step.output == first)
            values += added
        else:
            inputs = list(step.inputs)
            if step.kind == "Reshape":
                inputs[1] = f"{step.output}.shape"
                values.append(numpy_helper.from_array(np.int64([1, rows, -1]), inputs[1]))
            used |= set(inputs)
            made = [
                helper.make_node(step.kind, inputs, [step.output], name=step.output, **step.known)
            ]
        nodes += made
    for node in nodes:
        node.input[:] = ["images" if name == model.input else name for name in node.input]
    values += [
        numpy_helper.from_array(v, name) for name, v in model.constants.items() if name in used
    ]
    cells = sum((height // s) * (width // s) for s in STRIDES)
    graph = helper.make_graph(
        nodes,
        "deepvid_detector",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, height, width])],
        [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, [1, cells, rows])],
        values,
    )
    graph.doc_string = note
    result = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=7,
        producer_name="deepvid_training",
    )
    onnx.checker.check_model(result, full_check=True)
    return result
