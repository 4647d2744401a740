"""The mean of several trainings that began with the same weights (Wortsman et al., 2022)."""

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper


def average(protos):
    """Exported files of one network -> one with the mean of their weights.

    Normalisation is folded into them; weights of runs that lie close together may be averaged so.
    Raises ValueError where the networks differ.
    """
    names = [[(i.name, i.dims[:]) for i in p.graph.initializer] for p in protos]
    if any(n != names[0] for n in names):
        raise ValueError("only files of the same network can be averaged")
    result = onnx.ModelProto()
    result.CopyFrom(protos[0])
    for parts in zip(*(p.graph.initializer for p in [result, *protos])):
        values = [numpy_helper.to_array(part) for part in parts[1:]]
        if values[0].dtype.kind != "f":
            continue
        mean = np.mean([v.astype(np.float64) for v in values], axis=0).astype(values[0].dtype)
        parts[0].CopyFrom(numpy_helper.from_array(mean, parts[0].name))
    result.graph.doc_string = f"mean of {len(protos)} runs"
    return result


def run(models, target):
    """Write the mean of the exported files `models`, with the card of the first, to `target`."""
    mean = average([onnx.load(m) for m in models])
    folder = Path(target)
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(mean, folder / "default.onnx")
    card = Path(models[0]).with_suffix(".json").read_text()
    (folder / "default.json").write_text(card)
