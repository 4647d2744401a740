"""From a network to a narrower one: filters that tell least go, where they are missed least."""

from ..network import multiply_adds
from .slices import narrowed, reorder


def narrower(width, step):
    """The next width below: a step less, and at last half a step."""
    return width - step if width > step else width // 2


def candidates(model, work, settings, size, held_loss):
    """(what is lost for each multiply-add that is saved, space, its width) of each space that can
    be made one step narrower, the least loss first."""
    before, found = held_loss(model), []
    for space, width in model.widths.items():
        less = narrower(width, settings["step"])
        if less >= settings["least"]:
            small = narrowed(model, {space: less})
            saved = work - multiply_adds(small, *size)
            found.append((max(held_loss(small) - before, 1e-3) / saved, space, less))
    return sorted(found)


def prune(model, wider, budget, judge, settings, size):
    """The network of at most `budget` multiply-adds that pruning step by step comes to.

    Every round ranks the channels of each space by what they tell (`judge.ranking`) and takes the
    last ones of those spaces in which that loses the least (`judge.held_loss`) for the
    multiply-adds that it saves, until the share `at_once` of the work is saved; without that, of
    one space.
    Channels change places meanwhile: in `wider`, the networks that `model` is a slice of, as well.
    """
    whole = multiply_adds(wider[0], *size)
    while (work := multiply_adds(model, *size)) > budget:
        for space, order in judge.ranking(model, settings).items():
            for network in (model, *wider):
                reorder(network, space, order)
        found = candidates(model, work, settings, size, judge.held_loss)
        if not found:
            raise SystemExit(
                f"no network of {settings['least']} channels a space has as few as "
                f"{budget / 1e6:.2f} M multiply-adds: raise the smallest of `shares`"
            )
        enough = max(budget, work - settings.get("at_once", 0) * whole)
        for _, space, width in found:
            model = narrowed(model, {space: width})
            if multiply_adds(model, *size) <= enough:
                break
        judge.settle(model)
        work = multiply_adds(model, *size) / 1e6
        print(f"pruned: {work:.2f} M, held {judge.held_loss(model):.4f}", flush=True)
    return model
