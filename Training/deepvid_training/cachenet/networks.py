"""Networks for small pictures; the configuration may name others as `module:function`."""

import importlib

import torch
from torch import nn
from torch.nn import functional as F


class Group(nn.Module):
    """Convolution and pooling by two, then two more convolutions around which a shortcut leads."""

    def __init__(self, inputs, outputs, depth=3):
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv2d(outputs if i else inputs, outputs, 3, padding=1, bias=False)
            for i in range(depth)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(outputs, momentum=0.4) for _ in range(depth))
        for norm in self.norms:
            norm.weight.requires_grad_(False)
        for layer in self.convolutions:
            nn.init.dirac_(layer.weight.data[: layer.in_channels])

    def forward(self, x):
        """[N, C, H, W] → [N, C', H/2, W/2]."""
        x = F.relu(self.norms[0](F.max_pool2d(self.convolutions[0](x), 2)))
        y = F.relu(self.norms[1](self.convolutions[1](x)))
        if len(self.convolutions) == 3:
            y = F.relu(self.norms[2](self.convolutions[2](y)) + x)
        return y


class PooledNetwork(nn.Module):
    """A whitening stem, three groups, the maximum over what is left, one linear layer: logits.

    After Jordan's airbench (arXiv 2404.00498), with ReLU. The stem's filters are set from pictures
    (`whiten`) and not trained.
    """

    def __init__(self, classes, widths, stem, depth):
        super().__init__()
        self.stem = nn.Conv2d(3, stem, 2)
        self.stem.weight.requires_grad_(False)
        inputs = (stem, *widths[:-1])
        self.groups = nn.Sequential(*(Group(a, b, depth) for a, b in zip(inputs, widths)))
        self.head = nn.Linear(widths[-1], classes, bias=False)
        self.head.weight.data.div_(self.head.weight.data.std())

    def forward(self, x):
        """Normalised pictures [N, 3, 32, 32] → logits [N, classes]."""
        x = self.groups(F.relu(self.stem(x)))
        return self.head(F.max_pool2d(x, x.shape[-1]).flatten(1)) / 9


@torch.no_grad()
def whiten(stem, pictures):
    """Set the stem's filters to the principal directions of 2×2 patches, both signs."""
    patches = pictures.unfold(2, 2, 1).unfold(3, 2, 1).transpose(1, 3).reshape(-1, 12)
    values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
    filters = (vectors / torch.sqrt(values + 5e-4)).T.reshape(-1, 3, 2, 2).flip(0)
    stem.weight[: 2 * len(filters)] = torch.cat([filters, -filters])[: len(stem.weight)]


def full(classes):
    """1.34 M parameters, 89 M multiply-adds."""
    return PooledNetwork(classes, (64, 160, 160), 24, 3)


class Unit(nn.Sequential):
    """Convolution, normalisation, ReLU."""

    def __init__(self, inputs, outputs, stride=1):
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
        )


class Residual(nn.Module):
    """Two convolutions and a shortcut; a strided one projects its input."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = Unit(inputs, outputs, stride)
        self.second = nn.Sequential(
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs)
        )
        self.shortcut = None
        if stride > 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        """[N, C, H, W] → [N, C', H/stride, W/stride]."""
        return F.relu(self.second(self.first(x)) + (self.shortcut(x) if self.shortcut else x))


class SmallResidual(nn.Module):
    """A strided stem and three residual blocks: eight layers, as the paper's submodels have."""

    def __init__(self, classes, widths=(32, 32, 48, 64)):
        super().__init__()
        self.stem = Unit(3, widths[0], 2)
        self.blocks = nn.Sequential(
            Residual(widths[0], widths[1], 1),
            Residual(widths[1], widths[2], 2),
            Residual(widths[2], widths[3], 2),
        )
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, x):
        """Normalised pictures [N, 3, 32, 32] → logits [N, classes]."""
        return self.head(self.blocks(self.stem(x)).mean((2, 3)))


def submodel(classes):
    """0.12 M parameters, 8.7 M multiply-adds."""
    return SmallResidual(classes)


def factory(name):
    """`module:function` or a function of this module → the function."""
    module, _, function = name.rpartition(":")
    return getattr(importlib.import_module(module or __name__), function)
