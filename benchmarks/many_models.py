"""Several models on one stream (deepvid infer --model A --model B) against separate runs: time, and whether the answers are the same.

    python3 benchmarks/many_models.py DEEPVID SHARED [--frames 100] [--repeats 5] [--threads 2]

Needs onnx and numpy. What is shared is made here: two heads on one frozen trunk are one published detector whose last convolutions are
perturbed, twice, as fine-tuning leaves them. Separate and joint runs take turns. Times are CPU seconds (user and system) of whole
processes less those of the same run over one frame: loading is left out, and other work on the machine changes little. Ratios are of medians, and
of the least of all rounds.
"""

import argparse
import json
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper


def two_heads(source: pathlib.Path, folder: pathlib.Path, layers: int) -> list[pathlib.Path]:
    """Copies of a model whose last convolutions before each output differ: every copy has other weights there."""
    paths = []
    for seed in (1, 2):
        model = onnx.load(source)
        initializers = {each.name: each for each in model.graph.initializer}
        producers = {output: node for node in model.graph.node for output in node.output}
        tuned, generator = set(), np.random.default_rng(seed)
        for output in model.graph.output:
            # Breadth first from the output, to the nearest convolutions.
            waiting, found, seen = [output.name], 0, set()
            while waiting and found < layers:
                node = producers.get(waiting.pop(0))
                if node is None or id(node) in seen:
                    continue
                seen.add(id(node))
                if node.op_type == "Conv":
                    tuned.add(node.input[1])
                    found += 1
                waiting += node.input
        for name in tuned:
            weights = numpy_helper.to_array(initializers[name])
            noise = generator.normal(0, 0.02 * weights.std(), weights.shape).astype(weights.dtype)
            initializers[name].CopyFrom(numpy_helper.from_array(weights + noise, name))
        path = folder / f"{source.stem}-{'ab'[seed - 1]}.onnx"
        onnx.save(model, path)
        card = source.with_suffix(".json")
        if card.exists():
            shutil.copy(card, path.with_suffix(".json"))
        paths.append(path)
    return paths


def run(deepvid, clip, models, frames, threads, cache):
    """CPU seconds, and the records."""
    arguments = [deepvid, "infer", clip, "--max-frames", str(frames), "--threads", str(threads), "--quiet", "--json", *cache]
    for name, path in models:
        arguments += ["--model", f"{name}={path}" if len(models) > 1 else str(path)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run(arguments, stdout=subprocess.PIPE, check=True, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, output


def seconds(*run_arguments, frames):
    """Of all frames but the first."""
    deepvid, clip, models, threads, cache = run_arguments
    whole, output = run(deepvid, clip, models, frames, threads, cache)
    return whole - run(deepvid, clip, models, 1, threads, cache)[0], output


def answers(output, models):
    """Of each model by frame."""
    said = {name: [] for name, _ in models}
    for record in map(json.loads, output.splitlines()):
        if record["type"] == "frame":
            for name, _ in models:
                own = record["models"][name] if len(models) > 1 else record
                said[name].append({key: own.get(key) for key in ("objects", "classes")})
    return said


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("deepvid")
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clip", default="videos/fixed_intel_car-detection.mp4")
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    given = parser.parse_args()
    clip = str(given.shared / given.clip)
    models = given.shared / "models"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        nanodet = two_heads(models / "nanodet_m_416.onnx", folder, 1)
        yolox = two_heads(models / "yolox_nano_416.onnx", folder, 1)
        cases = [
            ("two heads on one trunk (nanodet_m)", nanodet),
            ("two heads on one trunk (yolox_nano)", yolox),
            ("nothing in common (yolox_nano, nanodet_m)", [models / "yolox_nano_416.onnx", models / "nanodet_m_416.onnx"]),
            ("one model twice (yolox_nano)", [models / "yolox_nano_416.onnx"] * 2),
        ]
        print("| models | reuse | separate s | together s | ratio | of the least | same bits |\n|---|---|---|---|---|---|---|")
        for title, paths in cases:
            if given.only not in title:
                continue
            named = list(zip("ab", paths))
            for words, cache in (("off", ["--cache", "off"]), ("exact", ["--target-agreement", "1"]), ("0.99", [])):
                apart, together, same = [], [], None
                for repeat in range(given.repeats):
                    runs = [
                        seconds(given.deepvid, clip, [each], given.threads, cache, frames=given.frames) for each in named
                    ]
                    joint = seconds(given.deepvid, clip, named, given.threads, cache, frames=given.frames)
                    apart.append(sum(each for each, _ in runs))
                    together.append(joint[0])
                    if repeat == 0:
                        said = answers(joint[1], named)
                        same = all(said[each[0]] == answers(own[1], [each])[each[0]] for each, own in zip(named, runs))
                a, b = statistics.median(apart), statistics.median(together)
                # Below a target of 1, answers may differ within it.
                verdict = "yes" if same else "no" if words != "0.99" else "within the target"
                print(f"| {title} | {words} | {a:.2f} | {b:.2f} | {b / a:.3f} | {min(together) / min(apart):.3f} | {verdict} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
