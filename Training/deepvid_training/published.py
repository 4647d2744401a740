"""A published YOLOX file as a network to be trained further.

Its graph is executed step by step, so that nothing of the architecture is written down twice. It
keeps the classes that are ours, and takes pictures of 0..1 of any size in multiples of 32: its
normalisation of the input becomes part of the first convolution.
"""

from dataclasses import dataclass, replace

import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional

from .detectors import RECIPES
from .unfolding import settle

# Whether the last convolution of a level gives boxes, objectness or classes, by its weights' names.
ENDS = ("reg_preds", "obj_preds", "cls_preds")


@dataclass(frozen=True)
class Step:
    """One node of the graph."""

    kind: str
    inputs: tuple
    output: str
    known: dict

    @classmethod
    def of(cls, node):
        """The step of an ONNX node."""
        known = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        return cls(node.op_type, tuple(node.input), node.output[0], known)

    @property
    def end(self):
        """Which of ENDS a convolution is, or None."""
        if self.kind != "Conv":
            return None
        return next((end for end in ENDS if end in self.inputs[1]), None)


class Normalised(nn.Sequential):
    """A convolution of a folded file and the normalisation that `settle` makes change nothing."""

    def __init__(self, weight, bias, stride, padding, groups):
        layer = nn.Conv2d(
            weight.shape[1] * groups,
            len(weight),
            weight.shape[2],
            stride,
            padding,
            groups=groups,
            bias=False,
        )
        layer.weight.data.copy_(weight)
        super().__init__(layer, nn.BatchNorm2d(len(weight), momentum=0.03))
        self.bias_before = bias


def without_normalisation(weight, bias, recipe):
    """A first convolution's weights for pictures of 0..1 instead of normalised ones.

    Its twelve inputs are four neighbouring pixels of three colours each.
    """
    mean, std = (torch.tensor(v * 4, dtype=torch.float32) / 255 for v in (recipe.mean, recipe.std))
    scaled = weight / std[:, None, None]
    return scaled, bias - (scaled * mean[:, None, None]).sum((1, 2, 3))


def product_logit(a, b):
    """Logit of sigmoid(a) x sigmoid(b)."""
    return -torch.logaddexp(torch.logaddexp(-a, -b), -a - b)


class Published(nn.Module):
    """Pictures [B, 3, H, W] of 0..1 -> (class logits [B, N, classes], raw boxes [B, N, 4]), as
    `network.Detector`.

    A class's logit is that of objectness x class, as published files score.
    """

    def __init__(self, path, name):
        super().__init__()
        graph, recipe = onnx.load(str(path)).graph, RECIPES[name]
        self.input = graph.input[0].name
        self.constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
        self.layers, self.steps = nn.ModuleDict(), []
        for node in graph.node:
            if node.op_type == "Constant":
                value = onnx.helper.get_attribute_value(node.attribute[0])
                self.constants[node.output[0]] = numpy_helper.to_array(value)
            else:
                self.steps.append(Step.of(node))
        for step in (s for s in self.steps if s.kind == "Conv"):
            self.layers[step.output] = self.layer(step, recipe)
        self.ends = {end: [s.output for s in self.steps if s.end == end] for end in ENDS}

    def layer(self, step, recipe):
        """The layer of a convolution, with the file's weights."""
        weight, bias = (torch.from_numpy(self.constants[name].copy()) for name in step.inputs[1:])
        if not len(self.layers):
            weight, bias = without_normalisation(weight, bias, recipe)
        if step.end:
            rows = list(recipe.class_ids) if step.end == "cls_preds" else slice(None)
            layer = nn.Conv2d(weight.shape[1], len(weight[rows]), 1)
            layer.weight.data.copy_(weight[rows])
            layer.bias.data.copy_(bias[rows])
            return layer
        known = step.known
        return Normalised(
            weight, bias, known["strides"][0], known["pads"][0], known.get("group", 1)
        )

    def work(self, step, values):
        """The output of one step, given all tensors before it by name."""
        x = values[step.inputs[0]]
        if step.kind == "Conv":
            return self.layers[step.output](x)
        if step.kind == "Sigmoid":
            return x.sigmoid()
        if step.kind == "HardSigmoid":
            return functional.hardsigmoid(x)
        if step.kind == "Mul":
            return x * values[step.inputs[1]]
        if step.kind == "Add":
            return x + values[step.inputs[1]]
        if step.kind == "Concat":
            return torch.cat([values[name] for name in step.inputs], step.known["axis"])
        if step.kind == "MaxPool":
            return functional.max_pool2d(x, step.known["kernel_shape"], 1, step.known["pads"][0])
        if step.kind == "Resize":
            return functional.interpolate(x, scale_factor=2, mode="nearest")
        if step.kind == "Slice":
            start, _, axis, pace = (int(self.constants[name][0]) for name in step.inputs[1:])
            return x[(slice(None),) * axis + (slice(start, None, pace),)]
        raise ValueError(f"a published network with {step.kind}")

    def leading(self):
        """The steps that lead to the ends; what follows only puts these side by side."""
        wanted, steps = {name for names in self.ends.values() for name in names}, []
        for step in reversed(self.steps):
            if step.output in wanted:
                wanted |= set(step.inputs)
                steps.append(step)
        return steps[::-1]

    def look(self, pictures, names):
        """As `forward`, and the inner tensors of these names, in a list."""
        values, steps = {self.input: pictures}, self.leading()
        gates = {s.output: s.inputs[0] for s in steps if s.kind == "HardSigmoid"}
        for step in steps:
            if step.kind == "Mul" and gates.get(step.inputs[1]) == step.inputs[0]:
                # At once: that is quicker.
                values[step.output] = functional.hardswish(values[step.inputs[0]])
            elif step.output not in gates:
                values[step.output] = self.work(step, values)

        def flat(end):
            maps = [values[name].flatten(2) for name in self.ends[end]]
            return torch.cat(maps, 2).transpose(1, 2).float()

        logits = product_logit(flat("obj_preds"), flat("cls_preds"))
        return logits, flat("reg_preds"), [values[name] for name in names]

    def forward(self, pictures):
        return self.look(pictures, ())[:2]

    def settle(self, pictures):
        """Make all normalisations change nothing; pictures [B, 3, H, W] measure the layers."""
        units = [u for u in self.layers.values() if isinstance(u, Normalised)]
        settle(self, [(unit, unit.bias_before) for unit in units], pictures)

    def simplify(self):
        """Cheaper steps that give almost the same, for training to make up for.

        SiLU becomes hard swish. The first convolution, 6x6 at every second pixel by way of slices
        that are put side by side, becomes a plain one of its inner 4x4, to whose edges the outer
        weights are added, for neighbouring pixels are much alike.
        """
        first = next(s for s in self.steps if s.kind == "Conv")
        slices = {s.output for s in self.steps if s.kind == "Slice"} | {first.inputs[0]}
        gates = {s.inputs[1] for s in self.steps if s.kind == "Mul"}
        steps = [s for s in self.steps if s.output not in slices]
        soft = {"alpha": 1 / 6, "beta": 0.5}
        steps = [
            replace(s, kind="HardSigmoid", known=soft) if s.output in gates else s for s in steps
        ]
        known = {"kernel_shape": [4, 4], "strides": [2, 2], "pads": [1] * 4, "group": 1}
        plain = replace(first, inputs=(self.input, *first.inputs[1:]), known=known)
        self.steps = [plain if s.output == first.output else s for s in steps]
        old = self.layers[first.output]
        weight = inner(old[0].weight.detach())
        new = Normalised(weight, old.bias_before, 2, 1, 1)
        new[1].load_state_dict(old[1].state_dict())
        self.layers[first.output] = new


def inner(weight):
    """Inner 4x4, with the outer weights added to the edges, of the 6x6 convolution that
    [cout, 12, 3, 3] are: [cout, 3, 4, 4].

    The inputs are the pixels (y, x) of each square of four, in the order (0, 0), (1, 0), (0, 1),
    (1, 1).
    """
    whole = weight.new_zeros(len(weight), 3, 6, 6)
    for index, (y, x) in enumerate(((0, 0), (1, 0), (0, 1), (1, 1))):
        whole[:, :, y::2, x::2] = weight[:, 3 * index : 3 * index + 3]
    for axis in (2, 3):
        for edge, beyond in ((1, 0), (4, 5)):
            whole.select(axis, edge).add_(whole.select(axis, beyond))
    return whole[:, :, 1:5, 1:5].contiguous()
