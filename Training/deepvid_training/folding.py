"""Batch normalisation folded into the convolution before it."""

import torch


def fold(unit):
    """ConvUnit -> (weight [cout, cin/groups, k, k], bias [cout]) as float32 NumPy arrays."""
    convolution, norm = unit[0], unit[1]
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weight = convolution.weight * scale[:, None, None, None]
    bias = norm.bias - norm.running_mean * scale
    return weight.detach().float().numpy(), bias.detach().float().numpy()
