"""Dense inference of deepvid against onnxruntime, taking turns round by round."""
import statistics
import subprocess
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from common import SHARED, choose, model_path

MODELS = ["yolox_nano_416", "picodet_s_320_coco", "nanodet_m_416", "fastestdet_352",
          "converted/mobilenet_v2_1.0_224_imagenet1001", "converted/squeezenet_imagenet_fp32", "converted/resnet56_cifar10"]


class Deepvid:
    """deepvid's engine in a process of its own."""

    def __init__(self, binary: str, model: Path, threads: int):
        self.process = subprocess.Popen([binary, "serve", str(model), "--threads", str(threads)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.macs = int(self.process.stdout.readline().split()[1])

    def times(self, count: int) -> list[float]:
        print(count, file=self.process.stdin, flush=True)
        return [float(ms) for ms in self.process.stdout.readline().split()]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class Onnxruntime:
    """onnxruntime's CPU provider, all optimisations, the same number of threads."""

    def __init__(self, model: Path, threads: int):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self.feed = {}
        for value in self.session.get_inputs():
            shape = [d if isinstance(d, int) else 1 for d in value.shape]
            count = int(np.prod(shape))
            data = (127 + 120 * np.sin(np.arange(count, dtype=np.float32) * np.float32(0.37))).reshape(shape)
            self.feed[value.name] = data.astype(np.float16 if "float16" in value.type else np.float32)

    def times(self, count: int) -> list[float]:
        result = []
        for _ in range(count):
            start = time.perf_counter()
            self.session.run(None, self.feed)
            result.append((time.perf_counter() - start) * 1e3)
        return result

    def close(self) -> None:
        # onnxruntime's workers spin; a live session would slow the next measurement.
        del self.session


def chosen_models(patterns: list[str] | None) -> list[str]:
    """The usual models, or those of ../shared that are named like the patterns."""
    models = SHARED / "models"
    others = sorted(str(path.relative_to(models).with_suffix("")) for path in models.rglob("*.onnx"))
    return choose(others, patterns, "model") if patterns else MODELS


def engine(args: Namespace) -> list[dict[str, Any]]:
    """Times every model with every number of threads; prints and returns a row for each."""
    onnxruntime.set_default_logger_severity(3)
    rows = []
    print(f"{'model':<34}{'threads':>8}{'deepvid ms':>12}{'ORT ms':>10}{'ratio':>8}{'GMAC':>8}")
    for threads in args.threads:
        for name in chosen_models(args.models):
            path = model_path(name)
            ours, theirs = [], []
            for _ in range(args.rounds):
                # Each peer alone on the cores: onnxruntime's threads spin between runs.
                mine = Deepvid(args.bench_binary, path, threads)
                mine.times(5)
                ours += mine.times(args.frames)
                macs = mine.macs
                mine.close()
                peer = Onnxruntime(path, threads)
                peer.times(5)
                theirs += peer.times(args.frames)
                peer.close()
            a, b = statistics.median(ours), statistics.median(theirs)
            rows.append({"model": name, "threads": threads, "deepvid_ms": a, "onnxruntime_ms": b, "ratio": a / b, "macs": macs})
            print(f"{name.split('/')[-1]:<34}{threads:>8}{a:>12.3f}{b:>10.3f}{a / b:>8.3f}{macs / 1e9:>8.3f}", flush=True)
    for threads in args.threads:
        ratios = [row["ratio"] for row in rows if row["threads"] == threads]
        print(f"{threads} thread(s): geometric mean {statistics.geometric_mean(ratios):.3f}, worst {max(ratios):.3f}")
    return rows
