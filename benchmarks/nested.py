#!/usr/bin/env python3
"""Several live cameras on one machine, with a load that comes and goes: a nested classifier whose
capacity is chosen, against the largest and the smallest one all of the time (NestDNN).

    benchmarks/nested.py DEEPVID MODEL DATA [--streams 4] [--rate 400] [--seconds 60]

DATA has test/<class>/*.jpg, pictures of the model's size. They become a lossless clip whose labels
are known, which a process for each camera sends at `rate` frames a second through a named pipe.
From the second to the third sixth of the time, and from the fifth to the sixth, other processes
keep `--load` processors busy. Printed are the frames that were dropped, the accuracy of the frames
that were answered, and of all frames where one that was dropped counts as wrong.
"""

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "Training"))

# How often the clip is sent per second of its own time: it is written at this rate.
CLIP_RATE = 25


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("deepvid")
    parser.add_argument("model")
    parser.add_argument("data")
    parser.add_argument("--streams", type=int, default=4)
    parser.add_argument("--rate", type=float, default=400, help="frames a second of each")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--load", type=int, default=2, help="processes that come and go")
    parser.add_argument("--cpus", help="such as 0,1: for everything (taskset)")
    parser.add_argument("--small", default="small", help="name of the smallest capacity")
    parser.add_argument("--large", default="full", help="name of the largest capacity")
    parser.add_argument("--configurations", nargs="*", default=["large", "small", "total", "max"])
    parser.add_argument("--output", help="JSON file to write")
    return parser.parse_args()


def clip(data, folder):
    """The test pictures, shuffled, as a clip; and their labels by frame."""
    from deepvid_training.cachenet import sequence

    sequence.write(data, folder / "clip", seed=1, runs=100, fps=CLIP_RATE)
    with open(folder / "clip.csv", newline="") as file:
        return folder / "clip.mkv", [row["label"] for row in csv.DictReader(file)]


class Load:
    """Processes that keep processors busy while it is on."""

    def __init__(self, count, prefix):
        self.count, self.prefix, self.running = count, prefix, []

    def turn(self, on):
        if on and not self.running:
            command = [*self.prefix, sys.executable, "-c", "while True: pass"]
            self.running = [subprocess.Popen(command) for _ in range(self.count)]
        if not on:
            for process in self.running:
                process.kill()
                process.wait()
            self.running = []


def measure(arguments, flags, folder, path, labels):
    """One run: counts of everything, whole and by whether the load was on."""
    prefix = ["taskset", "-c", arguments.cpus] if arguments.cpus else []
    pipes = [str(folder / f"camera{i}") for i in range(arguments.streams)]
    for pipe in pipes:
        if not os.path.exists(pipe):
            os.mkfifo(pipe)
    output = folder / "records.jsonl"
    output.unlink(missing_ok=True)
    command = [*prefix, arguments.deepvid, "infer", "--live", "--reconnect", "never", "--quiet"]
    command += ["--model", arguments.model, "--cache", "off", "-o", str(output), *flags, *pipes]
    run = subprocess.Popen(command)
    senders = [
        subprocess.Popen(
            [*prefix, "ffmpeg", "-v", "error", "-y", "-readrate", str(arguments.rate / CLIP_RATE)]
            + ["-stream_loop", "-1", "-i", str(path), "-c", "copy", "-f", "nut", pipe],
            stderr=subprocess.DEVNULL,
        )
        for pipe in pipes
    ]
    load, began = Load(arguments.load, prefix), time.time()
    try:
        while (passed := (time.time() - began) / arguments.seconds) < 1:
            load.turn(int(passed * 6) in (1, 2, 4))
            time.sleep(0.05)
    finally:
        load.turn(False)
        run.send_signal(signal.SIGINT)
        run.wait()
        for sender in senders:
            sender.kill()
            sender.wait()
    right = answered = dropped = 0
    capacities, last = Counter(), {}
    latencies = {True: [], False: []}  # of frames at a change, and of the others
    with open(output) as file:
        for line in file:
            record = json.loads(line)
            if record["type"] != "frame":
                continue
            answered += 1
            dropped += record["dropped"]
            right += record["classes"][0]["label"] == labels[record["frame"] % len(labels)]
            capacity = record.get("capacity")
            capacities[capacity] += 1
            is_change = last.get(record["source"], capacity) != capacity
            latencies[is_change].append(record["latency_ms"])
            last[record["source"]] = capacity
    return {
        "frames": answered + dropped,
        "dropped": dropped / max(answered + dropped, 1),
        "fps": answered / arguments.seconds / arguments.streams,
        "accuracy": right / max(answered, 1),
        "accuracy_of_all": right / max(answered + dropped, 1),
        "capacities": {str(k): n / max(answered, 1) for k, n in capacities.items()},
        "changes": len(latencies[True]),
        "latency_ms": {
            name: median(latencies[key])
            for name, key in (("at_a_change", True), ("else", False))
            if latencies[key]
        },
    }


def main():
    arguments = parse()
    flags = {
        "large": ["--capacity", arguments.large],
        "small": ["--capacity", arguments.small],
        "total": [],
        "max": ["--capacity-cost", "max"],
    }
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        path, labels = clip(arguments.data, Path(folder))
        for name in arguments.configurations:
            rows[name] = measure(arguments, flags[name], Path(folder), path, labels)
            print(name, json.dumps(rows[name]), flush=True)
    print("| | answered, fps a camera | dropped, % | accuracy of answers, % | of all frames, % |")
    print("|---|---|---|---|---|")
    for name, row in rows.items():
        figures = (row["fps"], 100 * row["dropped"], 100 * row["accuracy"], 100 * row["accuracy_of_all"])
        print(f"| {name} | " + " | ".join(f"{f:.1f}" for f in figures) + " |")
    if arguments.output:
        Path(arguments.output).write_text(json.dumps({"arguments": vars(arguments), "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
