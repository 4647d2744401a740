#!/usr/bin/env python3
"""Damages ONNX models, byte by byte and node by node, and holds deepvid to it that none crashes or hangs it.

    fuzz_models.py --out found --cpu-minutes 60 SEED…

SEED: model files, or folders of them (the unpacked node tests of ../shared/conformance are good ones; large files are left out).
Each case is made of one or two of them by `--start` and its number alone. It is given to `deepvid-bench evaluate`, with inputs
as it declares them, to `deepvid inspect`, and, where it takes a picture, to `deepvid infer` with two frames. An end by a signal, a
status that the manual does not have, more than 20 s of CPU time, or 5 minutes of waiting is a fault: the case stays in --out, with its inputs and
a line in faults.jsonl, and the exit status is 1. Needs numpy and onnx.
"""
import argparse
import collections
import json
import pathlib
import random
import resource
import signal
import subprocess
import sys

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import AttributeProto, TensorProto, helper, numpy_helper

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Of seeds: damage to the many weights of a large one finds nothing.
MOST_SEED_BYTES = 256 << 10
CPU_SECONDS, WAIT_SECONDS, ADDRESS_BYTES = 20, 300, 8 << 30
# 64 is ArgumentParser's: too little input for what the case declares.
GOOD = {"evaluate": {0, 1, 64}, "inspect": {0, 1, 2}, "infer": {0, 1, 2}}
MOST_INPUT_BYTES = 32 << 20

INTEGERS = [0, -1, 1, 2, 3, 7, -2, 64, 255, 1 << 15, 1 << 31, -(1 << 31), (1 << 31) - 1, 1 << 40, (1 << 63) - 1, -(1 << 63)]
FLOATS = [0.0, -1.0, 1.0, 0.5, 1e-30, 1e30, 3.4e38, float("nan"), float("inf"), -float("inf")]
TYPES = [getattr(TensorProto, name) for name in "FLOAT UINT8 INT8 UINT16 INT16 INT32 INT64 STRING BOOL FLOAT16 DOUBLE UINT32 UINT64 COMPLEX64 BFLOAT16".split()]


def bytewise(dice, data):
    """Some bytes changed, left out, doubled or put elsewhere."""
    data = bytearray(data)
    for _ in range(dice.choice([1, 1, 2, 4, 16])):
        if not data:
            break
        at, length = dice.randrange(len(data)), dice.choice([1, 1, 2, 4, 8, 64])
        kind = dice.randrange(6)
        if kind == 0:
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            data[at:at + length] = bytes(dice.choice([0, 1, 127, 128, 255]) for _ in range(length))
        elif kind == 2:
            del data[at:at + length]
        elif kind == 3:
            data[at:at] = data[at:at + length] * dice.choice([1, 2, 50])
        elif kind == 4:
            data[at:at] = b"\xff" * 9 + b"\x01"
        else:
            del data[at:]
    return bytes(data)


def parsed(data):
    """None where the bytes are no model, as some of the corpus."""
    try:
        return onnx.ModelProto.FromString(data)
    except DecodeError:
        return None


def graphs(graph):
    """The graph and those inside its nodes."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in [attribute.g] * attribute.HasField("g") + list(attribute.graphs):
                yield from graphs(inner)


def near(dice, value):
    return dice.choice([value + 1, value - 1, -value, 2 * value, dice.choice(INTEGERS)])


def bounded(value):
    return max(-(1 << 63), min(value, (1 << 63) - 1))


class Damage:
    """One change to a graph, chosen by the dice; what finds nothing to change does nothing."""

    def __init__(self, dice, model):
        self.dice, self.model = dice, model
        self.graph = dice.choice(list(graphs(model.graph)))

    def node(self):
        return self.dice.choice(self.graph.node) if self.graph.node else None

    def names(self):
        found = [n for node in self.graph.node for n in [*node.input, *node.output]]
        return found + [v.name for v in [*self.graph.input, *self.graph.initializer]] + ["", "nothing"]

    def attribute(self):
        node = self.node()
        if node is None or not node.attribute:
            return
        attribute, dice = self.dice.choice(node.attribute), self.dice
        kind = dice.randrange(8)
        if kind == 0:
            node.attribute.remove(attribute)
        elif kind == 1:
            attribute.type = dice.choice([AttributeProto.INT, AttributeProto.FLOAT, AttributeProto.STRING, AttributeProto.INTS, AttributeProto.TENSOR])
        elif attribute.type == AttributeProto.INT:
            attribute.i = bounded(near(dice, attribute.i))
        elif attribute.type == AttributeProto.FLOAT:
            attribute.f = dice.choice(FLOATS)
        elif attribute.type == AttributeProto.STRING:
            attribute.s = dice.choice([b"", b"nothing", b"SAME_UPPER", b"VALID", b"linear", b"cubic", b"reverse", b"bilinear", b"ij,jk->ik", b"...i->i", b"ii->", b"\xff\xfe"])
        elif attribute.type == AttributeProto.INTS:
            self.integers(attribute.ints)
        elif attribute.type == AttributeProto.TENSOR:
            self.tensor(attribute.t)

    def new_attribute(self):
        node, dice = self.node(), self.dice
        if node is None:
            return
        name = dice.choice("axis axes keepdims kernel_shape strides pads dilations group to mode perm allowzero batch_dims blocksize direction hidden_size "
                           "num_heads kv_num_heads q_num_heads output_shape output_padding auto_pad ceil_mode select_last_index epsilon num_outputs "
                           "block_size saturate is_causal num_scan_inputs scan_input_axes scan_output_axes equation sampling_ratio value".split())
        if any(a.name == name for a in node.attribute):
            return
        value = dice.choice([dice.choice(INTEGERS), [bounded(dice.choice(INTEGERS)) for _ in range(dice.randrange(1, 6))], 0.5, "linear"])
        node.attribute.append(helper.make_attribute(name, value))

    def integers(self, numbers):
        dice = self.dice
        values = list(numbers)
        kind = dice.randrange(4)
        if kind == 0 and values:
            values.pop(dice.randrange(len(values)))
        elif kind == 1:
            values.insert(dice.randrange(len(values) + 1), dice.choice(INTEGERS))
        elif values:
            at = dice.randrange(len(values))
            values[at] = bounded(near(dice, values[at]))
        del numbers[:]
        numbers.extend(values)

    def tensor(self, tensor):
        dice = self.dice
        kind = dice.randrange(5)
        if kind == 0:
            self.integers(tensor.dims)
        elif kind == 1:
            tensor.data_type = dice.choice(TYPES)
        elif kind == 2 and tensor.raw_data:
            tensor.raw_data = bytewise(dice, tensor.raw_data)
        elif kind == 3 and tensor.int64_data:
            self.integers(tensor.int64_data)
        else:
            self.values(tensor)

    def values(self, tensor):
        """Other values of the same shape: what a shape, an index or a count is made of."""
        try:
            array = numpy_helper.to_array(tensor).copy()
        except Exception:
            return
        if array.size and array.dtype.kind in "iuf":
            flat, at = array.reshape(-1), self.dice.randrange(array.size)
            if array.dtype.kind == "f":
                flat[at] = np.array(self.dice.choice(FLOATS)).astype(array.dtype)
            else:
                flat[at] = np.array(bounded(near(self.dice, int(flat[at])))).astype(array.dtype)
            tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))

    def initializer(self):
        if self.graph.initializer:
            self.tensor(self.dice.choice(self.graph.initializer))

    def constant_input(self):
        """An input becomes a constant, so that shapes and indices that come in from outside are known at load."""
        if not self.graph.input:
            return
        value = self.dice.choice(self.graph.input)
        dims = [d.dim_value for d in value.type.tensor_type.shape.dim]
        kind = value.type.tensor_type.elem_type
        if kind in (TensorProto.INT64, TensorProto.INT32) and all(0 <= d <= 64 for d in dims) and len(dims) < 3:
            numbers = [self.dice.choice([0, 1, 2, 3, -1, -2, 4, self.dice.choice(INTEGERS)]) for _ in range(int(np.prod(dims)))]
            array = np.array(numbers, dtype=object).reshape(dims)
            array = (array.astype(np.int64) if kind == TensorProto.INT64 else np.vectorize(lambda n: max(-(1 << 31), min(n, (1 << 31) - 1)), otypes=[np.int32])(array))
            self.graph.initializer.append(numpy_helper.from_array(array.reshape(dims), value.name))
            self.graph.input.remove(value)

    def declared(self):
        """Type and extents of an input, an output, or a value between."""
        values = [*self.graph.input, *self.graph.output, *self.graph.value_info]
        if not values:
            return
        value, dice = self.dice.choice(values), self.dice
        tensor = value.type.tensor_type
        kind = dice.randrange(6)
        if kind == 0:
            tensor.elem_type = dice.choice(TYPES)
        elif kind == 1:
            tensor.shape.dim.add().dim_value = dice.choice(INTEGERS)
        elif kind == 2 and tensor.shape.dim:
            del tensor.shape.dim[dice.randrange(len(tensor.shape.dim))]
        elif kind == 3:
            tensor.ClearField("shape")
        elif kind == 4:
            value.name = dice.choice(self.names())
        elif tensor.shape.dim:
            dim = dice.choice(tensor.shape.dim)
            if dice.random() < 0.2:
                dim.dim_param = "n"
            else:
                dim.dim_value = bounded(near(dice, dim.dim_value))

    def wiring(self):
        """Inputs and outputs of a node: other ones, fewer, more; cycles and undefined names among them."""
        node, dice = self.node(), self.dice
        if node is None:
            return
        names = dice.choice([node.input, node.input, node.input, node.output])
        kind = dice.randrange(5)
        if kind == 0 and names:
            del names[dice.randrange(len(names))]
        elif kind == 1:
            names.append(dice.choice(self.names()))
        elif kind == 2 and len(names) > 1:
            a, b = dice.sample(range(len(names)), 2)
            names[a], names[b] = names[b], names[a]
        elif names:
            names[dice.randrange(len(names))] = dice.choice(self.names())

    def order(self):
        nodes, dice = list(self.graph.node), self.dice
        if not nodes:
            return
        kind = dice.randrange(3)
        if kind == 0:
            dice.shuffle(nodes)
        elif kind == 1:
            nodes.remove(dice.choice(nodes))
        else:
            nodes.append(dice.choice(nodes))
        nodes = [onnx.NodeProto.FromString(n.SerializeToString()) for n in nodes]
        del self.graph.node[:]
        self.graph.node.extend(nodes)

    def kind(self):
        node = self.node()
        if node is not None:
            if self.dice.random() < 0.2:
                node.domain = self.dice.choice(["", "com.microsoft", "ai.onnx.ml", "nobody"])
            else:
                node.op_type = self.dice.choice(KINDS)

    def version(self):
        dice = self.dice
        if self.model.opset_import and dice.random() < 0.8:
            dice.choice(self.model.opset_import).version = dice.choice([*range(1, 26), 0, -1, 1 << 40])
        else:
            self.model.ir_version = dice.choice([0, 3, 7, 13, -1, 1 << 40])

    ALL = [attribute, attribute, attribute, new_attribute, initializer, initializer, constant_input, constant_input, declared, declared, wiring, wiring, order, kind, version]


KINDS = []


def spliced(dice, first, second):
    """Both graphs as one, an output of the first being an input of the second."""
    model = onnx.ModelProto.FromString(first.SerializeToString())
    other = onnx.ModelProto.FromString(second.SerializeToString())
    onnx.compose.add_prefix(other, "b_", inplace=True)
    if model.graph.output and other.graph.input:
        joined = dice.choice(other.graph.input)
        for graph in graphs(other.graph):
            for node in graph.node:
                for index, name in enumerate(node.input):
                    if name == joined.name:
                        node.input[index] = dice.choice(model.graph.output).name
        other.graph.input.remove(joined)
    model.graph.node.extend(other.graph.node)
    model.graph.input.extend(other.graph.input)
    model.graph.initializer.extend(other.graph.initializer)
    model.graph.output.extend(other.graph.output)
    version = max(o.version for m in (model, other) for o in m.opset_import if o.domain in ("", "ai.onnx"))
    domains = {o.domain for m in (model, other) for o in m.opset_import if o.domain not in ("", "ai.onnx")}
    del model.opset_import[:]
    model.opset_import.extend([helper.make_opsetid("", version)] + [helper.make_opsetid(d, 1) for d in sorted(domains)])
    return model


def case(start, number, seeds):
    """The bytes of a case."""
    dice = random.Random(f"{start} {number}")
    data = dice.choice(seeds)
    model = parsed(data)
    if model is None or dice.random() < 0.15:
        return bytewise(dice, data)
    if dice.random() < 0.3:
        try:
            model = spliced(dice, model, parsed(dice.choice(seeds)))
        except Exception:
            pass
    for _ in range(dice.choice([0, 1, 1, 1, 2, 2, 3, 5])):
        try:
            dice.choice(Damage.ALL)(Damage(dice, model))
        except (ValueError, TypeError):
            pass
    return model.SerializeToString()


def inputs(start, number, data):
    """Bytes for `evaluate` as the model declares its inputs, and whether it takes a picture."""
    dice = np.random.default_rng([start, number])
    model = parsed(data)
    if model is None:
        return b"", False
    graph = model.graph
    known, parts, pictures = {t.name for t in graph.initializer}, [], False
    for value in graph.input:
        if value.name in known:
            continue
        tensor = value.type.tensor_type
        dims = [d.dim_value if d.HasField("dim_value") else 1 for d in tensor.shape.dim]
        pictures = pictures or len(dims) == 4
        if min(dims, default=0) < 0 or np.prod(np.array(dims, dtype=float)) * 8 + sum(map(len, parts)) > MOST_INPUT_BYTES:
            break
        count = int(np.prod(dims))
        try:
            kind = helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        except Exception:
            break
        if tensor.elem_type in (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16):
            values = dice.normal(size=count).astype(np.float32)
            if count and dice.random() < 0.3:
                values[dice.integers(count)] = dice.choice(FLOATS)
        elif tensor.elem_type == TensorProto.BOOL:
            values = dice.integers(0, 2, count).astype(np.uint8)
        else:
            values = dice.integers(-3, 5, count)
            if count and dice.random() < 0.3:
                values[dice.integers(count)] = int(dice.choice(np.array(INTEGERS, dtype=np.int64)[1:14]))
            values = values.astype(kind) if kind.kind in "iu" else values
        parts.append(values.tobytes())
    return b"".join(parts), pictures


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_BYTES, ADDRESS_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def attempt(command, data):
    """The exit status (negative: a signal; None: it only waited), and the end of stderr."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=limited,
                               env={"SWIFT_BACKTRACE": "enable=no", "PATH": "/usr/bin:/bin"})
    try:
        _, stderr = process.communicate(data, timeout=WAIT_SECONDS)
        return process.returncode, stderr[-300:].decode(errors="replace")
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None, ""


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def clip(folder):
    path = folder / "clip.y4m"
    frame = b"FRAME\n" + bytes(range(256)) * 24
    path.write_bytes(b"YUV4MPEG2 W64 H64 F25:1 Ip A1:1 C420jpeg\n" + 2 * frame)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", nargs="+", type=pathlib.Path, metavar="SEED")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for what is found")
    parser.add_argument("--binaries", type=pathlib.Path, default=ROOT / ".build/release")
    parser.add_argument("--cpu-minutes", type=float, default=60, help="of what is started (default 60)")
    parser.add_argument("--start", type=int, default=1, help="another number, other cases (default 1)")
    parser.add_argument("--first", type=int, default=0, help="number of the first case (default 0)")
    parser.add_argument("--cases", type=int, help="how many at most")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    paths = sorted(f for s in options.seeds for f in (s.rglob("*.onnx") if s.is_dir() else [s]))
    seeds = [p.read_bytes() for p in paths if p.stat().st_size <= MOST_SEED_BYTES]
    KINDS.extend(sorted({n.op_type for m in map(parsed, seeds) if m for g in graphs(m.graph) for n in g.node}))
    print(f"{len(seeds)} seeds, {len(KINDS)} operators", flush=True)
    path, video = options.out / "case.onnx", clip(options.out)
    statuses, faults, number = collections.Counter(), 0, options.first
    while cpu_seconds() < options.cpu_minutes * 60 and (options.cases is None or number < options.first + options.cases):
        data = case(options.start, number, seeds)
        path.write_bytes(data)
        given, takes_pictures = inputs(options.start, number, data)
        commands = {"evaluate": [options.binaries / "deepvid-bench", "evaluate", path], "inspect": [options.binaries / "deepvid", "inspect", path]}
        if takes_pictures:
            commands["infer"] = [options.binaries / "deepvid", "infer", video, "--model", path, "--quiet"]
        for name, command in commands.items():
            status, text = attempt(command, given if name == "evaluate" else b"")
            statuses[name, status] += 1
            if status in GOOD[name]:
                continue
            faults += 1
            kept = options.out / f"{options.start}-{number}.onnx"
            kept.write_bytes(data)
            kept.with_suffix(".input").write_bytes(given)
            what = "waits" if status is None else signal.Signals(-status).name if status < 0 else f"status {status}"
            line = json.dumps({"start": options.start, "case": number, "command": name, "what": what, "stderr": text})
            with open(options.out / "faults.jsonl", "a") as file:
                file.write(line + "\n")
            print(line, flush=True)
        number += 1
        if number % 500 == 0:
            print(f"{number} cases, {cpu_seconds():.0f} s, {faults} faults", flush=True)
    print(f"{number - options.first} cases, {cpu_seconds() / 60:.1f} CPU minutes, {faults} faults")
    for (name, status), count in sorted(statuses.items(), key=str):
        print(f"{name} {status}: {count}")
    sys.exit(faults > 0)


if __name__ == "__main__":
    main()
