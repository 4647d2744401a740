"""What a device with one cached submodel makes of a sequence, from answers computed beforehand."""

from dataclasses import dataclass

import numpy as np
import torch

from . import codes
from .full_model import logits


@dataclass
class Answers:
    """Of every picture of a split: the submodels' and the full model's answers, and the choice."""

    labels: np.ndarray
    kinds: np.ndarray  # [K, N]: each submodel's class
    entropies: np.ndarray  # [K, N], nats
    full: np.ndarray  # [N]
    selected: np.ndarray  # [N], from 0
    angles: np.ndarray  # [N]


@torch.no_grad()
def answers(selector, generator, full, x, y, width):
    """Ask everything once; `width` is σ."""
    output = torch.stack([logits(generator.submodel(k), x) for k in range(len(generator))])
    for part in generator.trunk:
        part.forget()
    theta = torch.remainder(
        codes.angle(torch.cat([selector(p) for p in x.split(1000)])), codes.TURN
    )
    return Answers(
        y.numpy(),
        output.argmax(-1).numpy(),
        codes.entropy(output).numpy(),
        logits(full, x).argmax(1).numpy(),
        codes.select(codes.soft_code(theta, len(generator), width)).numpy(),
        theta.numpy(),
    )


def grouped(labels, seed, runs=1):
    """Order in which pictures of a label follow each other (§6.1), each label in `runs` runs."""
    random = np.random.default_rng(seed)
    pieces = []
    for label in np.unique(labels):
        pieces += np.array_split(random.permutation(np.flatnonzero(labels == label)), runs)
    random.shuffle(pieces)
    return np.concatenate(pieces)


def replay(given, order, threshold):
    """(hit rate, accuracy, activations) with one submodel cached, the edge for the rest."""
    active, hits, right, changes = given.selected[order[0]], 0, 0, 0
    for i in order:
        if given.entropies[active, i] < threshold:
            hits += 1
            right += given.kinds[active, i] == given.labels[i]
            continue
        right += given.full[i] == given.labels[i]
        changes += active != given.selected[i]
        active = given.selected[i]
    return hits / len(order), right / len(order), changes
