#!/usr/bin/env python3
"""Renders a quiet night of a fixed camera, with what is in it, as several encoders write it.

An empty place (the median of frames of a real clip in which nobody is) in little light, with sensor noise, insects that fly through, a light that is
switched on and off, and two visitors, who are people or cars of the same clip. OUT-<encoder>.<ext> are the videos, OUT.json says when what
happens. Needs numpy and ffmpeg.

    benchmarks/nights.py ../shared/videos/fixed_intel_one-by-one-person-detection.mp4 /tmp/night1 --minutes 30 --seed 1
"""

import argparse
import json
import subprocess

import numpy as np

CBR = ["-b:v", "800k", "-minrate", "800k", "-maxrate", "800k", "-bufsize", "800k"]
# P pictures only and simple choices, as the encoders of cameras make them.
CAMERA264 = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "0"]
CAMERA265 = ["-c:v", "libx265", "-preset", "ultrafast", "-bf", "0", "-x265-params", "log-level=none"]
ENCODERS = {
    "camera264-crf": ([*CAMERA264, "-crf", "25"], "mp4"),
    "camera264-cbr": ([*CAMERA264, *CBR], "mp4"),
    "camera265-crf": ([*CAMERA265, "-crf", "28"], "mp4"),
    "camera265-cbr": ([*CAMERA265, *CBR], "mp4"),
    "x264-crf": (["-c:v", "libx264", "-preset", "veryfast", "-crf", "25"], "mp4"),
    "x264-cbr": (["-c:v", "libx264", "-preset", "veryfast", *CBR], "mp4"),
    "x264-padded": (["-c:v", "libx264", "-preset", "veryfast", *CBR, "-x264-params", "nal-hrd=cbr"], "mp4"),
    # Blocks that are renewed column by column instead of key frames, one of which comes all the same to be sought.
    "x264-intra-refresh": (["-c:v", "libx264", "-preset", "veryfast", "-crf", "25", "-x264-params", "intra-refresh=1:keyint=60"], "mp4"),
    "x265-crf": (["-c:v", "libx265", "-preset", "superfast", "-crf", "28", "-x265-params", "log-level=none"], "mp4"),
    "x265-cbr": (["-c:v", "libx265", "-preset", "superfast", *CBR, "-x265-params", "log-level=none"], "mp4"),
    "mpeg4": (["-c:v", "mpeg4", "-q:v", "5", "-bf", "0"], "mp4"),
    "mpeg4-cbr": (["-c:v", "mpeg4", *CBR, "-bf", "0"], "mp4"),
    "mpeg2": (["-c:v", "mpeg2video", "-q:v", "5", "-bf", "2"], "mkv"),
    "svtav1": (["-c:v", "libsvtav1", "-preset", "12", "-crf", "40"], "mkv"),
}


def rate(clip):
    """Frames a second of a clip."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=avg_frame_rate", "-of", "csv=p=0", clip]
    above, below = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().split("/")
    return float(above) / float(below)


def read(clip, width, height, select="1"):
    """Luma and chroma planes of a clip's frames, by way of ffmpeg."""
    command = ["ffmpeg", "-v", "error", "-i", clip, "-vf", f"select='{select}',scale={width}:{height}", "-vsync", "0", "-pix_fmt", "yuv420p",
               "-f", "rawvideo", "-"]
    size = width * height * 3 // 2
    data = np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.uint8)
    return data.reshape(-1, size)


def visits(clip, background, width, height, shortest=2.0, longest=25.0):
    """Stretches of the clip in which somebody is in the picture, as lists of frames."""
    frames, fps = read(clip, width, height), rate(clip)
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
            if shortest <= (i - begin) / fps <= longest:
                found.append(frames[begin:i].copy())
            begin = None
    return found, fps


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
    parser.add_argument("--empty", default="0-29", help="frames of the clip with nobody in them")
    parser.add_argument("--noise", type=float, default=3.0, help="standard deviation in levels")
    parser.add_argument("--key-seconds", type=float, default=4)
    parser.add_argument("--encoders", default="x264-crf,x265-crf,x264-cbr,mpeg4")
    parser.add_argument("--threads", default="1", help="of each encoder")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    luma, rng, fps = width * height, np.random.default_rng(options.seed), options.fps
    total = int(options.minutes * 60 * fps)

    first, last = options.empty.split("-")
    background = np.median(read(options.clip, width, height, f"between(n,{first},{last})"), axis=0).astype(np.uint8)
    people, clip_fps = visits(options.clip, background, width, height)
    if len(people) < 2:
        raise SystemExit("too few visitors in the clip: try another, or other --empty frames")
    people = [people[i] for i in rng.permutation(len(people))[:2]]
    dim = 0.75

    def night(picture):
        """Less light, and less color, as floats."""
        picture = picture.astype(np.float32)
        picture[:luma] *= dim
        picture[luma:] = (picture[luma:] - 128) * 0.6 + 128
        return picture

    base = night(background)
    noise = [np.rint(rng.normal(0, options.noise, luma + 8192)).astype(np.int8) for _ in range(24)]

    events = []
    # Two visitors, in the second and in the last third; a light between them.
    for person, place in zip(people, (rng.uniform(0.36, 0.45), rng.uniform(0.75, 0.9))):
        begin = int(place * total)
        events.append({"kind": "visitor", "begin": begin, "end": begin + int(len(person) * fps / clip_fps), "frames": person})
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
        flags = [f + f":pools={options.threads}" if f == "log-level=none" else f for f in flags]
        command += ["-map", "0:v", *flags, "-threads", options.threads, "-g", str(int(options.key_seconds * fps)),
                    f"{options.out}-{name}.{extension}"]
    sink = subprocess.Popen(command, stdin=subprocess.PIPE)
    # The empty place by day's and by lamp's light, and buffers: everything else is done in place, which is most of the time.
    lit = base.copy()
    lit[:luma] *= 1.25
    still = {False: np.rint(base).astype(np.int16), True: np.rint(lit).astype(np.int16)}
    frame, out, bytes_out = np.empty_like(base), np.empty(base.size, np.int16), np.empty(base.size, np.uint8)
    halves = (width // 2, height // 2)
    for t in range(total):
        here = [e for e in events if e["begin"] <= t < e["end"]]
        is_lit = any(e["kind"] == "light" for e in here)
        if all(e["kind"] == "light" for e in here):
            np.copyto(out, still[is_lit])
        else:
            np.copyto(frame, base)
            for event in here:
                if event["kind"] == "visitor":
                    number = min(int((t - event["begin"]) * clip_fps / fps), len(event["frames"]) - 1)
                    picture = event["frames"][number]
                    change = np.abs(picture[:luma].astype(np.float32) - background[:luma]).reshape(height, width)
                    alpha = np.clip((blur(change, 3) - 8) / 12, 0, 1)
                    flat = alpha.reshape(-1)
                    picture = night(picture)
                    frame[:luma] = frame[:luma] * (1 - flat) + picture[:luma] * flat
                    half = np.tile(alpha[::2, ::2][:halves[1], :halves[0]].reshape(-1), 2)
                    frame[luma:] = frame[luma:] * (1 - half) + picture[luma:] * half
            if is_lit:
                frame[:luma] *= 1.25
            for event in here:
                if event["kind"] == "insect":
                    place = (t - event["begin"]) / (event["end"] - event["begin"])
                    size = event["size"]
                    x, y = (event["from"] * (1 - place) + event["to"] * place) * (width - 4 * size, height - 2 * size)
                    spot = np.outer(np.hanning(2 * size + 2)[1:-1], np.hanning(4 * size + 2)[1:-1]) * event["bright"]
                    frame[:luma].reshape(height, width)[int(y):int(y) + 2 * size, int(x):int(x) + 4 * size] += spot
            np.rint(frame, out=frame)
            np.copyto(out, frame, casting="unsafe")
        grain = noise[rng.integers(len(noise))]
        shift = int(rng.integers(8192))
        out[:luma] += grain[shift:shift + luma]
        np.clip(out, 16, 240, out=out)
        np.copyto(bytes_out, out, casting="unsafe")
        sink.stdin.write(bytes_out)
    sink.stdin.close()
    if sink.wait() != 0:
        raise SystemExit("ffmpeg failed")
    truth = [{"kind": e["kind"], "begin_s": e["begin"] / fps, "end_s": e["end"] / fps} for e in sorted(events, key=lambda e: e["begin"])]
    with open(f"{options.out}.json", "w") as file:
        json.dump({"seed": options.seed, "fps": fps, "seconds": total / fps, "events": truth}, file, indent=1)


if __name__ == "__main__":
    main()
