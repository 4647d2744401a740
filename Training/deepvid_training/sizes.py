"""How large and how fast each model is, in deepvid's own engine."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from .detectors import read_card
from .input_size import fitting


@dataclass(frozen=True)
class Size:
    """Parameters, multiply-adds of one frame and milliseconds of one frame; NaN if not measured."""

    parameters: int
    multiply_adds: float = float("nan")
    milliseconds: float = float("nan")


def parameters(path):
    """Scalars in the floating-point initializers of an ONNX file."""
    kinds = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16)
    weights = [i for i in onnx.load(str(path)).graph.initializer if i.data_type in kinds and i.dims]
    return sum(int(np.prod(i.dims)) for i in weights)


class Bench:
    """One model in a deepvid-bench process of one thread."""

    def __init__(self, binary, path):
        command = [binary, "serve", str(path), "--threads", "1"]
        pixels = read_card(path).get("input", {}).get("pixels")
        if pixels:
            height, width = fitting(16, 9, pixels)
            command += ["--shape", f"1x3x{height}x{width}"]
        self.process = subprocess.Popen(
            command,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.multiply_adds = int(self.process.stdout.readline().split()[1])

    def times(self, count):
        """Milliseconds of `count` frames."""
        print(count, file=self.process.stdin, flush=True)
        return [float(value) for value in self.process.stdout.readline().split()]

    def close(self):
        """End the process."""
        self.process.stdin.close()
        self.process.wait()


def measured_sizes(config, model, binary, rounds=5, frames=12):
    """Size by name; models take turns, because a shared machine's speed drifts."""
    files = {"deepvid": Path(model)}
    for name in config["evaluate"]["references"]:
        files[name] = Path(config["data"]["models"]) / f"{name}.onnx"
    if not binary:
        return {name: Size(parameters(path)) for name, path in files.items()}
    benches = {name: Bench(binary, path) for name, path in files.items()}
    times = {name: [] for name in files}
    for _ in range(rounds):
        for name, bench in benches.items():
            times[name] += bench.times(frames)
    for bench in benches.values():
        bench.close()
    return {
        name: Size(parameters(path), benches[name].multiply_adds, float(np.median(times[name])))
        for name, path in files.items()
    }
