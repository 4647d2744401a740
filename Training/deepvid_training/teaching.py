"""Dense supervision: what a larger YOLOX says about every cell of the very scene trained on.

Its cells and raw boxes are laid out as ours, so nothing has to be matched; being fully
convolutional, it takes any size that is a multiple of 32.
"""

import numpy as np
import onnx
import onnxruntime

from .detectors import OURS, RECIPES


def resizable(path):
    """ModelProto of a YOLOX file with a free batch and picture size."""
    model = onnx.load(str(path))
    shape = model.graph.input[0].type.tensor_type.shape.dim
    for index, name in ((0, "batch"), (2, "height"), (3, "width")):
        shape[index].dim_param = name
    result = model.graph.output[0].type.tensor_type.shape.dim
    for index, name in ((0, "batch"), (1, "cells")):
        result[index].dim_param = name
    del model.graph.value_info[:]
    constants = {i.name: i for i in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Reshape" and node.input[1] in constants:
            target = constants[node.input[1]]
            values = onnx.numpy_helper.to_array(target).copy()
            values[0] = 0  # the batch as it comes
            target.CopyFrom(onnx.numpy_helper.from_array(values, target.name))
    return model


class DenseTeacher:
    """Calls a YOLOX, or a model exported by us, on RGB uint8 scenes.

    With `hints`, names of inner tensors, a network that was made of it can imitate these as well.
    It is opened on first use, as onnxruntime's sessions do not survive a fork.
    """

    def __init__(self, path, name, hints=()):
        self.path, self.recipe, self.hints = path, RECIPES.get(name, OURS), hints
        if self.recipe.head != "yolox":
            raise ValueError(f"{name}: a dense teacher must have a YOLOX head")
        self.session = None

    def open(self):
        """Start onnxruntime with one thread."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        model = resizable(self.path)
        for name in self.hints:
            model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
        self.session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, ["CPUExecutionProvider"]
        )
        self.input = self.session.get_inputs()[0].name

    def __call__(self, images):
        """[B, H, W, 3] -> class probabilities [B, N, classes], raw boxes [B, N, 4], float16, and
        the hints [B, C, h, w]."""
        if self.session is None:
            self.open()
        pixels = (images - np.float32(self.recipe.mean)) / np.float32(self.recipe.std)
        pixels = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2), np.float32)
        raw, *hints = self.session.run(None, {self.input: pixels})
        kinds = raw[..., [5 + index for index in self.recipe.class_ids]] * raw[..., 4:5]
        return kinds.astype(np.float16), raw[..., :4].clip(-60, 60).astype(np.float16), hints
