"""From the selector's two numbers to partitions: §4.2 to §4.4 of the paper. Batches come first."""

import math

import torch

TURN = 2 * math.pi


def angle(code):
    """θ (9) of z̄ [N, 2], in (-π, π]; 0 for the zero vector. Differentiable elsewhere."""
    zero = (code == 0).all(1)
    safe = torch.where(zero[:, None], torch.ones_like(code), code)
    return torch.where(
        zero, torch.zeros_like(zero, dtype=code.dtype), torch.atan2(safe[:, 1], safe[:, 0])
    )


def noisy(theta, spread, generator=None):
    """θ̃ (10): θ [N] with normal noise of `spread` radians, in [0, 2π)."""
    noise = torch.randn(theta.shape, generator=generator) * spread
    return torch.remainder(theta + noise, TURN)


def midpoints(count):
    """ζ (11): the middles of `count` equal sectors."""
    return TURN * (torch.arange(1, count + 1) - 0.5) / count


def sigma(tau, gamma, count):
    """σ (13): at which neighbouring sectors of code ≥ τ overlap by the share γ."""
    return math.sqrt(-((math.pi * (1 + gamma)) ** 2) / (2 * count**2 * math.log(tau)))


def soft_code(theta, count, width):
    """c̄ (12) [N, K] of θ̃ [N] in [0, 2π).

    The printed sum runs over n = 1 … K, which leaves out the term of no wrap; meant are all wraps,
    of which three are not zero.
    """
    distance = midpoints(count).to(theta)[None, :, None] - theta[:, None, None]
    wraps = TURN * torch.tensor([-1.0, 0.0, 1.0]).to(theta)
    return torch.exp(-((distance + wraps) ** 2) / (2 * width**2)).sum(2)


def entropy(logits):
    """H (14) in nats, over the last axis."""
    logs = torch.log_softmax(logits, -1)
    return -(logs.exp() * logs).sum(-1)


def entropy_code(entropies, tau):
    """The second code (15) [N, K]: τ at the least uncertain submodel, else 0."""
    code = torch.zeros_like(entropies)
    return code.scatter_(1, entropies.argmin(1, keepdim=True), tau)


def mix(soft, certain, alpha=0.5):
    """c (16)."""
    return alpha * soft + (1 - alpha) * certain


def partitions(code, tau):
    """P(x) (§4.4) as a mask [N, K]: the submodels that x trains. Never empty with α ≤ ½."""
    return code >= tau / 2 - 1e-7


def select(code):
    """The submodel of z̄ [N, 2] (§5.1), from 0; K is the caller's: see `soft_code`."""
    return code.argmax(1)
