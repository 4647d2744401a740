"""Networks of which every prefix of channels is a network too.

Channels that must be kept together, because a sum adds them or a depthwise convolution goes
through them, are one *space*. A network says by two attributes how it can be cut:

* `widths`: by space, its channels;
* `axes`: by tensor of its state, for each axis the spaces that lie on it, one after the other: one
  as a rule, several behind a concatenation, none where nothing is cut.

Of two networks, the narrower one is a slice of the wider: of each axis the first channels of every
space. Filters are shared; what has one axis only (normalisation, biases) is each one's own.
"""

import copy

import torch
from torch import nn


def ranges(spaces, narrow, wide):
    """[start, stop) of what a network of the widths `narrow` takes of an axis of one of `wide`;
    ranges that touch are one."""
    found, start = [], 0
    for space in spaces:
        if found and found[-1][1] == start:
            found[-1][1] = start + narrow[space]
        else:
            found.append([start, start + narrow[space]])
        start += wide[space]
    return found


def chosen(shape, axes, narrow, wide):
    """The indices, axis by axis, of a tensor of `shape` that the narrower network takes."""
    if not axes:
        return [torch.arange(extent) for extent in shape]
    return [
        torch.cat([torch.arange(*part) for part in ranges(spaces, narrow, wide)])
        if spaces
        else torch.arange(extent)
        for spaces, extent in zip(axes, shape)
    ]


def mesh(indices):
    """Indices by axis as one index of a tensor."""
    count = len(indices)
    return tuple(i.view((-1,) + (1,) * (count - 1 - axis)) for axis, i in enumerate(indices))


def cut(tensor, axes, narrow, wide):
    """What the narrower network takes of a tensor."""
    return tensor[mesh(chosen(tensor.shape, axes, narrow, wide))] if tensor.ndim else tensor


@torch.no_grad()
def narrowed(model, widths):
    """The slice of `model` that has those widths, with tensors of its own."""
    small = copy.deepcopy(model)
    small.widths = model.widths | widths
    for name, tensor in model.state_dict(keep_vars=True).items():
        part = cut(tensor.detach(), model.axes.get(name), small.widths, model.widths)
        owner, _, own = name.rpartition(".")
        module = small.get_submodule(owner)
        if isinstance(tensor, nn.Parameter):
            setattr(module, own, nn.Parameter(part.contiguous()))
        else:
            setattr(module, own, part.clone())
    for module in small.modules():
        fit(module)
    return small.to(memory_format=torch.channels_last)


def fit(module):
    """Let a layer's numbers of channels be those of its tensors."""
    if isinstance(module, nn.Conv2d):
        module.out_channels = len(module.weight)
        if module.groups > 1:
            module.groups = module.out_channels
        module.in_channels = module.weight.shape[1] * module.groups
    if isinstance(module, nn.BatchNorm2d):
        module.num_features = len(module.running_mean)
    if isinstance(module, nn.Linear):
        module.out_features, module.in_features = module.weight.shape


class Sharing:
    """The filters that a narrower network and a wider one have in common, in either."""

    def __init__(self, small, wide):
        self.pairs = [
            (theirs, mine, mesh(chosen(mine.shape, wide.axes.get(name), small.widths, wide.widths)))
            for (name, mine), theirs in zip(wide.named_parameters(), small.parameters())
            if mine.ndim > 1
        ]

    @torch.no_grad()
    def freeze(self):
        """The wider network's are those of the narrower one."""
        for small, wide, place in self.pairs:
            wide[place] = small

    @torch.no_grad()
    def follow(self):
        """The narrower network's are those of the wider one."""
        for small, wide, place in self.pairs:
            small.copy_(wide[place])

    @torch.no_grad()
    def add_gradients(self):
        """What the narrower network would change is changed in the wider one as well."""
        for small, wide, place in self.pairs:
            wide.grad[place] += small.grad


def widened(small, wide):
    """A copy of `wide` whose slice of the size of `small` has the filters of `small`."""
    made = copy.deepcopy(wide)
    Sharing(small, made).freeze()
    return made


@torch.no_grad()
def reorder(model, space, order):
    """Put the first len(order) channels of a space into that order. The network computes the
    same."""
    for name, tensor in model.state_dict().items():
        for axis, spaces in enumerate(model.axes.get(name, ())):
            start = 0
            for other in spaces:
                if other == space:
                    place = torch.arange(start, start + len(order))
                    tensor.index_copy_(axis, place, tensor.index_select(axis, start + order))
                start += model.widths[other]
