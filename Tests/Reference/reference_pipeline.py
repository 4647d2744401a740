#!/usr/bin/env python3
"""Runs the published detectors over clips with FFmpeg, OpenCV and onnxruntime, and writes what deepvid should find.

    reference_pipeline.py --models DIR --clips A.mp4 B.mp4 --out DIR [--detectors yolox_nano …] [--frames 50]
                          [--score 0.3]

Writes OUT/<detector>/<clip>.json: {"detector", "clip", "every", "width", "height", "frames": [{"frame", "objects": […]}]}
with the objects in deepvid's own form. Every n-th frame is taken, so that about --frames are, numbered in decode order:
`deepvid infer --every n` computes the same ones.
"""
import argparse, json, pathlib, subprocess
import cv2
import numpy as np
import onnxruntime
from detectors import DETECTORS


def clip_size(path):
    probe = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "json", path],
        check=True, capture_output=True)
    stream = json.loads(probe.stdout)["streams"][0]
    return stream["width"], stream["height"]


def rgb_frames(path):
    """Every decoded frame, none dropped or doubled, in display orientation."""
    width, height = clip_size(path)
    command = ["ffmpeg", "-v", "error", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough",
               "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        while len(data := process.stdout.read(width * height * 3)) == width * height * 3:
            yield np.frombuffer(data, np.uint8).reshape(height, width, 3)


def place(width, height, detector):
    """The rectangle (x, y, w, h) of the model's input that the whole picture fills."""
    model_width, model_height = detector.size
    if detector.resize == "stretch":
        return 0, 0, model_width, model_height
    ratio = min(model_width / width, model_height / height)
    if detector.resize == "letterbox_topleft":  # as in YOLOX
        return 0, 0, int(width * ratio), int(height * ratio)
    w, h = round(width * ratio), round(height * ratio)  # as in YOLOv5 and v8
    return round((model_width - w) / 2 - 0.1), round((model_height - h) / 2 - 0.1), w, h


def prepare(rgb, detector):
    height, width = rgb.shape[:2]
    x, y, w, h = place(width, height, detector)
    canvas = np.full((detector.size[1], detector.size[0], 3), detector.pad, np.uint8)
    canvas[y:y + h, x:x + w] = cv2.resize(rgb, (w, h), interpolation=cv2.INTER_LINEAR)
    if detector.color == "bgr":
        canvas = canvas[:, :, ::-1]
    values = (canvas.astype(np.float32) - np.float32(detector.mean)) / np.float32(detector.std)
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None]), (x, y, w, h)


def suppress(boxes, scores, classes, limit):
    kept = []
    for i in np.argsort(-scores, kind="stable"):
        same = [k for k in kept if classes[k] == classes[i]]
        if same:
            other = boxes[same]
            w = np.minimum(other[:, 2], boxes[i, 2]) - np.maximum(other[:, 0], boxes[i, 0])
            h = np.minimum(other[:, 3], boxes[i, 3]) - np.maximum(other[:, 1], boxes[i, 1])
            both = np.clip(w, 0, None) * np.clip(h, 0, None)
            area = (other[:, 2] - other[:, 0]) * (other[:, 3] - other[:, 1])
            own = (boxes[i, 2] - boxes[i, 0]) * (boxes[i, 3] - boxes[i, 1])
            if (both / np.maximum(area + own - both, 1e-9) > limit).any():
                continue
        kept.append(i)
    return kept


def detect(session, rgb, detector, score):
    values, (x, y, w, h) = prepare(rgb, detector)
    names = [o.name for o in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, {session.get_inputs()[0].name: values})))
    return objects(outputs, detector, (x, y, w, h), rgb.shape[1], rgb.shape[0], score)


def objects(outputs, detector, placed, width, height, score):
    x, y, w, h = placed
    boxes, scores, classes = detector.decode(outputs, detector.size)
    found = np.flatnonzero(scores >= score)
    boxes, scores, classes = boxes[found].astype(np.float64), scores[found], classes[found]
    result = []
    for i in suppress(boxes, scores, classes, detector.nms_iou):
        x1, x2 = np.clip((boxes[i, [0, 2]] - x) * width / w, 0, width)
        y1, y2 = np.clip((boxes[i, [1, 3]] - y) * height / h, 0, height)
        if x2 > x1 and y2 > y1:
            result.append({"label": detector.labels[classes[i]], "class_id": int(classes[i]), "score": float(scores[i]),
                           "box": [float(x1), float(y1), float(x2 - x1), float(y2 - y1)]})
    return result


def open_session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # these exports list their weights as inputs; it warns of each
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=pathlib.Path, required=True)
    parser.add_argument("--clips", nargs="+", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--detectors", nargs="+", default=list(DETECTORS), choices=list(DETECTORS))
    parser.add_argument("--frames", type=int, default=50, help="frames per clip at most, evenly spread")
    parser.add_argument("--score", type=float, default=0.3)
    options = parser.parse_args()
    sessions = {name: open_session(options.models / DETECTORS[name].file) for name in options.detectors}
    for clip in options.clips:
        total = sum(1 for _ in rgb_frames(clip))
        step = -(-total // options.frames)
        results = {name: [] for name in sessions}
        for index, rgb in enumerate(rgb_frames(clip)):
            if index % step == 0:
                for name, session in sessions.items():
                    results[name].append({"frame": index, "objects": detect(session, rgb, DETECTORS[name], options.score)})
        width, height = clip_size(clip)
        for name, frames in results.items():
            folder = options.out / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / (pathlib.Path(clip).stem + ".json")).write_text(json.dumps(
                {"detector": name, "clip": str(clip), "every": step, "width": width, "height": height, "frames": frames}))
            print(f"{name} {pathlib.Path(clip).name}: {sum(len(f['objects']) for f in frames)} objects in {len(frames)} frames (every {step})")


if __name__ == "__main__":
    main()
