#!/usr/bin/env python3
"""Throughput of `deepvid batch` on the fixed clips of ../shared: --jobs 1, --jobs 2, and the onnxruntime script in two processes.

    .venv-bench/bin/python benchmarks/batch.py [BINARY] [--rounds 2]

They take turns, round by round; medians of wall-clock seconds, and ratios of these.
"""
import argparse
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SHARED = HERE.parent.parent / "shared"
MODEL = SHARED / "models/yolox_nano_416.onnx"


def batch(binary, clips, jobs):
    out = tempfile.mkdtemp()
    subprocess.run([binary, "batch", *clips, "-o", out, "--model", MODEL, "--jobs", str(jobs), "--quiet"], check=True)
    shutil.rmtree(out)


def scripts(clips):
    """Two processes take the next clip each, the longest first, as xargs -P 2 would."""
    command = f"exec {sys.executable} {HERE / 'onnxruntime_script.py'} \"$1\" {MODEL} 1 >/dev/null"
    subprocess.run(["xargs", "-0", "-P", "2", "-n", "1", "sh", "-c", command, "sh"], input="\0".join(map(str, clips)).encode(), check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", nargs="?", default=HERE.parent / ".build/release/deepvid")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    clips = sorted((SHARED / "videos").glob("fixed_*"), key=lambda clip: -clip.stat().st_size)
    ways = {
        "batch --jobs 1": lambda: batch(options.binary, clips, 1),
        "batch --jobs 2": lambda: batch(options.binary, clips, 2),
        "onnxruntime script, 2 processes": lambda: scripts(clips),
    }
    seconds = {name: [] for name in ways}
    for _ in range(options.rounds):
        for name, run in ways.items():
            began = time.monotonic()
            run()
            seconds[name].append(time.monotonic() - began)
    medians = {name: statistics.median(all) for name, all in seconds.items()}
    two = medians["batch --jobs 2"]
    print(f"| {len(clips)} clips, yolox_nano | seconds | times --jobs 2 |\n|---|---|---|")
    for name, value in medians.items():
        print(f"| {name} | {value:.1f} ({', '.join(f'{s:.1f}' for s in seconds[name])}) | {value / two:.2f} |")


if __name__ == "__main__":
    main()
