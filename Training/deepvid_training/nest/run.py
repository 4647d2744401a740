"""python -m deepvid_training nest: from pictures in folders to a classifier of several capacities."""

import copy
from pathlib import Path

import numpy as np
import torch

from .. import checkpoints
from ..cachenet import images
from ..journal import Journal
from ..network import multiply_adds
from .learning import Lessons, accuracy, taught
from .network import Classifier, narrowed, widened
from .pruning import prune


def divided(x, y, count):
    """((pictures, labels) to train on, (pictures, labels) held out): the last `count` of each class."""
    held = np.zeros(len(y), bool)
    for label in np.unique(y):
        held[np.nonzero(y == label)[0][-count:]] = True
    return (x[~held], y[~held]), (x[held], y[held])


class Run:
    """Everything of one run. Each stage leaves a checkpoint in `folder`, which --resume takes."""

    def __init__(self, config, name, resume):
        self.config, self.resume = config, resume
        self.folder = Path(config["data"]["runs"]) / name
        self.folder.mkdir(parents=True, exist_ok=True)
        torch.set_num_threads(config["train"]["threads"])
        root, limit = config["data"]["root"], config["data"].get("limit")
        self.size, self.classes = config["data"]["size"], images.classes(root)
        train, held = divided(*images.read(root, "train", limit), config["data"]["held"])
        sets = (train, held, images.read(root, "test", limit))
        train, self.held, self.test = (
            (images.tensor(x), torch.from_numpy(y).long()) for x, y in sets
        )
        journal = Journal(self.folder, "nest", ("loss", "held", "seconds"), self.last_epoch())
        self.lessons = Lessons(*train, config["train"], journal)

    def last_epoch(self):
        """Of what is resumed."""
        found = [0]
        if self.resume:
            for path in self.folder.glob("*.pt"):
                found.append(torch.load(path, weights_only=True)["epochs"])
        return max(found)

    def stage(self, name, make):
        """The networks, largest first, that `make` gives, or that an earlier run left."""
        path = self.folder / f"{name}.pt"
        if self.resume and path.exists():
            saved = torch.load(path, weights_only=True)
            self.lessons.epochs = saved["epochs"]
            return [self.network(n["widths"], n["state"]) for n in saved["networks"]]
        networks = make()
        kept = [{"widths": n.widths, "state": n.state_dict()} for n in networks]
        checkpoints.save({"epochs": self.lessons.epochs, "networks": kept}, path)
        return networks

    def network(self, widths, state=None):
        """A network of those widths; without a state, as it is initialised."""
        torch.manual_seed(self.config["train"]["seed"])
        made = Classifier(len(self.classes), widths).to(memory_format=torch.channels_last)
        if state is not None:
            made.load_state_dict(state)
        return made.eval()

    def learn(self, name, model, frozen, epochs, rate):
        """One training, judged by the held-out pictures."""
        return self.lessons.learn(name, model, frozen, epochs, rate, self.held)

    def first(self):
        """The network that is pruned."""
        settings = self.config["train"]
        model = self.network(self.config["network"])
        return [self.learn("first", model, None, settings["epochs"], settings["rate"])]

    def pruned(self, model, wider, share, name):
        """`wider`, and behind it the network of that share of the work, recovered."""
        settings = self.config["train"]
        budget = share * multiply_adds(wider[0], *self.size)
        small = prune(narrowed(model, {}), wider, budget, self.held, self.config["prune"], self.size)
        last = name == self.config["capacities"]["names"][-1]
        epochs = settings["recover_epochs"] + (settings["seed_epochs"] if last else 0)
        self.learn(f"recover {name}", small, None, epochs, settings["recover_rate"])
        return [*wider, small]

    def grown(self, name, grown, pruned):
        """`grown`, and before it the next wider network, in which its filters are frozen."""
        settings = self.config["train"]
        model = widened(grown[0], pruned)
        epochs, rate = settings["grow_epochs"], settings["grow_rate"]
        self.learn(f"grow {name}", model, grown[0], epochs, rate)
        return [model, *grown]

    def nest(self):
        """The capacities, the largest first: each a slice of the one before, but for its vectors."""
        names, shares = (self.config["capacities"][k] for k in ("names", "shares"))
        networks = self.stage("first", self.first)
        settings = self.config["train"]
        if settings["teach"]:
            self.lessons.teacher = taught(networks[0], self.lessons.x, settings["sharpen"])
        for name, share in list(zip(names, shares))[1:]:
            networks = self.stage(
                f"prune-{name}",
                lambda: self.pruned(networks[-1], copy.deepcopy(networks), share, name),
            )
        grown = networks[-1:]
        for name, wider in list(zip(names, networks))[-2::-1]:
            grown = self.stage(f"grow-{name}", lambda: self.grown(name, grown, wider))
        return grown

    def alone(self, name, model):
        """A network as wide as `model`, trained by itself for as long as the first one and a growth."""
        settings = self.config["train"]
        made = self.network(model.widths)
        epochs = settings["epochs"] + settings["grow_epochs"]
        return [self.learn(f"alone {name}", made, None, epochs, settings["rate"])]

    def tested(self, model):
        """Accuracy on the test pictures."""
        return accuracy(model, *self.test)


def run(config, name, resume, target):
    """All stages; `target` is the ONNX file to write."""
    whole = Run(config, name, resume)
    names = config["capacities"]["names"]
    networks = whole.nest()
    figures = [
        {"name": n, "accuracy": whole.tested(m), "work": multiply_adds(m, *whole.size)}
        for n, m in zip(names, networks)
    ]
    for row in figures:
        print(f"{row['name']}: {row['work'] / 1e6:.2f} M, test {row['accuracy']:.4f}", flush=True)
    from . import file

    file.write(target, networks, figures, whole.classes, whole.size)
    if config["train"]["compare"]:
        for n, model in list(zip(names, networks))[::-1]:  # the quickest first
            (other,) = whole.stage(f"alone-{n}", lambda: whole.alone(n, model))
            print(f"{n} trained alone: test {whole.tested(other):.4f}", flush=True)
