#!/usr/bin/env python3
"""How many crops the result cache answers without the second model, and how well.

    benchmarks/result_cache.py [--bench .build/release/deepvid-bench] [--target 0.95] [CLIP ...]

YOLOX-nano finds persons in the clips of ../shared, person-reidentification-retail-0288 gives an embedding of each: of all of them, so that the
agreement of the cache's answers is counted, not estimated. `deepvid-bench answers` looks them up in the order in which they were seen, first
every one, then as it would be with answers kept along tracks: one look a second and person.

Needs numpy, opencv-python-headless and onnxruntime.
"""
import argparse
import subprocess

import cv2
import numpy as np
import onnxruntime

from common import SHARED

CLIPS = ["fixed_intel_one-by-one-person-detection.mp4", "tripod_sam2_juggle720p.mp4"]
SCORE, MARGIN = 0.4, 0.05
MEAN, STD = np.float32([123.675, 116.28, 103.53]), np.float32([58.395, 57.12, 57.375])


def session(name):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(SHARED / "models" / name), options)


def persons(network, picture):
    """Boxes x, y, width, height in pixels of the picture."""
    size = 416
    scale = min(size / picture.shape[0], size / picture.shape[1])
    small = cv2.resize(picture, None, fx=scale, fy=scale)
    padded = np.full((size, size, 3), 114, np.uint8)
    padded[: small.shape[0], : small.shape[1]] = small
    pixels = ((padded[..., ::-1].astype(np.float32) - MEAN) / STD).transpose(2, 0, 1)[None]
    output = network.run(None, {network.get_inputs()[0].name: pixels})[0][0]
    cells = np.concatenate([np.stack(np.meshgrid(np.arange(size // s), np.arange(size // s)), 2).reshape(-1, 2) for s in (8, 16, 32)])
    strides = np.concatenate([np.full((size // s) ** 2, s) for s in (8, 16, 32)])[:, None]
    centers, extents = (output[:, :2] + cells) * strides, np.exp(output[:, 2:4]) * strides
    scores = output[:, 4] * output[:, 5]
    chosen = (scores > SCORE) & (output[:, 5:].argmax(1) == 0)
    boxes, scores = (np.concatenate((centers - extents / 2, extents), 1) / scale)[chosen], scores[chosen]
    return boxes[np.array(cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), SCORE, 0.5), int).reshape(-1)]


def overlap(a, b):
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    both = max(width, 0) * max(height, 0)
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def crops(clip):
    """Of each person in each frame: seconds, number of the person, bytes for `deepvid-bench answers`."""
    detector, embedding = session("yolox_nano_416.onnx"), session("more/person-reidentification-retail-0288.onnx")
    video, tracks, number = cv2.VideoCapture(str(SHARED / "videos" / clip)), [], 0
    rate = video.get(cv2.CAP_PROP_FPS)
    frame = 0
    while True:
        there, picture = video.read()
        if not there:
            return
        frame += 1
        seen = []
        for box in persons(detector, picture):
            x, y, width, height = box
            left, top = max(0, int(x - MARGIN * width)), max(0, int(y - MARGIN * height))
            crop = picture[top : int(y + height * (1 + MARGIN)) + 1, left : int(x + width * (1 + MARGIN)) + 1]
            if min(crop.shape[:2]) < 12:
                continue
            known = max(tracks, key=lambda track: overlap(track[1], box), default=None)
            if known and overlap(known[1], box) > 0.3:
                tracks.remove(known)
                identity = known[0]
            else:
                number += 1
                identity = number
            seen.append((identity, box, frame))
            pixels = cv2.resize(crop, (128, 256))
            vector = embedding.run(None, {embedding.get_inputs()[0].name: pixels[None].astype(np.float32)})[0].reshape(-1)
            small = pixels.reshape(32, 8, 32, 4, 3).astype(np.int32).sum((1, 3)) // 32
            yield frame / rate, identity, small[..., ::-1].astype(np.uint8).tobytes() + (vector / np.linalg.norm(vector)).astype("<f4").tobytes()
        tracks = [track for track in tracks if frame - track[2] < rate] + seen


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="*", default=CLIPS)
    parser.add_argument("--bench", default=".build/release/deepvid-bench")
    parser.add_argument("--target", default="0.95")
    arguments = parser.parse_args()
    for clip in arguments.clips:
        found = list(crops(clip))
        looks, last = [], {}
        for time, identity, data in found:
            if time - last.get(identity, -1) >= 1:
                last[identity] = time
                looks.append(data)
        for name, chosen in ("every frame", [data for _, _, data in found]), ("one look a second", looks):
            print(f"{clip}, {name}:", flush=True)
            subprocess.run([arguments.bench, "answers", "--numbers", "256", "--target", arguments.target], input=b"".join(chosen), check=True)


if __name__ == "__main__":
    main()
