"""Exponential moving average of a model's weights; the average is what gets evaluated."""

import copy

import torch


class Average:
    """Holds a second model; decay ramps up so that early weights are forgotten quickly."""

    def __init__(self, model, decay):
        self.model = copy.deepcopy(model).eval()
        self.decay = decay

    @torch.no_grad()
    def update(self, model, step):
        """Blend in the weights after optimiser step number `step`."""
        decay = min(self.decay, (1 + step) / (20 + step))
        mine, theirs = self.model.state_dict(), model.state_dict()
        for name, value in mine.items():
            if value.dtype.is_floating_point:
                value.lerp_(theirs[name], 1 - decay)
            else:
                value.copy_(theirs[name])
