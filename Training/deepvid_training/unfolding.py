"""The way back from an exported file to a network that can be trained on.

Export folds normalisation into the convolutions. Here each normalisation is set so that it
changes nothing: its statistics are measured on pictures, its scale and shift undo them.
"""

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from .network import Bottleneck


def names(model):
    """(ConvUnit, its name in the exported file) for every ConvUnit."""
    for index, unit in enumerate(model.stem):
        yield unit, f"stem.{index}"
    for name in ("stage8", "stage16", "stage32"):
        for index, block in enumerate(getattr(model, name)):
            if isinstance(block, Bottleneck):
                yield block.reduce, f"{name}.{index - 1}.reduce"
                yield block.expand, f"{name}.{index - 1}.expand"
            else:
                yield block, f"{name}.down"
    neck = model.pyramid
    for stride, unit in zip((8, 16, 32), neck.lateral):
        yield unit, f"lateral{stride}"
    for name in ("smooth8", "smooth16", "down16", "down32"):
        yield from separable(getattr(neck, name), name)
    for stride, head in zip((8, 16, 32), model.heads):
        for part in ("shared", "box_tower", "class_tower"):
            yield from separable(getattr(head, part), f"head{stride}.{part}")


def separable(block, name):
    """The two units of a Separable."""
    yield block[0], f"{name}.depth"
    yield block[1], f"{name}.point"


def settling(unit, bias):
    """A hook for one pass by which a folded layer's normalisation comes to change nothing: its
    statistics are the pictures', its scale and shift undo them.

    The unit, a convolution and its normalisation, has the folded weight; `bias` is the folded bias.
    Weights get the size that PyTorch begins with, for which rates of learning are usual.
    """
    weight = unit[0].weight
    usual = (3 * weight[0].numel()) ** -0.5
    scale = usual / weight.flatten(1).pow(2).mean(1).sqrt().clamp(min=1e-3)
    weight.mul_(scale[:, None, None, None])

    def measure(norm, inputs):
        x = inputs[0].float()
        mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_(torch.sqrt(variance + norm.eps) / scale)
        norm.bias.copy_(mean / scale + bias)

    return unit[1].register_forward_pre_hook(measure)


@torch.no_grad()
def settle(model, units, images):
    """Make normalisations change nothing: `units` are (unit, folded bias) in a model, `images`
    [B, 3, H, W] 0..1 measure its layers."""
    hooks = [settling(unit, bias) for unit, bias in units]
    model.eval()
    model(images)
    for hook in hooks:
        hook.remove()
    model.train()


@torch.no_grad()
def unfold(model, path, images):
    """Load an exported file's weights into `model`; images [B, 3, H, W] 0..1 measure its layers."""
    stored = {i.name: numpy_helper.to_array(i) for i in onnx.load(str(path)).graph.initializer}
    stored = {name: torch.from_numpy(v.astype(np.float32)) for name, v in stored.items() if v.ndim}
    units = []
    for unit, name in names(model):
        unit[0].weight.copy_(stored[f"{name}.weight"] * (255.0 if name == "stem.0" else 1.0))
        units.append((unit, stored[f"{name}.bias"]))
    for stride, head in zip((8, 16, 32), model.heads):
        head.box.weight.copy_(stored[f"head{stride}.box.weight"])
        head.box.bias.copy_(stored[f"head{stride}.box.bias"])
        head.classes.weight.copy_(stored[f"head{stride}.classes.weight"][1:])
        head.classes.bias.copy_(stored[f"head{stride}.classes.bias"][1:])
    settle(model, units, images)
