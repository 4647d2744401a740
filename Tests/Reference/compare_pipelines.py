#!/usr/bin/env python3
"""Ultralytics' own pipeline against deepvid, from the pixels of a frame to boxes, masks, keypoints and angles.

    compare_pipelines.py --work FOLDER --clips a.mp4 b.avi … [--models yolo26n yolo11n-seg …] [--decode lossless|own]

For each model: Ultralytics' configuration with random weights, calibrated on the clips' first frames, turned boxes on all (normalisation by what the layers really
get; scores so that some ten boxes a frame pass 0.25), exported to ONNX by Ultralytics. Then `predict()` of the same file, with onnxruntime,
against `deepvid infer --cache off`. With `--decode lossless` both read the same RGB pixels (ffv1); with `own` each decodes the clip
itself, Ultralytics by OpenCV. RT-DETR with random weights answers otherwise to pictures that are half a level apart, as two ways to resize are: give it clips
of 640×640, which neither side resizes.

A box is right as in compare_boxes.py: same class, IoU of at least 0.9 one to one, best scores first; scores within 0.01 of 0.25 are
neutral. Turned boxes are compared as polygons. Of the right ones: IoU of masks, pixels between keypoints and between corners.
Prints a line of a Markdown table a model; exits 1 where F1 is below --require. Needs ultralytics, torch, onnxruntime, opencv, numpy, and
ffmpeg on the path.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

os.environ["YOLO_AUTOINSTALL"] = "false"
import cv2
import numpy as np
import torch
from ultralytics import RTDETR, YOLO
from ultralytics.data.augment import LetterBox

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODELS = "yolo26n yolo26n-seg yolo26n-pose yolo26n-obb yolo11n yolo11n-seg yolo11n-pose yolo11n-obb rtdetr-l".split()
SCORE, MARGIN, LEAST_IOU = 0.25, 0.01, 0.9
# Candidates above the threshold in a frame, by whether they are suppressed afterwards: what remains is some ten.
WANTED = {True: 10, False: 60}


# MARK: Frames


def decoded(path):
    """All frames of a lossless clip, BGR."""
    size = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=width,height", "-of", "csv=p=0", path],
                          capture_output=True, text=True, check=True).stdout.split(",")
    width, height = int(size[0]), int(size[1])
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "bgr24", "-"], capture_output=True, check=True)
    return list(np.frombuffer(raw.stdout, np.uint8).reshape(-1, height, width, 3))


def decoded_by_opencv(path, numbers):
    """These frames as Ultralytics reads them."""
    video, frames = cv2.VideoCapture(str(path)), []
    for number in range(max(numbers) + 1):
        good, frame = video.read()
        if not good:
            break
        if number in numbers:
            frames.append(frame)
    return frames


def lossless(clip, folder, every, count):
    """Each `every`th frame, `count` of them, as RGB without loss."""
    path = folder / f"{clip.stem}-{every}-{count}.mkv"
    if not path.exists():
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", clip, "-vf", f"select='not(mod(n,{every}))'", "-fps_mode", "passthrough",
                        "-frames:v", str(count), "-c:v", "ffv1", "-pix_fmt", "bgr0", path], check=True)
    return path


# MARK: Models


def outputs(net, layers, batch):
    """What `layers` give for the batch, as frames × places × values each."""
    found, hooks = {}, []
    for layer in layers:
        hooks.append(layer.register_forward_hook(lambda layer, _, y: found.update({layer: y.flatten(2).transpose(1, 2) if y.dim() == 4 else y})))
    with torch.no_grad():
        net(batch)
    for hook in hooks:
        hook.remove()
    return [found[layer] for layer in layers]


def spread(net, layers, batch, deviation, center):
    """Scales and shifts final layers so that each output has this mean and deviation over the batch."""
    for layer, values in zip(layers, outputs(net, layers, batch)):
        values = values.flatten(0, 1)
        factor = deviation / values.std(0).clamp_min(1e-6)
        with torch.no_grad():
            layer.weight.mul_(factor.view([-1] + [1] * (layer.weight.dim() - 1)))
            layer.bias.sub_(values.mean(0)).mul_(factor).add_(center)


def choose(net, layers, batch, wanted):
    """Shifts class scores so that `wanted` places of a frame have one above the threshold."""
    best = torch.cat([v.amax(2) for v in outputs(net, layers, batch)], 1)
    limit = best.flatten().topk(wanted * len(batch)).values[-1]
    with torch.no_grad():
        for layer in layers:
            layer.bias.add_(float(np.log(SCORE / (1 - SCORE))) - limit)


def last(branch):
    return branch[-1] if isinstance(branch, torch.nn.Sequential) else branch.layers[-1] if hasattr(branch, "layers") else branch


def calibrated(name, size, frames):
    """A model with random weights whose outputs vary with the picture."""
    torch.manual_seed(1)
    is_query = name.startswith("rtdetr")
    model = (RTDETR if is_query else YOLO)(name + ".yaml")
    net = model.model.float().eval()
    letterbox = LetterBox((size, size), auto=False, scale_fill=is_query)
    batch = np.stack([letterbox(image=f)[:, :, ::-1].transpose(2, 0, 1) for f in frames])
    batch = torch.from_numpy(np.ascontiguousarray(batch)).float() / 255
    norms = [m for m in net.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    with torch.no_grad():
        net(batch)
    for norm in norms:
        norm.momentum = 0.03
    net.eval()
    head = net.model[-1]
    if is_query:
        for linear in (m for m in head.modules() if isinstance(m, torch.nn.Linear)):
            if linear.weight.std() == 0:
                torch.nn.init.normal_(linear.weight, std=0.005)
        # With random weights as they are, six layers enlarge a difference of 1e-4 in the picture until other queries answer, in
        # onnxruntime too. Trained ones do not; what layers add is made small instead.
        for layer in head.decoder.layers:
            for linear in (layer.self_attn.out_proj, layer.cross_attn.output_proj, layer.linear2):
                with torch.no_grad():
                    linear.weight.mul_(0.1)
        spread(net, [head.enc_score_head], batch, 1.5, -3)
        spread(net, [last(head.enc_bbox_head)], batch, 0.5, 0)
        for boxes in head.dec_bbox_head:
            spread(net, [last(boxes)], batch, 0.05, 0)
        spread(net, [head.dec_score_head[-1]], batch, 1.5, -3)
        choose(net, [head.dec_score_head[-1]], batch, WANTED[True])
        return model
    for prefix in ("", "one2one_"):
        if not isinstance(getattr(head, prefix + "cv3", None), torch.nn.ModuleList):
            continue
        end_to_end = bool(prefix)
        boxes = [last(b) for b in getattr(head, prefix + "cv2")]
        classes = [last(b) for b in getattr(head, prefix + "cv3")]
        # Sides in cells: of 16 bins, or the number itself. Turned boxes with a negative side, which trained models do not have, are read
        # differently by either side, so theirs vary so little that none has one.
        spread(net, boxes, batch, *((1.5, 0) if head.reg_max > 1 else (0.1, 3) if name.endswith("obb") else (1, 3)))
        spread(net, classes, batch, 1.5, -3)
        choose(net, classes, batch, WANTED[end_to_end])
        for tail in ("cv4", "cv4_kpts"):
            branches = getattr(head, prefix + tail, None)
            if isinstance(branches, torch.nn.ModuleList):
                # YOLO26's poses have features here that other layers read.
                spread(net, [last(b) for b in branches if hasattr(last(b), "weight")], batch, 1, 0)
    return model


def exported(name, size, frames, folder):
    path = folder / f"{name}-{size}.onnx"
    if not path.exists():
        file = calibrated(name, size, frames).export(format="onnx", imgsz=size, verbose=False, **({"nms": False} if name.startswith("yolo26") else {}))
        os.replace(file, path)
    return path


# MARK: Results, of both sides as dictionaries


def theirs(model, frame, size):
    result = model.predict(frame, conf=SCORE - MARGIN, imgsz=size, retina_masks=True, verbose=False, device="cpu")[0]
    boxes = result.obb if result.obb is not None else result.boxes
    found = []
    for index in range(len(boxes)):
        left, top, right, bottom = boxes.xyxy[index].tolist()
        # Records have no box beyond the frame's edges; Ultralytics' of RT-DETR may be.
        height, width = frame.shape[:2]
        left, right, top, bottom = max(left, 0), min(right, width), max(top, 0), min(bottom, height)
        # Nor one without an area: with random weights a box's end may lie before its beginning.
        width, height = boxes.xywhr[index, 2:4].tolist() if result.obb is not None else (right - left, bottom - top)
        if width <= 0 or height <= 0:
            continue
        one = {"class_id": int(boxes.cls[index]), "score": float(boxes.conf[index]), "box": [left, top, right - left, bottom - top]}
        if result.obb is not None:
            one["corners"] = boxes.xyxyxyxy[index].numpy()
        if result.masks is not None:
            one["mask"] = result.masks.data[index].numpy() > 0.5
        if result.keypoints is not None:
            one["keypoints"] = result.keypoints.data[index].numpy()[:, :2]
        found.append(one)
    return found


def pixels(mask):
    """COCO's compressed run lengths as a picture."""
    counts, value, shift = [], 0, 0
    for character in mask["counts"].encode():
        bits = character - 48
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            if bits & 16:
                value |= -1 << shift
            counts.append(value + (counts[-2] if len(counts) > 2 else 0))
            value = shift = 0
    height, width = mask["size"]
    flat = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    return flat.reshape(width, height).T


def ours(binary, path, model, options):
    """Frame number → objects."""
    command = [binary, "infer", path, "--model", model, "--cache", "off", "--quiet", "--score", str(SCORE - MARGIN), *options]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    found = {}
    for record in map(json.loads, lines):
        if record["type"] == "frame":
            found[record["frame"]] = record["objects"]
            for one in record["objects"]:
                if "mask" in one:
                    one["mask"] = pixels(one["mask"])
                if "keypoints" in one:
                    one["keypoints"] = np.array([[p["x"], p["y"]] for p in one["keypoints"]])
                if "corners" in one:
                    one["corners"] = np.array(one["corners"])
    return found


# MARK: Comparison


def area(polygon):
    return cv2.contourArea(polygon.astype(np.float32))


def iou(a, b):
    if "corners" in a:
        both, _ = cv2.intersectConvexConvex(a["corners"].astype(np.float32), b["corners"].astype(np.float32))
        return both / max(area(a["corners"]) + area(b["corners"]) - both, 1e-9)
    (ax, ay, aw, ah), (bx, by, bw, bh) = a["box"], b["box"]
    w, h = min(ax + aw, bx + bw) - max(ax, bx), min(ay + ah, by + bh) - max(ay, by)
    return w * h / (aw * ah + bw * bh - w * h) if w > 0 and h > 0 else 0


def matched(wanted, offered):
    """Pairs, and those of `wanted` without a partner of their own in `offered`."""
    free, pairs, missing = list(offered), [], []
    for one in sorted(wanted, key=lambda o: -o["score"]):
        near = [(iou(one, o), i) for i, o in enumerate(free) if o["class_id"] == one["class_id"]]
        best, index = max(near, default=(0, -1))
        if best >= LEAST_IOU:
            pairs.append((one, free.pop(index)))
        else:
            missing.append((best, one))
    return pairs, missing


def turned(a, b):
    """Pixels between the corners of two boxes, which may begin at different ones."""
    return min(np.abs(a - np.roll(b[::step], shift, 0)).max() for shift in range(4) for step in (1, -1))


class Agreement:
    def __init__(self, name):
        self.name, self.frames, self.right, self.missed, self.extra = name, 0, 0, 0, 0
        self.scores, self.masks, self.points, self.corners = [], [], [], []

    def add(self, theirs, ours, verbose):
        sides = theirs, ours
        sure = [[o for o in side if o["score"] >= SCORE] for side in sides]
        near = [[o for o in side if o["score"] >= SCORE - MARGIN] for side in sides]
        (pairs, absent), (_, surplus) = matched(sure[0], near[1]), matched(sure[1], near[0])
        self.frames += 1
        self.right, self.missed, self.extra = self.right + len(pairs), self.missed + len(absent), self.extra + len(surplus)
        for what, group in ("missed", absent), ("extra", surplus):
            for best, one in group if verbose else []:
                print(f"{self.name} frame {self.frames}: {what} class {one['class_id']} {one['score']:.4f} {one['box']} best IoU {best:.3f}", file=sys.stderr)
        for a, b in pairs:
            self.scores.append(abs(a["score"] - b["score"]))
            if "mask" in a:
                union = (a["mask"] | b["mask"]).sum()
                self.masks.append((a["mask"] & b["mask"]).sum() / union if union else 1)
            if "keypoints" in a:
                self.points += list(np.hypot(*(a["keypoints"] - b["keypoints"]).T))
            if "corners" in a:
                self.corners.append(turned(a["corners"], b["corners"]))

    @property
    def f1(self):
        return 2 * self.right / max(2 * self.right + self.missed + self.extra, 1)

    @property
    def line(self):
        def figures(values, least):
            return "–" if not values else "%.3f / %.3f" % (np.mean(values), min(values) if least else max(values))

        return "| %s | %d | %d | %d | %d | %.4f | %.4f | %s | %s | %s |" % (
            self.name, self.frames, self.right, self.missed, self.extra, self.f1, max(self.scores, default=0), figures(self.masks, True),
            figures(self.points, False), figures(self.corners, False))


HEADER = ("| model | frames | right | missed | extra | F1 | largest difference of scores | IoU of masks, mean / least | px between keypoints, mean / most "
          "| px between corners, mean / most |\n" + "|---" * 10 + "|")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder for models and lossless clips, kept")
    parser.add_argument("--clips", nargs="+", type=pathlib.Path, required=True)
    parser.add_argument("--models", nargs="+", default=MODELS, help=f"default: {' '.join(MODELS)}")
    parser.add_argument("--size", type=int, default=640, help="side of the input (default 640)")
    parser.add_argument("--frames", type=int, default=4, help="of each clip (default 4)")
    parser.add_argument("--every", type=int, default=40, help="frames from one to the next (default 40)")
    parser.add_argument("--decode", choices=["lossless", "own"], default="lossless")
    parser.add_argument("--deepvid", default=ROOT / ".build/release/deepvid")
    parser.add_argument("--require", type=float, default=0.995)
    parser.add_argument("--verbose", action="store_true", help="list the boxes that differ, on stderr")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    copies = [lossless(c, options.work, options.every, options.frames) for c in options.clips]
    exact = [decoded(c) for c in copies]
    print(HEADER, flush=True)
    least = 1.0
    for name in options.models:
        # Turned boxes are to have no negative side on any frame, others to vary.
        path = exported(name, options.size, [f for clip in exact for f in (clip if name.endswith("obb") else clip[:1])], options.work)
        task = {"seg": "segment", "pose": "pose", "obb": "obb"}.get(name.partition("-")[2], "detect")
        model = (RTDETR if name.startswith("rtdetr") else YOLO)(path, **({} if name.startswith("rtdetr") else {"task": task}))
        agreement = Agreement(name)
        for clip, copy, frames in zip(options.clips, copies, exact):
            numbers = [options.every * i for i in range(len(frames))]
            if options.decode == "own":
                found = ours(options.deepvid, clip, path, ["--every", str(options.every), "--max-frames", str(options.frames)])
                pictures = decoded_by_opencv(clip, numbers)
            else:
                found, numbers, pictures = ours(options.deepvid, copy, path, []), range(len(frames)), frames
            for number, picture in zip(numbers, pictures):
                agreement.add(theirs(model, picture, options.size), found[number], options.verbose)
        print(agreement.line, flush=True)
        least = min(least, agreement.f1)
    sys.exit(least < options.require)


if __name__ == "__main__":
    main()
