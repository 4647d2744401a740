"""What a training run says while it goes: progress lines, curves, checkpoints, checks."""

import time
from collections import defaultdict

from .journal import Journal, draw
from .network import pixels
from .torch_detector import TorchDetector
from .validation import FIELDS, precisions, watched

LOSSES = ("class", "box", "taught class", "taught box", "imitation", "hints", "objects", "rate")


class Reporter:
    """Follows one Run; precisions are those of the averaged weights on the watched subset."""

    def __init__(self, state):
        self.state, self.train = state, state.train
        self.watch = watched(state.config)
        self.losses = Journal(state.folder, "losses", LOSSES, state.step)
        self.scores = Journal(state.folder, "precisions", FIELDS, state.step)
        self.restart()

    def restart(self):
        """Begin a new averaging interval."""
        self.values, self.began, self.steps = defaultdict(list), time.time(), 0

    def after_step(self, parts):
        """Take note of one step's loss parts; report and check when it is time."""
        for name, value in parts.items():
            self.values[name].append(value)
        self.steps += 1
        if self.state.step % self.train["report_every"] == 0:
            self.report()
        if self.state.step % self.train["check_every"] == 0:
            self.check()

    def report(self):
        """Save; one progress line and one row of losses.csv."""
        self.state.save()
        # Not every kind of batch has every part.
        means = {name: sum(values) / len(values) for name, values in self.values.items()}
        speed = self.steps * self.train["batch"] / (time.time() - self.began)
        self.losses.add(self.state.step, means)
        progress = f"{time.strftime('%H:%M:%S')} {self.state.step}/{self.train['steps']}"
        values = " ".join(f"{k} {v:.3f}" for k, v in means.items())
        print(f"{progress} {values} {speed:.1f} images/s", flush=True)
        self.restart()

    def check(self):
        """Measure the averaged weights, draw the curves."""
        net = self.state.config["network"]
        detector = TorchDetector(self.state.average.model, pixels(net))
        found = precisions(detector, self.watch)
        self.scores.add(self.state.step, found)
        print("AP50 " + " ".join(f"{k} {v:.3f}" for k, v in found.items()), flush=True)
        draw(self.state.folder, self.losses, self.scores)
        self.restart()
