"""Whole runs of `deepvid infer` against the Python script and against pure decoding, start-up of each included."""
import statistics
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

from common import ROOT, SHARED, Refused, choose, clips, model_path, say, table

MODEL = "yolox_nano_416"
PIPELINE_CLIPS = ["fixed_intel_one-by-one-person-detection.mp4", "fixed_ozlu_residential_road.mp4", "tripod_sam2_juggle720p.mp4"]


def pipeline(args: Namespace) -> list[dict[str, Any]]:
    """Dense runs over three clips, with each number of threads."""
    return whole_runs(args, chosen_clips(args.clips) or PIPELINE_CLIPS, args.threads, "off")


def process(args: Namespace) -> list[dict[str, Any]]:
    """Runs with reuse over all fixed and tripod clips, two threads."""
    return whole_runs(args, chosen_clips(args.clips) or clips("fixed", "tripod"), [2], "adaptive")


def chosen_clips(patterns: list[str] | None) -> list[str]:
    """The clips that are named like the patterns, whatever their camera does."""
    return choose(clips("fixed", "tripod", "moving"), patterns, "clip") if patterns else []


def whole_runs(args: Namespace, names: list[str], all_threads: list[int], policy: str) -> list[dict[str, Any]]:
    """A row for each number of threads and clip: medians of the rounds, in frames a second of wall time."""
    model, rows = model_path(MODEL), []
    rounds = max(2, args.rounds - 1)
    for threads in all_threads:
        for name in names:
            clip = SHARED / "videos" / name
            ours, theirs, decode, count = [], [], [], 0
            for _ in range(rounds):
                output, seconds = timed([args.binary, "infer", clip, "--model", model, "--threads", threads, "--cache", policy])
                count = output.count('"type":"frame"')
                ours.append(count / seconds)
                output, seconds = timed([sys.executable, ROOT / "benchmarks" / "onnxruntime_script.py", clip, model, threads])
                theirs.append(output.count("\n") / seconds)
                _, seconds = timed(["ffmpeg", "-v", "quiet", "-threads", threads, "-i", clip, "-f", "null", "-"])
                decode.append(count / seconds)
            a, b, d = (statistics.median(rates) for rates in (ours, theirs, decode))
            rows.append({"clip": name, "threads": threads, "policy": policy, "rounds": rounds, "frames": count,
                         "deepvid_fps": a, "script_fps": b, "ratio": a / b, "decode_fps": d, "share_of_decode": a / d})
            say(f"{name}, {threads} threads, {policy}: {a:.1f} fps, script {b:.1f}, decoding alone {d:.0f}")
    print(f"\nWhole processes, {MODEL}, --cache {policy}: frames a second\n\n{fps_table(rows)}", flush=True)
    return rows


def fps_table(rows: list[dict[str, Any]]) -> str:
    """The rows as a Markdown table, with the geometric mean for each number of threads."""
    lines = [[row["clip"], str(row["threads"]), f"{row['deepvid_fps']:.1f}", f"{row['script_fps']:.1f}", f"{row['ratio']:.2f}",
              f"{row['decode_fps']:.0f}", f"{row['share_of_decode']:.0%}"] for row in rows]
    for threads in sorted({row["threads"] for row in rows}):
        those = [row for row in rows if row["threads"] == threads]
        ratio, share = (statistics.geometric_mean([row[key] for row in those]) for key in ("ratio", "share_of_decode"))
        lines.append(["geometric mean", str(threads), "", "", f"{ratio:.2f}", "", f"{share:.0%}"])
    return table(["clip", "threads", "deepvid", "script", "ratio", "decode alone", "share of it"], lines)


def report(machine: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """The Markdown file of the part `process`."""
    return f"""# Whole processes against a Python script

{machine['cpu']}, {machine['cores']} cores; commit {machine['commit']}, {machine['date']}; onnxruntime {machine['onnxruntime']}.
`{machine['command']}`

`deepvid infer --cache adaptive --threads 2` with {MODEL} and `benchmarks/onnxruntime_script.py` (OpenCV decodes, onnxruntime
infers), whole clips, frames per second of wall time with the start of each program; the last columns are what
`ffmpeg -i clip -f null -` decodes, and the share of it that deepvid reaches. The three take turns; medians of {rows[0]['rounds']} rounds.

{fps_table(rows)}
"""


def timed(command: list[object]) -> tuple[str, float]:
    """A command's output and its seconds."""
    words = [str(word) for word in command]
    start = time.perf_counter()
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except FileNotFoundError:
        raise Refused(f"{words[0]} is missing; 'make build' builds deepvid, and ffmpeg comes with the package ffmpeg") from None
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["it says nothing"]
        raise Refused(f"{Path(words[0]).name} {words[1]} failed with status {done.returncode}: {last[0]}")
    return done.stdout, seconds
