#!/usr/bin/env python3
"""Each layer of a quantised network alone, given what onnxruntime has there, against onnxruntime, in quanta.

    compare_layers.py [--binaries FOLDER] MODEL…

The network is cut at its quantised tensors (outputs of QuantizeLinear and of the QLinear operators, inputs of DynamicQuantizeLinear): what comes after a cut
reads a new input, which is given onnxruntime's values of the whole network, and what comes before is an output. One run of `deepvid-bench evaluate` gives every
layer. A quantum is one step of the integers, or of those that DynamicQuantizeLinear makes of the tensor. Then the whole network at once: where it
first differs, and where by more than a quantum, since one value that is rounded the other way is one quantum, and later layers enlarge it.
Prints a line of JSON a model; exits 1 where 0.1 % of a layer's values differ by more than a quantum. Needs numpy, onnx and onnxruntime.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import helper

from count_models import ROOT, WRITTEN, feeds

# Just above, for float quotients.
QUANTUM, LEAST_WITHIN = 1.0001, 0.999


def session(model):
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads, settings.log_severity_level = 1, 4
    return onnxruntime.InferenceSession(model.SerializeToString(), settings, providers=["CPUExecutionProvider"])


def cuts(model):
    constant = {i.name for i in model.graph.initializer} | {n.output[0] for n in model.graph.node if n.op_type == "Constant"}
    made, found = {o for n in model.graph.node for o in n.output}, []
    for node in model.graph.node:
        if node.op_type.startswith("QLinear") or (node.op_type == "QuantizeLinear" and node.input[0] not in constant):
            found.append(node.output[0])
        elif node.op_type == "DynamicQuantizeLinear" and node.input[0] in made and node.input[0] not in found:
            found.append(node.input[0])
    outputs = {o.name for o in model.graph.output}
    return [name for name in found if name not in outputs]


def described(name, tensor):
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(tensor.dtype), tensor.shape)


def with_outputs(model, tensors):
    """`tensors`: by name; None where the type is not known yet."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    copy.graph.output.extend(helper.make_empty_tensor_value_info(n) if t is None else described(n, t) for n, t in tensors.items())
    return copy


def cut_up(model, tensors):
    copy = with_outputs(model, tensors)
    for node in copy.graph.node:
        node.input[:] = [name + "/given" if name in tensors else name for name in node.input]
    copy.graph.input.extend(described(n + "/given", t) for n, t in tensors.items())
    read = {name for node in copy.graph.node for name in node.input} - {i.name for i in copy.graph.initializer}
    kept = [i for i in copy.graph.input if i.name in read]
    del copy.graph.input[:]
    copy.graph.input.extend(kept)
    return copy


def evaluated(binary, model, given):
    """Name → values."""
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        onnx.save(model, file.name)
        data = b"".join((v.astype(np.float32) if v.dtype in (np.float16, np.float64) else v).tobytes() for v in given.values())
        done = subprocess.run([binary, "evaluate", file.name], input=data, capture_output=True)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace").strip()[-300:])
    values, at = {}, 0
    for line, output in zip(done.stderr.decode().strip().splitlines(), model.graph.output):
        _, kind, dims = line.rsplit(" ", 2)
        extent = [] if dims == "scalar" else [int(d) for d in dims.split("×")]
        values[output.name] = np.frombuffer(done.stdout, WRITTEN[kind], int(np.prod(extent)), at).reshape(extent)
        at += values[output.name].nbytes
    return values


def quanta(mine, theirs):
    if theirs.dtype.kind in "iu":
        return np.abs(mine.astype(np.int64) - theirs.astype(np.int64))
    step = (max(theirs.max(), 0) - min(theirs.min(), 0)) / 255
    return np.abs(mine.astype(np.float64) - theirs) / max(step, 1e-12)


def compare(path, binary):
    model = onnx.load(path)
    given = feeds(session(model), model, 640)
    names = [o.name for o in model.graph.output] + cuts(model)
    whole = dict(zip(names, session(with_outputs(model, dict.fromkeys(cuts(model)))).run(None, given)))
    tensors = {name: whole[name] for name in cuts(model) if whole[name].size}

    parts = cut_up(model, tensors)
    every = given | {name + "/given": tensor for name, tensor in tensors.items()}
    alone = evaluated(binary, parts, {i.name: every[i.name] for i in parts.graph.input})
    apart = {name: quanta(alone[name], tensor) for name, tensor in tensors.items()}
    within = {name: float((d <= QUANTUM).mean()) for name, d in apart.items()}
    values = sum(d.size for d in apart.values())

    together = evaluated(binary, with_outputs(model, tensors), given)
    first, beyond = None, None
    for name, tensor in tensors.items():
        d = quanta(together[name], tensor)
        first = first or ({"tensor": name, "values": int((d >= 0.5).sum()), "of": d.size} if (d >= 0.5).any() else None)
        beyond = beyond or ({"tensor": name, "values": int((d > QUANTUM).sum()), "of": d.size} if (d > QUANTUM).any() else None)
    return {
        "layers": len(apart), "values": values, "equal": sum(int((d < 0.5).sum()) for d in apart.values()) / max(values, 1),
        "within_a_quantum": sum(int((d <= QUANTUM).sum()) for d in apart.values()) / max(values, 1), "worst_layer": min(within.values(), default=1.0),
        "most_quanta": float(max((d.max() for d in apart.values()), default=0)), "first_difference": first, "first_beyond_a_quantum": beyond,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=pathlib.Path, metavar="MODEL")
    parser.add_argument("--binaries", type=pathlib.Path, default=ROOT / ".build/release")
    options = parser.parse_args()
    good = True
    for path in options.models:
        try:
            result = compare(path, options.binaries / "deepvid-bench")
        except Exception as error:
            result = {"error": f"{type(error).__name__} {error}"[:300]}
        good &= result.get("worst_layer", 0) >= LEAST_WITHIN
        print(json.dumps({"file": path.name} | result), flush=True)
    sys.exit(not good)


if __name__ == "__main__":
    main()
