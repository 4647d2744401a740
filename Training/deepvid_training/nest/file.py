"""Writes capacities that share filters as one ONNX file, and its card.

The graph is the largest capacity, for whoever runs it. The property `deepvid.capacities` says of
each smaller one how much of every weight it takes, and which weights are its own:

    {"version": 1, "capacities": [
        {"name": "full", "accuracy": 0.87},
        {"name": "small", "accuracy": 0.79,
         "shapes": {"stem.weight": [16, 3, 3, 3],            the first channels of every axis,
                    "last.weight": [16, [[0, 8], [32, 40]], 1, 1]},        or ranges of it
         "own": {"stem.scale": "small/stem.scale", ...}}     another initializer instead
    ]}

What writes a network as a graph (`ClassifierGraph`, `DetectorGraph`) has the `model`; initializers
by name, `shared` and `own`; the `axes` of the shared ones, as `slices` has them; `proto(more)`, the
ONNX model with `more` initializers; and `answers(session)`, what it says of noise in onnxruntime
and in PyTorch.
"""

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper

from .slices import cut, ranges

KEY, VERSION = "deepvid.capacities", 1


def vectors(unit):
    """What a unit's normalisation does: (scale, bias), each [C] float32."""
    norm = unit[1]
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    bias = norm.bias - norm.running_mean * scale
    return scale.detach().numpy(), bias.detach().numpy()


def taken(values, axes, narrow, wide):
    """By axis how much of it a narrower network takes: a number, or ranges."""
    parts = [ranges(spaces, narrow, wide) for spaces in axes]
    extents = zip(parts, values.shape)
    return [extent if not p else p[0][1] if len(p) == 1 else p for p, extent in extents]


def cut_of(largest, graph, name):
    """What `shapes` says of a smaller capacity; fails where that is no slice of the largest one."""
    found, narrow, wide = {}, graph.model.widths, largest.model.widths
    for tensor, values in graph.shared.items():
        axes, whole = largest.axes[tensor], largest.shared[tensor]
        part = cut(torch.from_numpy(whole), axes, narrow, wide).numpy()
        if not np.array_equal(values, part):
            raise ValueError(f"{name}: {tensor} is no slice of the largest capacity's")
        if values.shape != whole.shape:
            found[tensor] = taken(whole, axes, narrow, wide)
    return found


def nested(graphs, figures):
    """One ONNX model of all capacities, the largest first; `figures` have their names and
    accuracies."""
    largest, *smaller = graphs
    more = {}
    said = [{"name": r["name"], "accuracy": round(r["accuracy"], 4)} for r in figures]
    for graph, entry in zip(smaller, said[1:]):
        name = entry["name"]
        entry["shapes"] = cut_of(largest, graph, name)
        entry["own"] = {tensor: f"{name}/{tensor}" for tensor in graph.own}
        more |= {f"{name}/{tensor}": values for tensor, values in graph.own.items()}
    made = largest.proto(more)
    text = json.dumps({"version": VERSION, "capacities": said}, separators=(",", ":"))
    helper.set_model_props(made, {KEY: text})
    return made


def write(target, graphs, figures, card):
    """Write `target` (.onnx) and the card beside it; fails if onnxruntime and PyTorch disagree."""
    import onnxruntime

    target = Path(target)
    made = nested(graphs, figures)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, target)
    target.with_suffix(".json").write_text(json.dumps(card, indent=1) + "\n")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it warns of the smaller capacities' vectors: it uses none
    sizes = []
    for graph, row in zip(graphs, figures):
        alone = graph.proto().SerializeToString()
        sizes.append(len(alone))
        one = made.SerializeToString() if graph is graphs[0] else alone
        got, wanted = graph.answers(onnxruntime.InferenceSession(one, options))
        difference = np.abs(got - wanted).max()
        if not difference < 0.02 * max(1, np.abs(got).max()):
            raise ValueError(f"{row['name']}: the file differs from PyTorch's by {difference:.3g}")
    print(f"{target}: {target.stat().st_size} bytes; one file each: {sizes}", flush=True)
