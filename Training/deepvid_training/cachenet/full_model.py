"""Trains the full model: what the edge runs, and what teaches the submodels."""

import time

import torch
from torch.nn import functional as F

from .. import checkpoints
from . import images, networks
from .muon import Muon

FIELDS = ("loss", "test", "seconds")


def optimizers(model, batch, rate):
    """Muon for filters, Nesterov's momentum for the rest; `initial` remembers each group's rate."""
    scale, decay = batch / 2000 * rate / 0.24, 2e-6 * batch
    named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    filters = [p for _, p in named if p.ndim == 4]
    stem = [p for n, p in named if p.ndim != 4 and n.startswith("stem")]
    head = [p for n, p in named if p.ndim != 4 and n.startswith("head")]
    norms = [p for n, p in named if p.ndim != 4 and not n.startswith(("stem", "head"))]
    groups = [
        {"params": params, "lr": lr * scale, "weight_decay": decay / (lr * scale)}
        for params, lr in ((stem, 0.053), (norms, 0.053), (head, 0.67))
        if params
    ]
    made = [
        torch.optim.SGD(groups, momentum=0.85, nesterov=True),
        Muon(filters, rate * (batch / 2000) ** 0.5),
    ]
    for optimizer in made:
        for group in optimizer.param_groups:
            group["initial"] = group["lr"]
    return made


@torch.no_grad()
def logits(model, x, batch=1000):
    """In evaluation mode, [N, classes], float32 results of bfloat16 arithmetic."""
    was = model.training
    model.eval()
    with torch.autocast("cpu", torch.bfloat16):
        parts = [
            model(part.to(memory_format=torch.channels_last)).float() for part in x.split(batch)
        ]
    model.train(was)
    return torch.cat(parts)


def accuracy(model, x, y):
    """Share of right answers."""
    return (logits(model, x).argmax(1) == y).float().mean().item()


def train(settings, train_set, test_set, classes, checkpoint, journal, resume):
    """Train as `settings` ([full] of the configuration) say: in cycles, in each of which the rate
    falls to zero and after which momentum starts afresh.

    Writes `checkpoint` after each epoch and goes on from it with `resume`.
    """
    torch.manual_seed(settings["seed"])
    batches = images.Batches(*train_set, settings["batch"], 0, 0, settings["seed"])
    model = networks.factory(settings["network"])(classes).to(memory_format=torch.channels_last)
    if isinstance(model, networks.PooledNetwork):
        networks.whiten(model.stem, train_set[0][:5000])
    done, saved, end, started = 0, None, 0, time.time()
    if resume and checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        done, saved = state["epochs"], state["optimizers"]
        model.load_state_dict(state["model"])
        batches.load_state_dict(state["batches"])
    for cycle in settings["cycles"]:
        start, end = end, end + cycle["epochs"]
        made = optimizers(model, settings["batch"], cycle["rate"])
        if start < done < end:
            for optimizer, state in zip(made, saved):
                optimizer.load_state_dict(state)
        batches.reach, batches.hole = cycle["reach"], cycle["hole"]
        for epoch in range(max(start, done), end):
            rates = (
                1 - (epoch - start + i / len(batches)) / cycle["epochs"]
                for i in range(len(batches))
            )
            loss = one_epoch(model, batches, made, rates, settings["smoothing"])
            row = {
                "loss": loss,
                "test": accuracy(model, *test_set),
                "seconds": time.time() - started,
            }
            journal.add(epoch + 1, row)
            print(
                f"full {epoch + 1} " + " ".join(f"{k} {v:.4g}" for k, v in row.items()), flush=True
            )
            state = {
                "epochs": epoch + 1,
                "model": model.state_dict(),
                "batches": batches.state_dict(),
                "optimizers": [optimizer.state_dict() for optimizer in made],
            }
            checkpoints.save(state, checkpoint)
    return model.eval()


def one_epoch(model, batches, made, rates, smoothing):
    """One pass; `rates` are each step's share of the initial rates. Returns the mean loss."""
    total = 0.0
    for (_, _, x, y), rate in zip(batches, rates):
        for optimizer in made:
            for group in optimizer.param_groups:
                group["lr"] = group["initial"] * rate
        with torch.autocast("cpu", torch.bfloat16):
            output = model(x)
        loss = F.cross_entropy(output.float(), y, label_smoothing=smoothing)
        for optimizer in made:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in made:
            optimizer.step()
        total += loss.item()
    return total / len(batches)
