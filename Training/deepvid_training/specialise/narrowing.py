"""The first weights of a narrow detector: the strongest channels of a wide one.

The wide detector, a file written by `export` of the network of `network.py`, is loaded with its
normalisation measured on the camera's own frames. The narrow network keeps of each of its tensors the channels that vary
most there, and of each stage the first blocks. What it says is nonsense at first; what its layers
look for is not, and training from there needs far fewer steps than from noise.
"""

import torch

from ..labels import CLASSES
from ..network import STRIDES, Detector
from ..unfolding import unfold

# COCO's names of what the wide detector knows under another.
ALIASES = {"motorcycle": "motorbike"}


class Strengths:
    """How much each channel of a module's output varies over some pictures."""

    def __init__(self, modules):
        self.values = {}
        self.hooks = [
            module.register_forward_hook(lambda _, __, y, name=name: self.note(name, y))
            for name, module in modules.items()
        ]

    def note(self, name, y):
        """Adds up: a name may stand for several outputs."""
        self.values[name] = self.values.get(name, 0) + y.float().std((0, 2, 3))

    def strongest(self, name, count):
        """Indices of the `count` strongest channels, in order."""
        return self.values[name].topk(count).indices.sort().values


def watched(model):
    """The tensors whose channels are chosen, by name."""
    modules = {"stem.0": model.stem[0], "stem.1": model.stem[1]}
    for name in ("stage8", "stage16", "stage32"):
        stage = getattr(model, name)
        modules[name] = stage
        modules |= {f"{name}.{i}": block.reduce for i, block in enumerate(list(stage)[1:])}
    modules |= {f"pyramid.{i}": unit for i, unit in enumerate(model.pyramid.lateral)}
    for stride, head in zip(STRIDES, model.heads):
        for part in ("shared", "box_tower", "class_tower"):
            modules[f"head{stride}.{part}"] = getattr(head, part)
    return modules


def take(narrow, wide, outputs, inputs):
    """Copy one ConvUnit's chosen channels."""
    weight = wide[0].weight[outputs]
    narrow[0].weight.copy_(weight if narrow[0].groups > 1 else weight[:, inputs])
    for name in ("weight", "bias", "running_mean", "running_var"):
        getattr(narrow[1], name).copy_(getattr(wide[1], name)[outputs])


def take_separable(narrow, wide, outputs, inputs):
    """Copy a Separable's."""
    take(narrow[0], wide[0], inputs, None)
    take(narrow[1], wide[1], outputs, inputs)


@torch.no_grad()
def narrow(model, path, labels, images):
    """Give `model` the strongest channels of the exported file at `path`.

    labels are the classes of `model`; images [B, 3, H, W] 0..1 measure. A class that the file
    does not know begins as it was initialised, as does all of a model that is wider or deeper.
    """
    wide = Detector(len(CLASSES)).to(memory_format=torch.channels_last)
    if not fits(model, wide):
        return False
    unfold(wide, path, images)
    wide.eval()
    strengths = Strengths(watched(wide))
    wide(images)

    def pick(name, unit):
        return strengths.strongest(name, unit[0].out_channels)

    last = torch.arange(3)
    for i in range(2):
        chosen = pick(f"stem.{i}", model.stem[i])
        take(model.stem[i], wide.stem[i], chosen, last)
        last = chosen
    levels = []
    for name in ("stage8", "stage16", "stage32"):
        small, large = getattr(model, name), getattr(wide, name)
        chosen = pick(name, small[0])
        take(small[0], large[0], chosen, last)
        for i, block in enumerate(list(small)[1:]):
            hidden = pick(f"{name}.{i}", block.reduce)
            take(block.reduce, large[i + 1].reduce, hidden, chosen)
            take(block.expand, large[i + 1].expand, chosen, hidden)
        levels.append(chosen)
        last = chosen
    # All maps of the pyramid are added to each other: they keep the same channels.
    sums = sum(strengths.values[f"pyramid.{i}"] for i in range(3))
    width = model.pyramid.lateral[0][0].out_channels
    shared = sums.topk(width).indices.sort().values
    for i, chosen in enumerate(levels):
        take(model.pyramid.lateral[i], wide.pyramid.lateral[i], shared, chosen)
    for name in ("smooth8", "smooth16", "down16", "down32"):
        take_separable(getattr(model.pyramid, name), getattr(wide.pyramid, name), shared, shared)
    for stride, small, large in zip(STRIDES, model.heads, wide.heads):
        first = pick(f"head{stride}.shared", small.shared[1])
        take_separable(small.shared, large.shared, first, shared)
        for tower, last_layer in (("box_tower", "box"), ("class_tower", "classes")):
            own = getattr(small, tower)
            chosen = pick(f"head{stride}.{tower}", own[1])
            take_separable(own, getattr(large, tower), chosen, first)
            take_last(getattr(small, last_layer), getattr(large, last_layer), chosen,
                      labels if last_layer == "classes" else None)  # fmt: skip
    for hook in strengths.hooks:
        hook.remove()
    return True


def take_last(narrow, wide, inputs, labels):
    """Copy a head's last convolution; of classes, those that both know."""
    if labels is None:
        pairs = [(i, i) for i in range(narrow.out_channels)]
    else:
        known = [ALIASES.get(name, name) for name in labels]
        pairs = [(i, CLASSES.index(name)) for i, name in enumerate(known) if name in CLASSES]
    for mine, theirs in pairs:
        narrow.weight[mine] = wide.weight[theirs][inputs]
        narrow.bias[mine] = wide.bias[theirs]


def fits(model, wide):
    """Whether every tensor of `model` can be cut out of `wide`."""
    mine, theirs = dict(model.named_parameters()), dict(wide.named_parameters())
    return all(
        name in theirs and all(a <= b for a, b in zip(value.shape, theirs[name].shape))
        for name, value in mine.items()
        if ".classes." not in name
    )
