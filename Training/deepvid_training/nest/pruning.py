"""From a network to a narrower one: filters that tell least go, where they are missed least."""

from ..network import multiply_adds
from .learning import accuracy
from .network import narrowed, reorder
from .residuals import ranking


def candidates(model, step, least):
    """(space, widths) of every network that has `step` channels fewer in one space."""
    for space, width in model.widths.items():
        if width - step >= least:
            yield space, {space: width - step}


def prune(model, wider, budget, held, settings, size):
    """The network of at most `budget` multiply-adds that pruning step by step comes to.

    Every step ranks the channels of each space by their residuals and takes the last of the space
    in which that loses the fewest held-out pictures for the multiply-adds that it saves. Channels
    change places meanwhile: in `wider`, the networks that `model` is a slice of, as well.
    """
    x, y = held
    while multiply_adds(model, *size) > budget:
        ranked = ranking(model, x, y, settings["triplets"], settings["seed"])
        for space, order in ranked.items():
            for network in (model, *wider):
                reorder(network, space, order)
        before, work = accuracy(model, x, y), multiply_adds(model, *size)
        best = None
        for space, widths in candidates(model, settings["step"], settings["least"]):
            small = narrowed(model, widths)
            saved = work - multiply_adds(small, *size)
            lost = max(before - accuracy(small, x, y), 1e-3) / saved
            if best is None or lost < best[0]:
                best = lost, space, small
        if best is None:
            raise SystemExit(
                f"no network of {settings['least']} channels a space has as few as "
                f"{budget / 1e6:.2f} M multiply-adds: raise the smallest of `shares`"
            )
        model = best[2]
        print(f"pruned {best[1]}: {work / 1e6:.2f} M, held {before:.4f}", flush=True)
    return model
