"""python -m deepvid_training cachenet: from pictures in folders to a bundle and its report."""

from pathlib import Path

import torch

from ..journal import Journal
from . import bundle, codes, full_model, images, joint, networks, pictures, report, routing
from .generator import Generator
from .stacked_vae import StackedInfoVAE


def step_of(checkpoint, resume):
    """Epochs that a checkpoint to be resumed has behind it."""
    if resume and checkpoint.exists():
        return torch.load(checkpoint, weights_only=True)["epochs"]
    return 0


class Run:
    """Everything of one run; each stage leaves a checkpoint from which `resume` goes on."""

    def __init__(self, config, name, resume):
        self.config, self.resume = config, resume
        self.root = Path(config["data"]["root"])
        self.folder = Path(config["data"]["runs"]) / name
        self.folder.mkdir(parents=True, exist_ok=True)
        torch.set_num_threads(config["full"]["threads"])
        self.names = images.classes(self.root)
        limit = config["data"].get("limit")
        self.sets = {}
        for split in ("train", "test"):
            x, y = images.read(self.root, split, limit)
            self.sets[split] = images.tensor(x), torch.from_numpy(y)
        # Made once: making one drops the rows after the checkpoint that is resumed.
        self.journals = {
            name: Journal(self.folder, name, fields, step_of(self.folder / f"{name}.pt", resume))
            for name, fields in (("full", full_model.FIELDS), ("joint", joint.FIELDS))
        }

    def train_full(self):
        """The full model, in evaluation mode."""
        return full_model.train(
            self.config["full"],
            *self.sets.values(),
            len(self.names),
            self.folder / "full.pt",
            self.journals["full"],
            self.resume,
        )

    def train_submodels(self, full):
        """(selector, generator), in evaluation mode."""
        settings = self.config["submodels"]
        torch.manual_seed(self.config["joint"]["seed"])
        factory = networks.factory(settings["network"])
        generator = Generator(
            lambda: factory(len(self.names)), settings["count"], settings["shared"]
        )
        selector = StackedInfoVAE(self.config["selector"]["dimension"])
        for network in (generator, selector):
            network.to(memory_format=torch.channels_last)
        joint.train(
            self.config,
            selector,
            generator,
            full,
            self.sets["train"],
            self.folder / "joint.pt",
            self.journals["joint"],
            self.resume,
        )
        return selector, generator

    def answers(self, selector, generator, full):
        """Of the test pictures, by everything."""
        settings = self.config["codes"]
        width = codes.sigma(settings["tau"], settings["gamma"], len(generator))
        return routing.answers(selector, generator, full, *self.sets["test"], width)

    def write(self, selector, generator, full, target):
        """The bundle, and the report beside the checkpoints."""
        settings, size = self.config["bundle"], tuple(self.config["data"]["size"])
        given = self.answers(selector, generator, full)
        table = pictures.partitions(
            given, self.names, len(generator), self.folder / "partitions.png"
        )
        pictures.losses(*self.journals.values(), self.folder / "losses.png")
        order = routing.grouped(given.labels, 0)
        rows = []
        for threshold in settings["thresholds"]:
            hit, right, changes = routing.replay(given, order, threshold)
            rows.append(
                {"threshold": threshold, "hit_rate": hit, "accuracy": right, "changes": changes}
            )
        pictures.thresholds(rows, self.folder / "thresholds.png")
        total = bundle.write(
            target,
            settings["name"],
            self.names,
            size,
            full,
            generator,
            selector,
            settings["threshold"],
            self.config["codes"]["gamma"],
        )
        models = {"full": full, "submodel": generator.submodel(0), "selector": selector}
        report.write(self.folder / "report.md", given, self.names, table, rows, models, size, total)


def run(config, name, resume, target):
    """All stages; `target` is the bundle's folder."""
    whole = Run(config, name, resume)
    full = whole.train_full()
    selector, generator = whole.train_submodels(full)
    if config["full"]["mirrored"]:
        full = networks.Mirrored(full)
    whole.write(selector, generator, full, target)
