"""python -m deepvid_training nest: from pictures in folders to a classifier of several
capacities."""

import numpy as np
import torch

from ..cachenet import images
from ..cachenet.bundle import card
from ..cachenet.full_model import accuracy
from ..network import multiply_adds
from . import file
from .classifier_graph import ClassifierGraph
from .learning import PictureLessons
from .network import Classifier
from .stages import Stages


def divided(x, y, count):
    """((pictures, labels) to train on, (pictures, labels) held out): the last `count` of each
    class."""
    held = np.zeros(len(y), bool)
    for label in np.unique(y):
        held[np.nonzero(y == label)[0][-count:]] = True
    return (x[~held], y[~held]), (x[held], y[held])


class Run(Stages):
    """Of a classifier."""

    def __init__(self, config, name, resume):
        super().__init__(config, name, resume)
        root, limit = config["data"]["root"], config["data"].get("limit")
        self.size, self.classes = config["data"]["size"], images.classes(root)
        train, held = divided(*images.read(root, "train", limit), config["data"]["held"])
        sets = (train, held, images.read(root, "test", limit))
        train, held, self.test = (
            (images.tensor(x), torch.from_numpy(y).long()) for x, y in sets
        )
        self.lessons = PictureLessons(*train, held, config["train"], self.journal())

    def network(self, widths, state=None):
        """A network of those widths; without a state, as it is initialised."""
        torch.manual_seed(self.config["train"]["seed"])
        made = Classifier(len(self.classes), widths).to(memory_format=torch.channels_last)
        if state is not None:
            made.load_state_dict(state)
        return made.eval()

    def first(self):
        """The network that is pruned."""
        settings = self.config["train"]
        model = self.network(self.config["network"])
        self.lessons.learn("first", [model], None, settings["epochs"], settings["rate"])
        return [model]

    def taught(self, largest):
        """The first network teaches the others, where the settings say so."""
        settings = self.config["train"]
        if settings["teach"]:
            self.lessons.taught_by(largest, settings["sharpen"])

    def alone(self, name, model):
        """A network as wide as `model`, trained by itself for as long as the first one and a
        growth."""
        settings = self.config["train"]
        made = self.network(model.widths)
        epochs = settings["epochs"] + settings["grow_epochs"]
        self.lessons.learn(f"alone {name}", [made], None, epochs, settings["rate"])
        return [made]

    def tested(self, model):
        """Accuracy on the test pictures."""
        return accuracy(model, *self.test)


def run(config, name, resume, target):
    """All stages; `target` is the ONNX file to write."""
    whole = Run(config, name, resume)
    networks, _ = whole.nest()
    figures = [
        {"name": n, "accuracy": whole.tested(m), "work": multiply_adds(m, *whole.size)}
        for n, m in zip(whole.names, networks)
    ]
    for row in figures:
        print(f"{row['name']}: {row['work'] / 1e6:.2f} M, test {row['accuracy']:.4f}", flush=True)
    graphs = [ClassifierGraph(model, whole.size) for model in networks]
    file.write(target, graphs, figures, card(whole.classes, whole.size))
    if config["train"]["compare"]:
        for n, model in list(zip(whole.names, networks))[::-1]:  # the quickest first
            (other,) = whole.stage(f"alone-{n}", lambda: whole.alone(n, model))
            print(f"{n} trained alone: test {whole.tested(other):.4f}", flush=True)
