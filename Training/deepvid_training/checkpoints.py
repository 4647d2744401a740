"""Checkpoints that are whole or not there."""

import os

import torch


def save(state, path):
    """Write `state` to `path`; a run that is killed meanwhile leaves the one before."""
    partial = path.with_suffix(".tmp")
    torch.save(state, partial)
    os.replace(partial, path)
