#!/usr/bin/env python3
"""The paper's tables 1 and 2: Device, Edge and CacheNet over a label-grouped clip, as two hosts on one machine.

    sudo .venv-bench/bin/python benchmarks/cachenet.py CLIP.mkv --bundle DIR [--settings tx2 pi4] [--links wifi 4g]

CLIP.mkv and CLIP.csv are written by `python -m deepvid_training sequence`. The edge runs in one network namespace on
core 0, the device in another on core 1 under a CPU quota; benchmarks/link.py is the link between them. Needs root.
"""
import argparse
import csv
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from common import RESULTS, ROOT, machine, say, table, write_json, write_text
from link import EDGE

LINKS = {"wifi": (3.0, 200.0), "4g": (40.0, 20.0)}  # Round trip in ms, Mbit/s.
SETTINGS = {"tx2": 0.58, "pi4": 0.28}  # Frames/s of Device by those of Edge, from the paper's table 1.
THRESHOLDS = [0.5, 0.6, 0.7, 0.75, 0.8]
PORT = 8757
PERIOD = 20000  # Of the CPU quota, in microseconds; the least quota is 1000.


class Quota:
    """A control group with a share of one core."""

    def __init__(self) -> None:
        self.folders = [Path("/sys/fs/cgroup/cpu/deepvid-device"), Path("/sys/fs/cgroup/cpuacct/deepvid-device")]
        for folder in self.folders:
            folder.mkdir(exist_ok=True)

    def set(self, share: float) -> None:
        (self.folders[0] / "cpu.cfs_period_us").write_text(str(PERIOD))
        (self.folders[0] / "cpu.cfs_quota_us").write_text(str(max(1000, round(share * PERIOD))))

    def enter(self) -> None:
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(os.getpid()))

    def seconds(self) -> float:
        return int((self.folders[1] / "cpuacct.usage").read_text()) / 1e9

    def remove(self) -> None:
        for folder in self.folders:
            if folder.exists():
                folder.rmdir()


class Hosts:
    """The two namespaces, the link and the edge server."""

    def __init__(self, options: argparse.Namespace, link: str) -> None:
        self.processes: list[subprocess.Popen] = []
        for name in ("dv-device", "dv-edge"):
            subprocess.run(["ip", "netns", "add", name], check=True)
        trip, rate = LINKS[link]
        command = ["taskset", "-c", "0", sys.executable, str(ROOT / "benchmarks/link.py"), "dv-device", "dv-edge"]
        linked = self.start([*command, "--round-trip", str(trip), "--rate", str(rate)], stdout=subprocess.PIPE)
        linked.stdout.readline()
        server = [options.edge_binary, "--listen", f"{EDGE}:{PORT}", "--bundle", options.bundle, "--workers", "1"]
        server += ["--token-file", options.token]
        self.start(["ip", "netns", "exec", "dv-edge", "taskset", "-c", "0", *map(str, server)], stderr=subprocess.DEVNULL)
        time.sleep(2)

    def start(self, command: list[str], **streams: Any) -> subprocess.Popen:
        self.processes.append(subprocess.Popen(command, **streams))
        return self.processes[-1]

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)
        for name in ("dv-device", "dv-edge"):
            subprocess.run(["ip", "netns", "del", name], check=False)


class Bench:
    """Runs of deepvid on the device's side."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.quota = options, Quota()
        with open(options.clip.with_suffix(".csv")) as file:
            self.labels = [row["label"] for row in csv.DictReader(file)]

    def run(self, mode: str, threshold: float | None = None, frames: int | None = None) -> dict[str, Any]:
        """One pass over the clip; every pass starts with an empty folder of submodels."""
        with tempfile.TemporaryDirectory() as folder:
            command = ["ip", "netns", "exec", "dv-device", "taskset", "-c", "1", self.options.binary, "infer", self.options.clip]
            command += ["--threads", "1", "--cache", "off", "--quiet", "--max-frames", frames or self.options.frames]
            edge = ["--edge", f"http://{EDGE}:{PORT}", "--token-file", self.options.token, "--edge-deadline", "5s"]
            command += {
                "Device": ["--bundle", self.options.bundle, "--device-only"],
                "Edge": [*edge, "--edge-only"],
                "CacheNet": [*edge, "--bundle", folder, "--entropy-threshold", threshold],
            }[mode]
            before = self.quota.seconds()
            done = subprocess.run(list(map(str, command)), capture_output=True, text=True, preexec_fn=self.quota.enter)
            used = self.quota.seconds() - before
        if done.returncode:
            sys.exit(f"{mode}: {done.stderr}")
        records = [json.loads(line) for line in done.stdout.splitlines()]
        answers, end = [r for r in records if r["type"] == "frame"], records[-1]
        right = sum(r["classes"][0]["label"] == self.labels[r["frame"]] for r in answers)
        seconds = len(answers) / end["fps"]
        result = {"mode": mode, "threshold": threshold, "frames": len(answers), "fps": end["fps"], "accuracy": right / len(answers),
                  "cpu": used / seconds, "memory_mb": end["peak_memory_mb"], "seconds": seconds, "routes": end.get("routes")}
        return result

    def calibrate(self, ratio: float) -> float:
        """The share of a core at which Device has `ratio` of the frames/s of Edge."""
        share = 0.5
        for _ in range(4):
            self.quota.set(share)
            device, edge = self.run("Device", frames=300)["fps"], self.run("Edge", frames=300)["fps"]
            say(f"  at {share:.3f} of a core: Device {device:.1f}, Edge {edge:.1f} frames/s, ratio {device / edge:.3f}")
            if abs(device / edge / ratio - 1) < 0.03:
                break
            share = min(1.0, max(0.05, share * ratio / (device / edge)))
        return share


def report(results: list[dict[str, Any]], shares: dict[str, float]) -> str:
    lines = ["# Device, Edge and CacheNet", ""]
    for setting, link in dict.fromkeys((r["setting"], r["link"]) for r in results):
        trip, rate = LINKS[link]
        lines += [f"## {setting}, {link}: {100 * shares[setting]:.1f} % of a core, round trip {trip:g} ms, {rate:g} Mbit/s", ""]
        here = [r for r in results if (r["setting"], r["link"]) == (setting, link)]
        speed = {mode: statistics.median(r["fps"] for r in here if r["mode"] == mode) for mode in ("Device", "Edge")}
        rows = []
        for name, threshold in dict.fromkeys((r["mode"], r["threshold"]) for r in here):
            same = [r for r in here if (r["mode"], r["threshold"]) == (name, threshold)]
            middle = lambda key: statistics.median(r[key] for r in same)
            routes = same[0]["routes"] or {}
            hits = f"{100 * routes['hits'] / same[0]['frames']:.1f}" if name == "CacheNet" else "–"
            part = lambda key: f"{routes[key]:.2f}" if key in routes else "–"
            rows.append([name if threshold is None else f"{name} {threshold}", f"{middle('fps'):.1f}", f"{100 * middle('accuracy'):.2f}", hits,
                         f"{middle('fps') / speed['Device']:.2f}", f"{middle('fps') / speed['Edge']:.2f}", f"{100 * middle('cpu'):.1f}",
                         f"{middle('memory_mb'):.0f}", f"{middle('seconds'):.2f}", part("device_s"), part("edge_s")])
        head = ["mode, threshold", "FPS", "accuracy, %", "hits, %", "× Device", "× Edge", "CPU, %", "memory, MB", "time, s", "device, s", "edge, s"]
        lines += [table(head, rows), ""]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("--bundle", type=Path, default=ROOT / "Fixtures/bundles/cifar10")
    parser.add_argument("--binary", type=Path, default=ROOT / ".build/release/deepvid")
    parser.add_argument("--edge-binary", type=Path, default=ROOT / ".build-edge/release/deepvid-edge")
    parser.add_argument("--settings", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--links", nargs="+", choices=LINKS, default=list(LINKS))
    parser.add_argument("--frames", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--name", default="cachenet", help="of the result files")
    options = parser.parse_args()
    with tempfile.NamedTemporaryFile("w", suffix=".token") as token:
        token.write("a-token-for-the-benchmark-only-0123456789\n")
        token.flush()
        options.token = token.name
        bench, results, shares = Bench(options), [], {}
        try:
            for link in options.links:
                hosts = Hosts(options, link)
                try:
                    for setting in options.settings:
                        # The device is the same behind either link: its share is found over the first.
                        if setting not in shares:
                            shares[setting] = bench.calibrate(SETTINGS[setting])
                        bench.quota.set(shares[setting])
                        for _ in range(options.rounds):
                            for mode, threshold in [("Device", None), ("Edge", None), *(("CacheNet", t) for t in THRESHOLDS)]:
                                result = bench.run(mode, threshold)
                                results.append({"setting": setting, "link": link, **result})
                                say(f"{setting} {link} {mode} {threshold or ''}: {result['fps']:.1f} fps, {100 * result['accuracy']:.2f} %")
                finally:
                    hosts.stop()
        finally:
            bench.quota.remove()
    write_json(RESULTS / f"{options.name}.json", {**machine(), "command": f"benchmarks/cachenet.py CLIP.mkv --frames {options.frames}", "shares": shares, "results": results})
    write_text(RESULTS / f"{options.name}.md", report(results, shares))
    print(report(results, shares))


if __name__ == "__main__":
    main()
