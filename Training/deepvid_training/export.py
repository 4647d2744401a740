"""From a checkpoint to the embedded ONNX file and its card, with proof that they agree."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from .blending import blend
from .calibration import offsets, thresholds
from .labels import CLASSES
from .network import STRIDES, pixels
from .onnx_writer import GraphWriter
from .published import Published
from .published_export import published_to_onnx
from .torch_detector import TorchDetector
from .train import build

ALWAYS = 20.0


def write_head(graph, x, name, head):
    """One level -> [1, 5 + classes, H, W]: raw box, objectness, class probabilities.

    The network has no objectness; that channel has zero weights and a bias whose sigmoid is 1
    in float32, so that the YOLOX rule (objectness x class) yields the class probability.
    """
    x = graph.separable(x, f"{name}.shared", head.shared)
    box = graph.separable(x, f"{name}.box_tower", head.box_tower)
    kind = graph.separable(x, f"{name}.class_tower", head.class_tower)
    weight, bias = (p.detach().numpy() for p in (head.classes.weight, head.classes.bias))
    weight = np.concatenate([np.zeros_like(weight[:1]), weight])
    bias = np.concatenate([np.float32([ALWAYS]), bias])
    kind = graph.convolve(kind, f"{name}.classes", weight, bias)
    kind = graph.node("Sigmoid", [kind], f"{name}.scores")
    box = graph.convolve(
        box, f"{name}.box", head.box.weight.detach().numpy(), head.box.bias.detach().numpy()
    )
    return graph.node("Concat", [box, kind], f"{name}.cells", axis=1)


def to_onnx(model, height, width, note):
    """Detector -> ModelProto; input `images` [1, 3, H, W] 0..255, output [1, N, 5 + classes]."""
    graph = GraphWriter()
    x = graph.unit("images", "stem.0", model.stem[0], scale=1 / 255, half=False)
    x = graph.unit(x, "stem.1", model.stem[1])
    c8 = graph.stage(x, "stage8", model.stage8)
    c16 = graph.stage(c8, "stage16", model.stage16)
    c32 = graph.stage(c16, "stage32", model.stage32)
    neck = model.pyramid
    l8, l16, l32 = (
        graph.unit(c, f"lateral{s}", layer)
        for c, s, layer in zip((c8, c16, c32), STRIDES, neck.lateral)
    )
    t16 = graph.separable(
        graph.add(l16, graph.double(l32, "up32"), "sum16"), "smooth16", neck.smooth16
    )
    p8 = graph.separable(graph.add(l8, graph.double(t16, "up16"), "sum8"), "smooth8", neck.smooth8)
    p16 = graph.add(t16, graph.separable(p8, "down16", neck.down16), "p16")
    p32 = graph.add(l32, graph.separable(p16, "down32", neck.down32), "p32")
    rows = 5 + model.heads[0].classes.out_channels
    shape = graph.constant("rows", np.int64([1, rows, -1]))
    flat = []
    for p, stride, head in zip((p8, p16, p32), STRIDES, model.heads):
        cells = write_head(graph, p, f"head{stride}", head)
        flat.append(graph.node("Reshape", [cells, shape], f"head{stride}.flat"))
    graph.node("Concat", flat, "all", axis=2)
    graph.node("Transpose", ["all"], "output", perm=[0, 2, 1])
    return graph.detector("output", (height, width), rows, 13, note)


def compare(model, path, height, width):
    """Largest absolute differences (scores, raw boxes) of onnxruntime and PyTorch."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    noise = np.random.default_rng(0).uniform(0, 255, (1, 3, height, width)).astype(np.float32)
    (got,) = session.run(None, {"images": noise})
    with torch.no_grad():
        logits, raw = model(torch.from_numpy(noise / 255))
    if not isinstance(model, Published) and not (got[..., 4] == 1).all():
        raise ValueError("objectness is not exactly 1")
    scores = got[..., 5:] * got[..., 4:5]
    wanted = logits.sigmoid().numpy()
    return np.abs(scores - wanted).max(), np.abs(got[..., :4] - raw.numpy()).max()


def card(size, score, nms_iou, labels=CLASSES, resize="letterbox_topleft"):
    """The model card of an exported detector; `size` has `width` and `height`, or `pixels` where
    the input takes the shape of the frames."""
    return {
        "head": "yolox",
        "input": size
        | {
            "color": "rgb",
            "mean": [0, 0, 0],
            "std": [1, 1, 1],
            "resize": resize,
            "pad": 114,
        },
        "labels": list(labels),
        "score": score,
        "nms_iou": nms_iou,
    }


def load(config, checkpoint):
    """The averaged model of a checkpoint, in evaluation mode; also the step it was taken at."""
    state = torch.load(checkpoint, weights_only=True)
    model = build(config | {"network": state["network"]})
    model.load_state_dict(state["average"])
    return model.eval(), state["step"]


def calibrate(config, model):
    """By class, the threshold that it needs, and the shift of its scores that makes the card's
    score of that, where it is not 0; both {class: number}."""
    net, score = config["network"], config["export"]["score"]
    chosen = thresholds(config, TorchDetector(model, pixels(net), score=0.1))
    named = dict(zip(CLASSES, (round(float(v), 3) for v in chosen)))
    shifts = dict(zip(CLASSES, (round(float(v), 3) for v in offsets(chosen, score))))
    return named, {name: shift for name, shift in shifts.items() if shift}


def run(config, name, target):
    """Write <target>/default.onnx and default.json from the run's checkpoint."""
    net = config["network"]
    model, step = load(config, Path(config["data"]["runs"]) / name / "checkpoint.pt")
    if net.get("published") and config["export"]["share"] < 1:
        model = blend(config, model, config["export"]["share"])
    sides = {"width": net["width"], "height": net["height"]}
    size = {"pixels": pixels(net)} if net.get("published") else sides
    values = card(size, config["export"]["score"], config["export"]["nms_iou"])
    if "alarms" in config["export"]:
        chosen, values["score_shifts"] = calibrate(config, model)
        print(f"least scores that become {values['score']}: {chosen}")
    target = Path(target)
    target.mkdir(parents=True, exist_ok=True)
    note = f"deepvid's built-in detector, run {name}, {step} steps; classes {', '.join(CLASSES)}"
    path = target / "default.onnx"
    if net.get("published"):
        proto = published_to_onnx(model, note)
    else:
        proto = to_onnx(model, net["height"], net["width"], note)
    onnx.save(proto, path)
    scores, boxes = compare(model, path, net["height"], net["width"])
    print(f"{path.name}: {path.stat().st_size:,} bytes, step {step}")
    print(f"largest difference to PyTorch: scores {scores:.2g}, raw boxes {boxes:.2g}")
    if scores > 0.02:
        raise ValueError("the exported scores differ from PyTorch's")
    (target / "default.json").write_text(json.dumps(values, indent=2) + "\n")
