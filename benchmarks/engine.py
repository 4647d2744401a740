"""Dense inference of deepvid against onnxruntime and OpenVINO, taking turns round by round.

Peers get their best: weights that a file lists among the graph's inputs are taken out of them first, because onnxruntime folds
nothing of those; all optimisations are on; OpenVINO computes in 32-bit floats. Each peer has the cores to itself while it runs.
"""
import os
import statistics
import subprocess
import tempfile
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import openvino

from common import SHARED, choose, model_path

MODELS = ["yolox_nano_416", "picodet_s_320_coco", "nanodet_m_416", "fastestdet_352",
          "converted/mobilenet_v2_1.0_224_imagenet1001", "converted/squeezenet_imagenet_fp32", "converted/resnet56_cifar10"]

# What OpenVINO is told to compute with, so that it has what deepvid's kernel set has.
OPENVINO_ISA = {"avx2": "AVX2", "portable": "SSE41", "avx512": "AVX512_CORE"}


class Deepvid:
    """deepvid's engine in a process of its own."""

    def __init__(self, binary: str, model: Path, threads: int, isa: str | None):
        environment = dict(os.environ, DEEPVID_ISA=isa) if isa else None
        self.process = subprocess.Popen([binary, "serve", str(model), "--threads", str(threads)], text=True, env=environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.macs = int(self.process.stdout.readline().split()[1])

    def times(self, count: int) -> list[float]:
        print(count, file=self.process.stdin, flush=True)
        return [float(ms) for ms in self.process.stdout.readline().split()]

    def peak(self) -> float:
        """GFLOP/s of one core in a loop of fused multiply-adds that touches no memory."""
        print("peak", file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def example(shape: list[int], is_half: bool) -> np.ndarray:
    """The input that deepvid-bench makes."""
    data = (127 + 120 * np.sin(np.arange(int(np.prod(shape)), dtype=np.float32) * np.float32(0.37))).reshape(shape)
    return data.astype(np.float16 if is_half else np.float32)


def timed(count: int, run) -> list[float]:
    """Milliseconds of `count` calls."""
    result = []
    for _ in range(count):
        start = time.perf_counter()
        run()
        result.append((time.perf_counter() - start) * 1e3)
    return result


class Onnxruntime:
    """onnxruntime's CPU provider, all optimisations, the same number of threads."""

    def __init__(self, model: Path, threads: int):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self.feed = {value.name: example([d if isinstance(d, int) else 1 for d in value.shape], "float16" in value.type)
                     for value in self.session.get_inputs()}

    def times(self, count: int) -> list[float]:
        return timed(count, lambda: self.session.run(None, self.feed))

    def close(self) -> None:
        # onnxruntime's workers spin; a live session would slow the next measurement.
        del self.session


class OpenVINO:
    """OpenVINO's CPU plugin, in 32-bit floats if not told otherwise, for latency, the same number of threads."""

    def __init__(self, model: Path, threads: int, precision: str = "f32"):
        core = openvino.Core()
        graph = core.read_model(str(model))
        shapes = {port: [d.get_length() if d.is_static else 1 for d in port.partial_shape] for port in graph.inputs}
        graph.reshape({port: openvino.PartialShape(shape) for port, shape in shapes.items()})
        compiled = core.compile_model(graph, "CPU", {
            "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1})
        self.request = compiled.create_infer_request()
        self.feed = {index: example(list(port.shape), port.element_type == openvino.Type.f16) for index, port in enumerate(compiled.inputs)}

    def times(self, count: int) -> list[float]:
        return timed(count, lambda: self.request.infer(self.feed))

    def close(self) -> None:
        del self.request


def without_weight_inputs(path: Path, folder: Path) -> Path:
    """The model with its weights among the initializers only; the file itself where they are."""
    model = onnx.load(path)
    weights = {tensor.name for tensor in model.graph.initializer}
    kept = [value for value in model.graph.input if value.name not in weights]
    if len(kept) == len(model.graph.input):
        return path
    del model.graph.input[:]
    model.graph.input.extend(kept)
    changed = folder / path.name
    onnx.save(model, changed)
    return changed


def chosen_models(patterns: list[str] | None) -> list[Path]:
    """The usual models, or those of ../shared that are named like the patterns; a pattern that is a file is that model."""
    files = [Path(text) for text in patterns or [] if text.endswith(".onnx") and Path(text).exists()]
    names = [text for text in patterns or [] if Path(text) not in files]
    if patterns and not names:
        return files
    models = SHARED / "models"
    others = sorted(str(path.relative_to(models).with_suffix("")) for path in models.rglob("*.onnx"))
    return [model_path(name) for name in (choose(others, names, "model") if names else MODELS)] + files


def engine(args: Namespace) -> list[dict[str, Any]]:
    """Times every model with every number of threads; prints and returns a row for each."""
    onnxruntime.set_default_logger_severity(3)
    if args.isa:
        os.environ["ONEDNN_MAX_CPU_ISA"] = OPENVINO_ISA[args.isa]
    peers = {"onnxruntime": Onnxruntime, "openvino": OpenVINO}
    rows = []
    print(f"{'model':<34}{'threads':>8}{'deepvid ms':>12}{'ORT ms':>10}{'OV ms':>10}{'÷ best':>8}{'GMAC':>8}{'of peak':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for threads in args.threads:
            for original in chosen_models(args.models):
                path = without_weight_inputs(original, Path(folder))
                times: dict[str, list[float]] = {name: [] for name in ["deepvid", *peers]}
                peak = 0.0
                for _ in range(args.rounds):
                    # One after the other: threads of peers spin between runs.
                    mine = Deepvid(args.bench_binary, original, threads, args.isa)
                    mine.times(5)
                    times["deepvid"] += mine.times(args.frames)
                    peak = max(peak, mine.peak())
                    macs = mine.macs
                    mine.close()
                    for name, make in peers.items():
                        peer = make(path, threads)
                        peer.times(5)
                        times[name] += peer.times(args.frames)
                        peer.close()
                medians = {name: statistics.median(values) for name, values in times.items()}
                ours, best = medians["deepvid"], min(medians[name] for name in peers)
                share = 2e-6 * macs / ours / peak / threads
                rows.append({"model": original.stem, "threads": threads, **{f"{name}_ms": value for name, value in medians.items()},
                             "ratio": ours / best, "macs": macs, "share_of_peak": share})
                print(f"{original.stem:<34}{threads:>8}{ours:>12.3f}{medians['onnxruntime']:>10.3f}{medians['openvino']:>10.3f}"
                      f"{ours / best:>8.3f}{macs / 1e9:>8.3f}{share:>9.0%}", flush=True)
    for threads in args.threads:
        ratios = [row["ratio"] for row in rows if row["threads"] == threads]
        print(f"{threads} thread(s): geometric mean {statistics.geometric_mean(ratios):.3f}, worst {max(ratios):.3f}")
    return rows
