#!/usr/bin/env python3
"""How many model files load, agree with onnxruntime, and run in `infer` without a card.

    count_models.py --clip CLIP --out results.jsonl MODEL… ; count_models.py --table results.jsonl…

Each model: `deepvid-bench evaluate` on seeded values in 0…1 against onnxruntime on the same ones, and `deepvid infer CLIP --max-frames 5
--cache off`. Open extents are 1 for the batch, 3 channels, and the side that the file's `imgsz` says, else --side. An output agrees when each value
is within 1e-4 of its largest one, or 1e-6. Where it does not and is a list of rows, as of graphs that choose by TopK, whose order among equal
scores is open, the rows are compared as a set. Those that are in --out already are skipped. Needs numpy, onnx and onnxruntime.
"""
import argparse
import ast
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parents[2]
RELATIVE, ABSOLUTE, MOST_ROWS = 1e-4, 1e-6, 3000
TYPES = {"float": np.float32, "float16": np.float16, "double": np.float64, "int64": np.int64, "int32": np.int32, "uint8": np.uint8, "int8": np.int8,
         "bool": np.bool_}
# What `evaluate` writes.
WRITTEN = {"float32": np.float32, "int64": np.int64, "int32": np.int32, "uint8": np.uint8, "int8": np.int8, "bool": np.uint8, "int16": np.int16,
           "uint16": np.uint16, "uint32": np.uint32, "uint64": np.uint64}


def run(command, data=b"", seconds=300):
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=seconds)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired:
        return "timeout", b"", f"longer than {seconds} s"


def shape(value, model, side):
    said = {p.key: p.value for p in model.metadata_props}.get("imgsz")
    height, width = ast.literal_eval(said) if said else (side, side)
    dims = [d if isinstance(d, int) and d > 0 else None for d in value.shape]
    usual = {4: [1, 3, height, width] if dims[-1] != 3 else [1, height, width, 3]}.get(len(dims), [1] * len(dims))
    return [d if d is not None else u for d, u in zip(dims, usual)]


def feeds(session, model, side):
    dice, given = np.random.default_rng(0), {}
    for value in session.get_inputs():
        kind = TYPES[value.type[7:-1]]
        values = dice.random(shape(value, model, side), dtype=np.float32)
        if np.issubdtype(kind, np.integer):
            values = values * 255 if kind == np.uint8 else np.ones_like(values)
        given[value.name] = values.astype(kind)
    return given


def difference(mine, theirs):
    """The largest one, relative to the largest value; 0 where it is below ABSOLUTE. And whether rows had to be matched."""
    if not theirs.size:
        return 0.0, False
    mine, theirs = mine.astype(np.float64), theirs.astype(np.float64)
    if (np.isfinite(mine) != np.isfinite(theirs)).any():
        return float("inf"), False
    mine, theirs = np.nan_to_num(mine, posinf=0, neginf=0), np.nan_to_num(theirs, posinf=0, neginf=0)
    most = np.abs(mine - theirs).max()
    relative = 0.0 if most <= ABSOLUTE else most / max(np.abs(theirs).max(), 1e-9)
    if relative <= RELATIVE or theirs.ndim < 2 or np.prod(theirs.shape[:-1]) > MOST_ROWS or theirs.shape[-1] > 512:
        return float(relative), False
    a, b = (x.reshape(-1, x.shape[-1]) / np.maximum(np.abs(theirs).reshape(-1, theirs.shape[-1]).max(0), 1e-9) for x in (mine, theirs))
    nearest = [np.abs(a - row).max(1).min() for row in b] + [np.abs(b - row).max(1).min() for row in a]
    return float(max(nearest)), True


def numbers(path, binaries, side):
    """What `evaluate` gives against onnxruntime."""
    result = {}
    model = onnx.load(path, load_external_data=False)
    result["operators"] = len(model.graph.node)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads, settings.log_severity_level = 1, 4
    try:
        session = onnxruntime.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])
        given = feeds(session, model, side)
        expected = session.run(None, given)
        result["onnxruntime"] = "yes"
    except Exception as error:
        result["onnxruntime"], given, expected = str(error)[:200], None, None
    if given is None:
        given = {v.name: np.zeros([d.dim_value or 1 for d in v.type.tensor_type.shape.dim], np.float32) for v in model.graph.input}
    data = b"".join((v.astype(np.float32) if v.dtype in (np.float16, np.float64) else v).tobytes() for v in given.values())
    extents = ["--shape", "x".join(map(str, next(iter(given.values())).shape))] if len(given) == 1 else []
    status, out, err = run([binaries / "deepvid-bench", "evaluate", path, *extents], data)
    result["load"] = status == 0
    if status != 0:
        return result | {"reason": err.strip()[:400] or f"ends with {status}"}
    if expected is None:
        return result
    tensors, at = [], 0
    for line in err.strip().splitlines():
        _, kind, dims = line.rsplit(" ", 2)
        extent = [] if dims == "scalar" else [int(d) for d in dims.split("×")]
        values = np.frombuffer(out, WRITTEN[kind], int(np.prod(extent)), at)
        at += values.nbytes
        tensors.append(values.reshape(extent))
    expected = [t for e in expected for t in (e if isinstance(e, list) else [e])]
    if [t.shape for t in tensors] != [e.shape for e in expected]:
        return result | {"error": "shapes " + str([t.shape for t in tensors]) + " for " + str([e.shape for e in expected])}
    found = [difference(t, e) for t, e in zip(tensors, expected)]
    return result | {"error": max((f[0] for f in found), default=0.0), "as_rows": any(f[1] for f in found)}


def count(path, options):
    result = {"file": path.name}
    try:
        result |= numbers(path, options.binaries, options.side)
    except Exception as error:
        result["load"], result["reason"] = False, f"not compared: {type(error).__name__} {error}"[:300]
    status, out, err = run([options.binaries / "deepvid", "infer", options.clip, "--model", path, "--max-frames", "5", "--cache", "off"])
    result["infer"] = status == 0
    if status == 0:
        begin = json.loads(out.splitlines()[0])["model"]
        result |= {"head": begin["head"], "card": begin["card"]}
    else:
        result["infer_reason"] = err.strip()[:600]
    return result


def table(paths):
    """By family, the word before the first '_' or digit, and every model that something fails of."""
    results = {r["file"]: r for p in paths for r in map(json.loads, p.read_text().splitlines())}.values()
    families = collections.defaultdict(list)
    for result in results:
        name = result["file"]
        families[name.split("_")[0] if "_" in name and not name.startswith(("yolo", "rtdetr")) else "ultralytics" if name.startswith(("yolo", "rtdetr")) else "other"].append(result)

    def agrees(r):
        return isinstance(r.get("error"), float) and r["error"] <= RELATIVE

    print("| family | files | load | agree | differ | not compared | `infer` without a card |\n|---|---|---|---|---|---|---|")
    rows = [*sorted(families.items()), ("all", list(results))]
    for family, group in rows:
        compared = [r for r in group if "error" in r]
        good = [r for r in compared if agrees(r)]
        print(f"| {family} | {len(group)} | {sum(r['load'] for r in group)} | {len(good)} | {len(compared) - len(good)} | {len(group) - len(compared)} | {sum(r['infer'] for r in group)} |")
    print()
    for result in sorted(results, key=lambda r: r["file"]):
        said = []
        if not result["load"]:
            said.append("does not load: " + result.get("reason", "")[:200].replace("\n", " "))
        if result.get("onnxruntime", "yes") != "yes":
            said.append("onnxruntime: " + result["onnxruntime"][:120].replace("\n", " "))
        if "error" in result and not agrees(result):
            said.append(f"differs by {result['error'] if isinstance(result['error'], str) else '%.1e' % result['error']}")
        if not result["infer"]:
            said.append("infer: " + result["infer_reason"][:220].replace("\n", " "))
        if said:
            print(f"* {result['file']}: " + "; ".join(said))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=pathlib.Path, metavar="MODEL")
    parser.add_argument("--clip", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--binaries", type=pathlib.Path, default=ROOT / ".build/release")
    parser.add_argument("--side", type=int, default=640, help="of inputs that leave it open (default 640)")
    parser.add_argument("--table", action="store_true", help="the arguments are results, not models")
    options = parser.parse_args()
    if options.table:
        return table(options.models)
    if not options.clip or not options.out:
        parser.error("--clip and --out are needed")
    known = {json.loads(line)["file"] for line in options.out.read_text().splitlines()} if options.out.exists() else set()
    for path in options.models:
        if path.name not in known:
            result = count(path, options)
            with open(options.out, "a") as file:
                file.write(json.dumps(result) + "\n")
            print(json.dumps(result)[:300], flush=True)


if __name__ == "__main__":
    sys.exit(main())
