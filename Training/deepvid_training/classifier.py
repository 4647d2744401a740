"""Trains a small classifier of crops, and writes it with its card, for `deepvid infer --then`."""

import json
import time
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper
from torch import nn
from torch.nn import functional as F

from . import crops as cropping
from .network import ConvUnit, parameter_count
from .onnx_writer import GraphWriter


class Classifier(nn.Module):
    """RGB crops [B, 3, S, S], 0..1 -> logits [B, classes]: convolutions, a mean.

    The first convolution and means of 2x2 after the others halve the map. A convolution that does
    so itself drops three of four positions, and says something else of a crop moved by a pixel.
    """

    def __init__(self, classes, channels):
        super().__init__()
        pairs = zip((3, *channels), channels)
        self.units = nn.ModuleList(
            ConvUnit(cin, cout, 3, 1 if index else 2) for index, (cin, cout) in enumerate(pairs)
        )
        self.classes = nn.Conv2d(channels[-1], classes, 1)

    def forward(self, x):
        x = self.units[0](x)
        for unit in self.units[1:-1]:
            x = F.avg_pool2d(unit(x), 2)
        return self.classes(self.units[-1](x).mean((2, 3), keepdim=True)).flatten(1)


def divergence(a, b):
    """How different two lots of logits [B, classes] are: Kullback-Leibler, mean of both ways."""
    a, b = F.log_softmax(a, 1), F.log_softmax(b, 1)
    ways = [F.kl_div(x, y, reduction="batchmean", log_target=True) for x, y in ((a, b), (b, a))]
    return sum(ways) / 2


def tensor(pictures):
    """A list of uint8 [S, S, 3] -> [B, 3, S, S], 0..1."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255


@torch.no_grad()
def answers(model, pictures):
    """The predicted class of each picture."""
    was = model.training
    model.eval()
    parts = [model(tensor(pictures[i : i + 256])) for i in range(0, len(pictures), 256)]
    model.train(was)
    return torch.cat(parts).argmax(1).numpy()


def steadiness(model, crops, settings):
    """How often two views of a crop, as of two frames, are said to be the same."""
    random = np.random.default_rng(0)
    views = [[cropping.seen(c, settings, random) for c in crops] for _ in range(2)]
    return (answers(model, views[0]) == answers(model, views[1])).mean()


def table(model, crops, settings):
    """Share of right answers, and the same by class as a text."""
    pictures = [cropping.cut(c.picture, c.box, settings["margin"], settings["side"]) for c in crops]
    given, labels = answers(model, pictures), np.array([c.label for c in crops])
    by_class = {
        name: f"{(given[labels == i] == i).mean():.3f} of {(labels == i).sum()}"
        for i, name in enumerate(settings["classes"])
        if (labels == i).any()
    }
    return (given == labels).mean(), by_class


def train(config):
    """Train as the configuration says; returns the model and the test crops' table."""
    settings, rules = config["crops"], config["train"]
    folder, sources = config["data"]["labelled"], config["data"]["sources"]
    parts = {s: cropping.read(folder, settings, sources, s) for s in ("train", "val", "test")}
    print(" ".join(f"{name} {len(crops)}" for name, crops in parts.items()), flush=True)
    torch.manual_seed(rules["seed"])
    random = np.random.default_rng(rules["seed"])
    model = Classifier(len(settings["classes"]), rules["channels"])
    print(f"{parameter_count(model)} parameters", flush=True)
    optimizer = torch.optim.AdamW(model.parameters(), rules["rate"], weight_decay=rules["decay"])
    steps = rules["epochs"] * rules["crops"] // rules["batch"]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rules["rate"], steps, pct_start=0.1)
    by_class = [
        [c for c in parts["train"] if c.label == i] for i in range(len(settings["classes"]))
    ]
    shares = np.array(rules["shares"]) / sum(rules["shares"])
    started = time.time()
    for epoch in range(rules["epochs"]):
        total = 0.0
        for _ in range(rules["crops"] // rules["batch"]):
            labels = random.choice(len(by_class), rules["batch"], p=shares)
            chosen = [by_class[i][random.integers(len(by_class[i]))] for i in labels]
            # Each vehicle twice, as in two frames.
            said = model(tensor([cropping.seen(c, settings, random) for c in chosen + chosen]))
            wanted = torch.from_numpy(labels).repeat(2)
            loss = F.cross_entropy(said, wanted, label_smoothing=rules["smoothing"])
            loss = loss + rules["consistency"] * divergence(*said.chunk(2))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * rules["batch"] / rules["crops"]
        share, _ = table(model, parts["val"], settings)
        same, seconds = steadiness(model, parts["val"], settings), time.time() - started
        print(
            f"{epoch + 1} loss {total:.3f} val {share:.3f} steady {same:.3f} {seconds:.0f} s",
            flush=True,
        )
    return model.eval(), table(model, parts["test"], settings)


def export(model, settings, target):
    """Write `target` (.onnx) and its card; normalisation and 1/255 go into the weights."""
    writer = GraphWriter()
    x, side, last = "crop", settings["side"], len(model.units) - 1
    for index, unit in enumerate(model.units):
        x = writer.unit(x, f"unit{index}", unit, 1 / 255 if index == 0 else 1.0)
        if 0 < index < last:
            two = {"kernel_shape": [2, 2], "strides": [2, 2]}
            x = writer.node("AveragePool", [x], f"half{index}", **two)
    x = writer.node("GlobalAveragePool", [x], "mean")
    weight, bias = (p.detach().numpy() for p in (model.classes.weight, model.classes.bias))
    x = writer.convolve(x, "classes", weight, bias)
    x = writer.node("Flatten", [x], "logits")
    kind = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        writer.nodes,
        Path(target).stem,
        [helper.make_tensor_value_info("crop", kind, [1, 3, side, side])],
        [helper.make_tensor_value_info("logits", kind, [1, len(settings["classes"])])],
        writer.initializers,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(made)
    onnx.save(made, target)
    card = {
        "head": "classification",
        "input": {"color": "rgb", "mean": 0, "std": 1, "resize": "stretch"},
        "labels": list(settings["classes"]),
        "activation": "softmax",
        "top_k": len(settings["classes"]),
    }
    Path(target).with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n")


def agree(model, settings, target):
    """Fails if onnxruntime and PyTorch disagree on a picture."""
    import onnxruntime

    picture = np.random.default_rng(0).integers(0, 256, (settings["side"],) * 2 + (3,), np.uint8)
    session = onnxruntime.InferenceSession(str(target))
    ours = session.run(None, {"crop": picture.astype(np.float32).transpose(2, 0, 1)[None]})[0]
    with torch.no_grad():
        theirs = model(tensor([picture])).numpy()
    worst = np.abs(ours - theirs).max()
    if worst > 0.05:
        raise SystemExit(f"{target}: onnxruntime and PyTorch differ by {worst:.3f}")


def run(config, name, target):
    """Train, export to `target`, and say how well the test crops are told apart."""
    model, (share, by_class) = train(config)
    target = Path(target)
    export(model, config["crops"], target)
    agree(model, config["crops"], target)
    print(f"test {share:.3f}")
    for label, text in by_class.items():
        print(f"  {label} {text}")
    print(f"{name}: {target}, {target.stat().st_size} bytes")
