#!/usr/bin/env python3
"""Renders a quiet night of a fixed camera, with what is in it, as several encoders write it.

An empty corridor (the median of the first frames of a real clip) with sensor noise, insects that fly through, a light that is switched on and off, and two
visitors, who are people of the same clip. OUT-<encoder>.<ext> are the videos, OUT.json says when what happens. Needs numpy and ffmpeg.

    benchmarks/nights.py ../shared/videos/fixed_intel_one-by-one-person-detection.mp4 /tmp/night1 --minutes 30 --seed 1
"""

import argparse
import json
import subprocess

import numpy as np

ENCODERS = {
    "x264-crf": (["-c:v", "libx264", "-preset", "veryfast", "-crf", "25"], "mp4"),
    "x264-cbr": (["-c:v", "libx264", "-preset", "veryfast", "-b:v", "800k", "-minrate", "800k", "-maxrate", "800k", "-bufsize", "800k"], "mp4"),
    "x264-padded": (
        ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "800k", "-minrate", "800k", "-maxrate", "800k", "-bufsize", "800k",
         "-x264-params", "nal-hrd=cbr"], "mp4"),
    "x265-crf": (["-c:v", "libx265", "-preset", "superfast", "-crf", "28", "-x265-params", "log-level=none"], "mp4"),
    "mpeg4": (["-c:v", "mpeg4", "-q:v", "5", "-bf", "0"], "mp4"),
    "svtav1": (["-c:v", "libsvtav1", "-preset", "12", "-crf", "40"], "mkv"),
}


def read(clip, width, height, select="1"):
    """Luma and chroma planes of a clip's frames, by way of ffmpeg."""
    command = ["ffmpeg", "-v", "error", "-i", clip, "-vf", f"select='{select}',scale={width}:{height}", "-vsync", "0", "-pix_fmt", "yuv420p",
               "-f", "rawvideo", "-"]
    size = width * height * 3 // 2
    data = np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.uint8)
    return data.reshape(-1, size)


def visits(clip, background, width, height):
    """Stretches of the clip in which somebody is in the picture: (frames, mask), 10 frames a second."""
    frames = read(clip, width, height)
    luma = width * height
    small = slice(None, luma, 7)
    base = background[small].astype(np.int16)
    share = np.array([(np.abs(frame[small].astype(np.int16) - base) > 30).mean() for frame in frames])
    there = np.convolve(share > 0.004, np.ones(5), "same") > 2
    found, begin = [], None
    for i, now in enumerate(np.append(there, False)):
        if now and begin is None:
            begin = i
        elif not now and begin is not None:
            if 40 <= i - begin <= 250:
                found.append(frames[begin:i].copy())
            begin = None
    return found


def blur(mask, radius):
    """A box filter, twice."""
    for _ in range(2):
        for axis in (0, 1):
            total = np.cumsum(np.pad(mask, [(radius + 1, radius) if a == axis else (0, 0) for a in (0, 1)], "edge"), axis=axis)
            n = mask.shape[axis]
            upper, lower = np.take(total, range(2 * radius + 1, 2 * radius + 1 + n), axis), np.take(total, range(0, n), axis)
            mask = (upper - lower) / (2 * radius + 1)
    return mask


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("clip")
    parser.add_argument("out")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--fps", type=int, default=15)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--empty", type=int, default=30, help="first frames of the clip with nobody in them")
    parser.add_argument("--noise", type=float, default=3.0, help="standard deviation in levels")
    parser.add_argument("--key-seconds", type=float, default=4)
    parser.add_argument("--encoders", default="x264-crf,x265-crf,x264-cbr,mpeg4")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    luma, rng, fps = width * height, np.random.default_rng(options.seed), options.fps
    total = int(options.minutes * 60 * fps)

    background = np.median(read(options.clip, width, height, f"lt(n,{options.empty})"), axis=0).astype(np.uint8)
    people = visits(options.clip, background, width, height)
    rng.shuffle(people)
    dim = 0.75
    base = background.astype(np.float32)
    base[:luma] *= dim
    noise = [np.rint(rng.normal(0, options.noise, luma + 8192)).astype(np.int8) for _ in range(24)]

    events = []
    # Two visitors, in the second and in the last third; a light between them.
    for person, place in zip(people[:2], (rng.uniform(0.36, 0.45), rng.uniform(0.75, 0.9))):
        begin = int(place * total)
        events.append({"kind": "visitor", "begin": begin, "end": begin + len(person) * fps // 10, "frames": person})
    light = int(rng.uniform(0.5, 0.65) * total)
    events.append({"kind": "light", "begin": light, "end": light + int(20 * fps)})
    when = 5.0 * fps
    while (when := when + rng.exponential(40) * fps) < total - 2 * fps:
        length = int(rng.uniform(0.4, 1.5) * fps)
        events.append({
            "kind": "insect", "begin": int(when), "end": int(when) + length, "from": rng.uniform(0, 1, 2), "to": rng.uniform(0, 1, 2),
            "size": int(rng.uniform(3, 9)), "bright": rng.uniform(40, 120)})

    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", options.size, "-r", str(fps), "-i", "-"]
    for name in options.encoders.split(","):
        flags, extension = ENCODERS[name]
        command += ["-map", "0:v", *flags, "-g", str(int(options.key_seconds * fps)), f"{options.out}-{name}.{extension}"]
    sink = subprocess.Popen(command, stdin=subprocess.PIPE)
    brightness = np.ones(total, np.float32)
    brightness[light:light + 20 * fps] = 1.25
    halves = (width // 2, height // 2)
    for t in range(total):
        here = [e for e in events if e["begin"] <= t < e["end"]]
        frame = base
        if any(e["kind"] != "light" for e in here) or brightness[t] != 1:
            frame = base.copy()
        for event in here:
            if event["kind"] == "visitor":
                picture = event["frames"][min((t - event["begin"]) * 10 // fps, len(event["frames"]) - 1)].astype(np.float32)
                change = np.abs(picture[:luma] - background[:luma]).reshape(height, width)
                alpha = np.clip((blur(change, 3) - 8) / 12, 0, 1)
                flat = alpha.reshape(-1)
                frame[:luma] = frame[:luma] * (1 - flat) + picture[:luma] * dim * flat
                half = np.tile(alpha[::2, ::2][:halves[1], :halves[0]].reshape(-1), 2)
                frame[luma:] = frame[luma:] * (1 - half) + picture[luma:] * half
        if brightness[t] != 1:
            frame[:luma] *= brightness[t]
        for event in here:
            if event["kind"] == "insect":
                place = (t - event["begin"]) / (event["end"] - event["begin"])
                x, y = (event["from"] * (1 - place) + event["to"] * place) * (width - 20, height - 20)
                window = frame[:luma].reshape(height, width)[int(y):int(y) + event["size"], int(x):int(x) + 2 * event["size"]]
                window += event["bright"]
        grain = noise[rng.integers(len(noise))]
        shift = int(rng.integers(8192))
        out = frame.astype(np.int16)
        out[:luma] += grain[shift:shift + luma]
        sink.stdin.write(np.clip(out, 16, 240).astype(np.uint8).tobytes())
    sink.stdin.close()
    if sink.wait() != 0:
        raise SystemExit("ffmpeg failed")
    truth = [{"kind": e["kind"], "begin_s": e["begin"] / fps, "end_s": e["end"] / fps} for e in sorted(events, key=lambda e: e["begin"])]
    with open(f"{options.out}.json", "w") as file:
        json.dump({"seed": options.seed, "fps": fps, "seconds": total / fps, "events": truth}, file, indent=1)


if __name__ == "__main__":
    main()
