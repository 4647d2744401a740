"""The published detectors, decoded from their papers' reference code with numpy: shares no code with deepvid.

Conventions fixed here, and to be met by deepvid (see README.md):
* one candidate per location: its best class;
* boxes are mapped back with the factor the picture was really resized by (resized side / source side),
  not with the unrounded letterbox ratio;
* greedy NMS per class, IoU of continuous boxes (no +1), suppression where IoU > limit;
* boxes are clipped to the picture after NMS.
"""
from dataclasses import dataclass, field
import numpy as np

IMAGENET = ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375])
COCO80 = """person;bicycle;car;motorcycle;airplane;bus;train;truck;boat;traffic light;fire hydrant;stop sign;parking meter;bench;bird;cat;dog;horse;sheep;cow;elephant;bear;zebra;giraffe;backpack;umbrella;handbag;tie;suitcase;frisbee;skis;snowboard;sports ball;kite;baseball bat;baseball glove;skateboard;surfboard;tennis racket;bottle;wine glass;cup;fork;knife;spoon;bowl;banana;apple;sandwich;orange;broccoli;carrot;hot dog;pizza;donut;cake;chair;couch;potted plant;bed;dining table;toilet;tv;laptop;mouse;remote;keyboard;cell phone;microwave;oven;toaster;sink;refrigerator;book;clock;vase;scissors;teddy bear;hair drier;toothbrush""".split(";")


@dataclass
class Detector:
    file: str
    size: tuple  # width, height of the model's input
    color: str
    mean: list
    std: list
    resize: str
    decode: object  # outputs by name -> (corners in model pixels [N,4], scores [N], classes [N])
    pad: int = 114
    nms_iou: float = 0.45
    labels: list = field(default_factory=lambda: COCO80)


def grid(width, height, stride):
    columns, rows = np.meshgrid(np.arange(width // stride), np.arange(height // stride))
    return columns.reshape(-1), rows.reshape(-1)


def corners(cx, cy, w, h):
    return np.stack([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], 1)


def yolox(outputs, size):
    out = outputs["outputs"][0]
    cells = [(grid(*size, s), s) for s in (8, 16, 32)]
    gx = np.concatenate([c[0] for c, _ in cells])
    gy = np.concatenate([c[1] for c, _ in cells])
    stride = np.concatenate([np.full(len(c[0]), s) for c, s in cells]).astype(np.float32)
    boxes = corners((out[:, 0] + gx) * stride, (out[:, 1] + gy) * stride, np.exp(out[:, 2]) * stride, np.exp(out[:, 3]) * stride)
    scores = out[:, 4:5] * out[:, 5:]
    return boxes, scores.max(1), scores.argmax(1)


def gfl(strides):
    """NanoDet (v0) and PicoDet: each side of the box is the mean of a distribution over 0…7 strides."""

    def decode(outputs, size):
        values = list(outputs.values())
        scores, distances, centres = [], [], []
        for stride in strides:
            gx, gy = grid(*size, stride)
            scores.append(next(v[0] for v in values if v.shape[1:] == (len(gx), 80)))
            raw = next(v[0] for v in values if v.shape[1:] == (len(gx), 32)).reshape(-1, 4, 8)
            p = np.exp(raw - raw.max(2, keepdims=True))
            p /= p.sum(2, keepdims=True)
            distances.append((p * np.arange(8)).sum(2) * stride)
            centres.append(np.stack([(gx + 0.5) * stride, (gy + 0.5) * stride], 1))
        scores, d, c = np.concatenate(scores), np.concatenate(distances), np.concatenate(centres)
        boxes = np.stack([c[:, 0] - d[:, 0], c[:, 1] - d[:, 1], c[:, 0] + d[:, 2], c[:, 1] + d[:, 3]], 1)
        return boxes, scores.max(1), scores.argmax(1)

    return decode


def fastestdet(outputs, size):
    out = next(iter(outputs.values()))[0]
    _, height, width = out.shape
    gx, gy = np.meshgrid(np.arange(width), np.arange(height))
    sigmoid = lambda x: 1 / (1 + np.exp(-x))
    cx = (np.tanh(out[1]) + gx) / width * size[0]
    cy = (np.tanh(out[2]) + gy) / height * size[1]
    boxes = corners(*(v.reshape(-1) for v in (cx, cy, sigmoid(out[3]) * size[0], sigmoid(out[4]) * size[1])))
    scores = out[0] ** 0.6 * out[5:].max(0) ** 0.4
    return boxes, scores.reshape(-1), out[5:].argmax(0).reshape(-1)


def ultraface(outputs, size):
    scale = np.array([size[0], size[1], size[0], size[1]], np.float32)
    scores = outputs["scores"][0][:, 1]
    return outputs["boxes"][0] * scale, scores, np.zeros(len(scores), int)


def ultraface_priors(width, height):
    """Centre and sides as shares of the input, clipped to it as the published code does."""
    priors = []
    for stride, sides in ((8, (10, 16, 24)), (16, (32, 48)), (32, (64, 96)), (64, (128, 192, 256))):
        rows, columns = -(-height // stride), -(-width // stride)
        for row in range(rows):
            for column in range(columns):
                for side in sides:
                    priors.append([(column + 0.5) / columns, (row + 0.5) / rows, side / width, side / height])
    return np.clip(np.array(priors), 0, 1)


def ultraface_raw(outputs, size):
    """The simplified export leaves out the decode: its boxes are offsets from priors."""
    priors, raw = ultraface_priors(*size), outputs["boxes"][0]
    centres = priors[:, :2] + raw[:, :2] * 0.1 * priors[:, 2:]
    sides = priors[:, 2:] * np.exp(raw[:, 2:] * 0.2)
    decoded = np.concatenate([centres - sides / 2, centres + sides / 2], 1)
    return ultraface({"scores": outputs["scores"], "boxes": decoded[None]}, size)


def yunet(outputs, size):
    boxes, scores = [], []
    for s in (8, 16, 32):
        gx, gy = grid(*size, s)
        b = outputs[f"bbox_{s}"][0]
        boxes.append(corners((b[:, 0] + gx) * s, (b[:, 1] + gy) * s, np.exp(b[:, 2]) * s, np.exp(b[:, 3]) * s))
        clamp = lambda v: np.clip(v[0][:, 0], 0, 1)
        scores.append(np.sqrt(clamp(outputs[f"cls_{s}"]) * clamp(outputs[f"obj_{s}"])))
    scores = np.concatenate(scores)
    return np.concatenate(boxes), scores, np.zeros(len(scores), int)


DETECTORS = {
    "yolox_nano": Detector("yolox_nano_416.onnx", (416, 416), "rgb", *IMAGENET, "letterbox_topleft", yolox),
    "picodet_s": Detector("picodet_s_320_coco.onnx", (320, 320), "rgb", *IMAGENET, "stretch", gfl((8, 16, 32, 64)), nms_iou=0.6),
    "nanodet_m": Detector("nanodet_m_416.onnx", (416, 416), "bgr", IMAGENET[0][::-1], IMAGENET[1][::-1], "letterbox", gfl((8, 16, 32)), pad=0, nms_iou=0.6),
    "fastestdet": Detector("fastestdet_352.onnx", (352, 352), "bgr", [0] * 3, [255] * 3, "stretch", fastestdet),
    "ultraface": Detector("ultraface_version-RFB-320.onnx", (320, 240), "rgb", [127] * 3, [128] * 3, "stretch", ultraface, nms_iou=0.3, labels=["face"]),
    "ultraface_simplified": Detector("ultraface_version-RFB-320_simplified.onnx", (320, 240), "rgb", [127] * 3, [128] * 3, "stretch", ultraface_raw, nms_iou=0.3, labels=["face"]),
    "yunet": Detector("yunet_n_320_320.onnx", (320, 320), "bgr", [0] * 3, [1] * 3, "letterbox_topleft", yunet, pad=0, nms_iou=0.3, labels=["face"]),
}
