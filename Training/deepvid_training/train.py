"""The training loop: resumable, and able to end at a given time."""

import signal
import time
from pathlib import Path

import torch

from . import checkpoints
from .averaging import Average
from .dataset import Scenes, stream, training_samples
from .labels import CLASSES
from .losses import DetectionLoss, ImitationLoss, apart
from .network import Detector, multiply_adds, parameter_count
from .published import Published
from .reporter import Reporter
from .schedule import closing, rate
from .teaching import DenseTeacher
from .unfolding import unfold


def published(config):
    """The published network of the configuration, as its file has it."""
    name = config["network"]["published"]
    return Published(Path(config["data"]["models"]) / f"{name}.onnx", name)


def build(config):
    """The network of the configuration, in channels-last layout."""
    net = config["network"]
    if net.get("published"):
        model = published(config)
        model.simplify()
    else:
        model = Detector(len(CLASSES), net["channels"], net["depths"], net["width_of_heads"])
    return model.to(memory_format=torch.channels_last)


def optimiser(model, config):
    """AdamW; no weight decay on biases and normalisation."""
    flat = [p for p in model.parameters() if p.ndim <= 1]
    deep = [p for p in model.parameters() if p.ndim > 1]
    groups = [
        {"params": deep, "weight_decay": config["weight_decay"]},
        {"params": flat, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config["rate"])


class Run:
    """State of one training run; everything that a checkpoint holds."""

    def __init__(self, config, name, until=None):
        self.config, self.train = config, config["train"]
        self.until = until
        self.folder = Path(config["data"]["runs"]) / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.model = build(config)
        self.average = Average(self.model, self.train["average_decay"])
        self.optimiser = optimiser(self.model, self.train)
        self.step = 0
        self.stopping = False

    def save(self):
        """Write checkpoint.pt atomically."""
        state = {
            "step": self.step,
            "model": self.model.state_dict(),
            "average": self.average.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "network": self.config["network"],
        }
        checkpoints.save(state, self.folder / "checkpoint.pt")

    def resume(self):
        """Continue from checkpoint.pt if there is one."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        self.step = state["step"]
        self.model.load_state_dict(state["model"])
        self.average.model.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])

    def stop_on_signal(self):
        """Finish the current step, save and leave when told to terminate."""

        def leave(*_):
            self.stopping = True

        signal.signal(signal.SIGTERM, leave)

    def learn(self, batch, loss):
        """One optimiser step; returns the loss parts."""
        factor = rate(
            self.step, self.train["steps"], self.train["warmup"], self.train["decay_share"]
        )
        if self.until:
            factor = min(factor, closing(self.until - time.time(), self.train["slope_minutes"]))
            self.stopping |= time.time() > self.until
        for group in self.optimiser.param_groups:
            group["lr"] = self.train["rate"] * factor
        images = batch["images"].contiguous(memory_format=torch.channels_last).float() / 255
        hints = self.train.get("hints")
        with torch.autocast("cpu", torch.bfloat16, enabled=self.train["bfloat16"]):
            logits, raw, inner = (
                self.model.look(images, hints) if hints else (*self.model(images), [])
            )
        total, parts = loss(logits, raw, batch)
        if hints:
            distance = apart(inner, batch["hints"])
            total = total + self.train["hint_weight"] * distance
            parts["hints"] = distance.item()
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 10.0)
        self.optimiser.step()
        self.step += 1
        self.average.update(self.model, self.step)
        return parts | {"rate": factor}


def phases(train, step):
    """Remaining (first step, last step, phase) from `step` on."""
    start = 0
    for phase in train["phases"]:
        stop = round(train["steps"] * phase["until"])
        if max(start, step) < stop:
            yield max(start, step), stop, phase
        start = stop


def introduce(state, groups):
    """Print the network's size and the data's, decoding all images on the way."""
    net = state.config["network"]
    work = multiply_adds(state.model, net["height"], net["width"]) / 1e6
    print(f"{parameter_count(state.model):,} parameters, {work:.0f} M multiply-adds")
    for group, samples in groups.items():
        print(f"{group}: {len(samples)} images, {sum(len(s.boxes) for s in samples)} boxes")
        for sample in samples:
            sample.load()


def first_pictures(config, groups, count=64):
    """Of the first `count` scenes of a run, in batches [64, 3, H, W] 0..1."""
    net = config["network"]
    scenes = Scenes(groups, config, [(net["height"], net["width"])], 0.4)
    return (batch["images"].float() / 255 for batch in stream(scenes, 0, count, 64, 0))


def beginning(config, groups):
    """What training begins with: the published network of the configuration, made cheaper."""
    model = published(config)
    model.settle(next(first_pictures(config, groups)))
    model.simplify()
    return model


def begin(state, groups):
    """Take over the weights of the run `train.after`, or of `train.start`, an exported file, or
    those of the published network, if the configuration names one."""
    config, start = state.config, state.train.get("start")
    if state.train.get("after"):
        weights = torch.load(checkpoint_before(config), weights_only=True)["average"]
        state.model.load_state_dict(weights)
    elif start:
        path = Path(config["data"]["models"]) / f"{start}.onnx"
        unfold(state.model, path, next(first_pictures(config, groups)))
    elif config["network"].get("published"):
        state.model.load_state_dict(beginning(config, groups).state_dict())
    else:
        return
    state.average = Average(state.model, state.train["average_decay"])


def teacher_of(config):
    """The dense teacher of the configuration, or None."""
    name = config["train"].get("teacher")
    if not name:
        return None
    path = Path(config["data"]["models"]) / f"{name}.onnx"
    return DenseTeacher(path, name, config["train"].get("hints", ()))


def detection_loss(train):
    """Makes the loss against labels, and against what the teacher says besides, for a shape."""
    return lambda height, width: DetectionLoss(
        height,
        width,
        teaching_weight=train.get("teaching_weight", 1.0),
        imitation_weight=train.get("imitation_weight", 0.0),
    )


def checkpoint_before(config):
    """The checkpoint of the run `train.after`, which is run first where there is none."""
    after = config["train"]["after"]
    path = Path(config["data"]["runs"]) / after / "checkpoint.pt"
    if not path.exists():
        imitate(config, after, True)
    return path


def imitate(config, name, resume, until=None):
    """A run that learns what the teacher says and nothing else: [imitation] stands above
    [train]."""
    own = config | {"train": config["train"] | config["imitation"]}
    run(own, name, resume, until, lambda _: ImitationLoss)


def run(config, name, resume, until=None, loss_of=detection_loss):
    """Train until the configured number of steps, or until the time `until` (Unix seconds).

    `loss_of` a [train] section gives what makes the loss of scenes of a height and width.
    """
    train = config["train"]
    torch.manual_seed(train["seed"])
    torch.set_num_threads(train["threads"])
    state = Run(config, name, until)
    if resume:
        state.resume()
    state.stop_on_signal()
    groups = training_samples(config)
    introduce(state, groups)
    if state.step == 0:
        begin(state, groups)
    reporter = Reporter(state)
    size, teacher = train["batch"], teacher_of(config)
    if train.get("blended") and not teacher:
        raise ValueError("blended scenes have no labels: name a train.teacher")
    shapes = [tuple(shape) for shape in train["shapes"]]
    losses = {
        (shape, blended): (ImitationLoss if blended else loss_of(train))(*shape)
        for shape in set(shapes)
        for blended in (False, True)
    }
    for first, last, phase in phases(train, state.step):
        shares = [phase.get(kind, 0.0) for kind in ("mosaic", "close_up", "vacant")]
        scenes = Scenes(groups, config, shapes, *shares)
        for batch in stream(scenes, first * size, last * size, size, train["workers"], teacher):
            kind = tuple(batch["images"].shape[2:]), "blended" in batch
            reporter.after_step(state.learn(batch, losses[kind]))
            if state.stopping:
                state.save()
                return
    state.save()
