#!/usr/bin/env python3
"""Dense inference by precision: deepvid in fp32, bf16 and int8, OpenVINO in f32 and bf16 (a quantised model runs in int8 there by itself).

One thread; CPU milliseconds of a run, the least of several turns, in which all take part: also of use on a machine that is not idle.

    precision.py --models yolox mobilenet_v2 my.onnx [--isa avx2] [--precisions fp32 int8]
"""
import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from engine import OPENVINO_ISA, OpenVINO, chosen_models, without_weight_inputs

ROOT = Path(__file__).resolve().parent.parent


class Deepvid:
    """deepvid's engine in a process of its own."""

    def __init__(self, binary: Path, model: Path, precision: str, isa: str | None):
        environment = dict(os.environ, DEEPVID_ISA=isa) if isa else None
        self.process = subprocess.Popen([binary, "serve", model, "--precision", precision], text=True, env=environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.is_ready = bool(self.process.stdout.readline())

    def cpu(self) -> float:
        """Milliseconds that its threads have run."""
        threads = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) * 1e-6

    def run(self, count: int) -> float:
        start = self.cpu()
        print(count, file=self.process.stdin, flush=True)
        self.process.stdout.readline()
        return (self.cpu() - start) / count

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class Peer:
    """OpenVINO in this process."""

    def __init__(self, model: Path, hint: str):
        self.openvino = OpenVINO(model, 1, hint)

    def run(self, count: int) -> float:
        start = time.process_time_ns()
        self.openvino.times(count)
        return (time.process_time_ns() - start) * 1e-6 / count

    def close(self) -> None:
        self.openvino.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", metavar="TEXT", help="files, or models of ../shared whose names contain one of these")
    parser.add_argument("--precisions", nargs="+", default=["fp32", "bf16", "int8"])
    parser.add_argument("--hints", nargs="*", default=["f32", "bf16"], help="OpenVINO's precisions")
    parser.add_argument("--isa", choices=list(OPENVINO_ISA))
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--bench-binary", type=Path, default=ROOT / ".build/release/deepvid-bench")
    args = parser.parse_args()
    if args.isa:
        os.environ["ONEDNN_MAX_CPU_ISA"] = OPENVINO_ISA[args.isa]
    names = args.precisions + [f"openvino {hint}" for hint in args.hints]
    print(f"{'model':<36}" + "".join(f"{name:>15}" for name in names))
    with tempfile.TemporaryDirectory() as folder:
        for original in chosen_models(args.models):
            path = without_weight_inputs(original, Path(folder))
            subjects: dict[str, Deepvid | Peer] = {}
            for precision in args.precisions:
                mine = Deepvid(args.bench_binary, original, precision, args.isa)
                if mine.is_ready:
                    subjects[precision] = mine
            subjects |= {f"openvino {hint}": Peer(path, hint) for hint in args.hints}
            slowest = max(subject.run(2) for subject in subjects.values())
            count = int(np.clip(120 / slowest, 1, 20))
            best = {name: subject.run(count) for name, subject in subjects.items()}
            for _ in range(args.rounds - 1):
                for name, subject in subjects.items():
                    best[name] = min(best[name], subject.run(count))
            print(f"{original.stem:<36}" + "".join(f"{best[name]:>15.2f}" if name in best else f"{'-':>15}" for name in names), flush=True)
            for subject in subjects.values():
                subject.close()


if __name__ == "__main__":
    main()
