#!/usr/bin/env python3
"""Feeds damaged clips to `deepvid infer` under a memory limit and says what did not end as documented.

    Tests/Fuzzing/mutate_clips.py BINARY [--count 5000] [--seed 1] [--keep DIR]

Each clip is one of Fixtures' (and of ../shared's shorter ones when they are there), cut, flipped, shuffled, padded or spliced.
A run must end within 30 seconds with status 0, 1 or 2, print whole JSON records only, the last of them `end`, and stay
within the memory limit. Exit status 1 if any did not; those clips are kept.
"""
import argparse
import collections
import json
import pathlib
import random
import resource
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def flip_bits(data, dice):
    for _ in range(dice.choice([1, 4, 32, 400])):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def truncate(data, dice):
    del data[dice.randrange(len(data)):]


def cut_out(data, dice):
    start = dice.randrange(len(data))
    del data[start:start + dice.randrange(1, 1 + len(data) // 4)]


def zero_range(data, dice):
    start = dice.randrange(len(data))
    stop = min(len(data), start + dice.choice([4, 64, 1024, 16384]))
    data[start:stop] = bytes(stop - start)


def garbage_range(data, dice):
    start = dice.randrange(len(data))
    stop = min(len(data), start + dice.choice([4, 64, 1024, 16384]))
    data[start:stop] = dice.randbytes(stop - start)


def swap_blocks(data, dice):
    size = dice.choice([16, 256, 4096])
    a, b = (dice.randrange(max(1, len(data) - size)) for _ in "ab")
    data[a:a + size], data[b:b + size] = data[b:b + size], data[a:a + size]


def extreme_number(data, dice):
    start = dice.randrange(max(1, len(data) - 8))
    data[start:start + 4] = dice.choice([b"\xff" * 4, b"\x7f\xff\xff\xff", b"\0" * 4, b"\x80\0\0\0", b"\0\0\0\1"])


def head_number(data, dice):
    """Headers are small beside the pictures and would hardly ever be hit."""
    for _ in range(dice.choice([1, 3, 10])):
        data[dice.randrange(min(len(data), 4096))] = dice.choice([0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)])


def tail_number(data, dice):
    for _ in range(dice.choice([1, 3, 10])):
        data[-1 - dice.randrange(min(len(data), 4096))] = dice.choice([0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)])


def repeat(data, dice):
    start = dice.randrange(len(data))
    data[start:start] = data[start:start + dice.choice([16, 1024, 65536])] * dice.choice([1, 8])


MUTATIONS = [flip_bits, truncate, cut_out, zero_range, garbage_range, swap_blocks, extreme_number, head_number, tail_number, repeat]


def seeds():
    clips = sorted((ROOT / "Fixtures/clips").iterdir()) + sorted((ROOT / "../shared/videos").glob("*"))
    return [clip for clip in clips if clip.is_file() and clip.stat().st_size < 3_000_000]


def complaint(run):
    """What is wrong with how the run ended; None when it is as documented."""
    if run.returncode not in (0, 1, 2):
        return f"exit status {run.returncode}"
    lines = run.stdout.splitlines()
    try:
        records = [json.loads(line) for line in lines]
    except ValueError as error:
        return f"not JSON: {error}"
    if records and records[-1]["type"] != "end":
        return "the last record is not end"
    if run.returncode and not run.stderr.strip():
        return "no error message"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--memory-mb", type=int, default=1500, help="address space of a run")
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("."))
    options = parser.parse_args()
    clips = [(clip.suffix, clip.read_bytes()) for clip in seeds()]
    statuses, bad = collections.Counter(), 0

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (options.memory_mb << 20,) * 2)

    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.count):
            dice = random.Random(options.seed * 1_000_003 + number)
            suffix, original = dice.choice(clips)
            data = bytearray(original)
            for _ in range(dice.choice([1, 1, 2, 4])):
                if data:
                    dice.choice(MUTATIONS)(data, dice)
            path = pathlib.Path(folder, f"{number}{suffix}")
            path.write_bytes(data)
            command = [options.binary, "infer", path, "--threads", "1", "--max-frames", "12"]
            try:
                run = subprocess.run(command, capture_output=True, timeout=30, preexec_fn=limit)
                problem = complaint(run)
                statuses[run.returncode] += 1
            except subprocess.TimeoutExpired:
                problem = "ran for more than 30 seconds"
            if problem:
                bad += 1
                path.replace(options.keep / path.name)
                print(f"{options.keep / path.name}: {problem}", flush=True)
            else:
                path.unlink()
    print(f"{options.count} clips: {bad} ended badly; exit statuses {dict(sorted(statuses.items()))}")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
