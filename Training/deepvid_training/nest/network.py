"""A residual classifier of which every prefix of channels is a network too.

Channels that must be kept together (a sum adds them) are one *space*; a network is built from the
widths of its spaces. Of two networks, the narrower one is a slice of the wider: each of its tensors
is the wider one's with every axis cut off.
"""

import copy

import torch
from torch import nn
from torch.nn import functional as F


class Unit(nn.Sequential):
    """Convolution 3×3 or 1×1 with batch normalisation; reads and writes spaces."""

    def __init__(self, widths, reads, writes, kernel=3, stride=1):
        super().__init__(
            nn.Conv2d(
                widths.get(reads, 3), widths[writes], kernel, stride, kernel // 2, bias=False
            ),
            nn.BatchNorm2d(widths[writes]),
        )
        self.reads, self.writes = reads, writes


class Block(nn.Module):
    """Two convolutions and a shortcut, which a strided block projects."""

    def __init__(self, widths, reads, inner, writes, stride):
        super().__init__()
        self.first = Unit(widths, reads, inner, 3, stride)
        self.second = Unit(widths, inner, writes)
        self.shortcut = Unit(widths, reads, writes, 1, stride) if reads != writes else None

    def forward(self, x):
        """[N, C, H, W] → [N, C', H/stride, W/stride]."""
        y = self.second(F.relu(self.first(x)))
        return F.relu(y + (self.shortcut(x) if self.shortcut else x))


class Classifier(nn.Module):
    """Normalised pictures [N, 3, H, W] → logits [N, classes].

    Spaces: `half`, `quarter` and `eighth`, named after the size of their maps, and in each block
    one of its own between its two convolutions.
    """

    def __init__(self, classes, widths):
        super().__init__()
        self.widths = dict(widths)
        self.stem = Unit(widths, "picture", "half", 3, 2)
        self.blocks = nn.ModuleList(
            [
                Block(widths, "half", "half_inner", "half", 1),
                Block(widths, "half", "quarter_inner", "quarter", 2),
                Block(widths, "quarter", "eighth_inner", "eighth", 2),
            ]
        )
        self.head = nn.Linear(widths["eighth"], classes)
        self.head.reads = "eighth"

    def forward(self, x):
        x = F.relu(self.stem(x))
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean((2, 3)))

    def responses(self, x):
        """What is in each space, the last time that it is written: by name [N, C, H, W]."""
        found, x = {}, F.relu(self.stem(x))
        for block in self.blocks:
            found[block.first.writes] = F.relu(block.first(x))
            x = found[block.second.writes] = block(x)
        return found


def prefix(shape):
    """What cuts a tensor down to `shape`."""
    return tuple(slice(0, n) for n in shape)


@torch.no_grad()
def narrowed(model, widths):
    """The slice of `model` that has those widths, with tensors of its own."""
    small = type(model)(model.head.out_features, model.widths | widths)
    small = small.to(memory_format=torch.channels_last)
    wide = model.state_dict()
    small.load_state_dict({n: wide[n][prefix(t.shape)] for n, t in small.state_dict().items()})
    return small.train(model.training)


@torch.no_grad()
def widened(small, wide):
    """A copy of `wide` whose slice of the size of `small` has the filters of `small`.

    Filters are shared; what has one axis only (normalisation, biases) is each capacity's own.
    """
    made = copy.deepcopy(wide)
    share(small, made)
    return made


@torch.no_grad()
def share(small, wide):
    """Put the filters of `small` into `wide`."""
    for mine, theirs in zip(wide.parameters(), small.parameters()):
        if theirs.ndim > 1:
            mine[prefix(theirs.shape)] = theirs


@torch.no_grad()
def reorder(model, space, order):
    """Put the first len(order) channels of a space into that order. The network computes the same."""
    for module in model.modules():
        if getattr(module, "writes", None) == space:
            norm = module[1]
            for t in (module[0].weight, norm.weight, norm.bias, norm.running_mean, norm.running_var):
                t[: len(order)] = t[order]
        if getattr(module, "reads", None) == space:
            weight = module.weight if isinstance(module, nn.Linear) else module[0].weight
            weight[:, : len(order)] = weight[:, order]
