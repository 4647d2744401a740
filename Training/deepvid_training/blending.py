"""Between the network that training began with and the trained one: often as good as the trained
one on what it was trained on, and as good as the first on everything else (WiSE-FT, Wortsman et
al., CVPR 2022)."""

import torch
from torch import nn

from .dataset import training_samples
from .train import beginning, first_pictures

# Scenes whose statistics the normalisations of a blended network take.
SCENES = 384


@torch.no_grad()
def mix(first, trained, share):
    """State with `share` of the trained weights and the rest of the first ones."""
    after = trained.state_dict()
    return {
        name: value.lerp(after[name], share) if value.dtype.is_floating_point else after[name]
        for name, value in first.state_dict().items()
    }


@torch.no_grad()
def measure(model, batches):
    """Measure the statistics of all normalisations anew, on batches of pictures [B, 3, H, W]."""
    norms = [layer for layer in model.modules() if isinstance(layer, nn.BatchNorm2d)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean of all
    model.train()
    for pictures in batches:
        model(pictures)
    for norm, momentum in zip(norms, usual):
        norm.momentum = momentum
    model.eval()


def blend(config, trained, share):
    """The network between the published one, as training began with it, and the trained one."""
    groups = training_samples(config)
    model = beginning(config, groups)
    model.load_state_dict(mix(model, trained, share))
    measure(model, first_pictures(config, groups, SCENES))
    return model
