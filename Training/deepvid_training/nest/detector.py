"""python -m deepvid_training --config nest-detector.toml nest: the built-in detector in several
capacities."""

from pathlib import Path

import numpy as np

from .. import config as configuration
from .. import export
from ..detectors import read_card
from ..metrics import tallies
from ..network import multiply_adds, pixels
from ..specialise.judging import agreement
from ..standing import pooled
from ..torch_detector import TorchDetector
from . import file
from .detector_graph import DetectorGraph
from .imitation import Imitation
from .scenes import prepared
from .slices import narrowed
from .spaces import spaced
from .stages import Stages


def completed(config, root):
    """The configuration with what it leaves out, which is as in `detector.config`."""
    base = configuration.read(config["detector"]["config"], root)
    return base | config | {"train": base["train"] | config["train"]}


class Run(Stages):
    """Of a detector."""

    def __init__(self, config, name, resume):
        super().__init__(config, name, resume)
        net = config["network"]
        self.size = net["height"], net["width"]
        before = Path(config["data"]["runs"]) / config["detector"]["run"] / "checkpoint.pt"
        self.whole = spaced(export.load(config, before)[0])
        taught, held = prepared(config, self.folder / "scenes.pt")
        self.lessons = Imitation(taught, held, config["train"], self.journal())

    def network(self, widths, state):
        """A network of those widths."""
        made = narrowed(self.whole, widths)
        made.load_state_dict(state)
        return made.eval()

    def first(self):
        """The network that is pruned."""
        return [self.whole]

    def alone(self, name, model):
        """A network as pruned and recovered, which is then trained by itself as much as within the
        others: nothing of it is frozen or shared."""
        made = narrowed(model, {})
        if name != self.names[-1]:
            self.learn(f"{name} alone", [made], None, "grow")
        if self.config["train"].get("together_epochs"):
            self.learn(f"{name} alone", [made], None, "together")
        return [made]


def sets(config):
    """Pictures that people have labelled, none of them trained on, by title."""
    roads, everyday = pooled(config, ("highway", "atl_cctv")), pooled(config, ("coco128",))
    return {"roads": roads, "everyday": everyday, "all": roads + everyday}


class Looks:
    """A network's answers to pictures, each looked at once."""

    def __init__(self, config, model):
        self.detector, self.found = TorchDetector(model, pixels(config["network"])), {}

    def __call__(self, sample):
        if sample.path not in self.found:
            self.found[sample.path] = self.detector(sample.load())
        return self.found[sample.path]


def tested(config, model, groups, teacher):
    """{"roads": (AP50 of persons, of vehicles), …} and `agreement` with what the `teacher`, Looks,
    sees in the pictures of `all`."""
    looks, found = Looks(config, model), {}
    for title, samples in groups.items():
        table = tallies()
        for sample in samples:
            for tally in table.values():
                tally.add(sample, looks(sample))
        found[title] = tuple(table[n].average_precision() for n in ("person", "vehicle"))
    score = config["export"]["score"]
    pairs = [agreement(looks(s), teacher(s), score) for s in groups["all"]]
    counted = np.array(pairs).sum(0)
    return found | {"agreement": counted[0] / counted[1]}


def line(name, work, row):
    """A Markdown row of the table."""
    pairs = (row[title] for title in ("roads", "everyday", "all"))
    cells = [f"{100 * persons:.1f} / {100 * vehicles:.1f}" for persons, vehicles in pairs]
    return f"| {name} | {work / 1e6:.1f} | " + " | ".join(cells) + f" | {row['agreement']:.3f} |"


def run(config, name, resume, target, root):
    """All stages; `target` is the ONNX file to write."""
    config = completed(config, root)
    whole = Run(config, name, resume)
    networks, pruned = whole.nest()
    groups = sets(config)
    teacher = Looks(config, whole.whole)
    heading = ("capacity", "M multiply-adds", *groups, "agreement")
    print("| " + " | ".join(heading) + " |\n" + "|---" * len(heading) + "|")
    figures = []
    for title, model in zip(whole.names, networks):
        row, work = tested(config, model, groups, teacher), multiply_adds(model, *whole.size)
        print(line(title, work, row), flush=True)
        figures.append({"name": title, "accuracy": float(np.mean(row["all"]))})
    note = f"deepvid's detector in {len(networks)} capacities, run {name}"
    card = read_card(config["detector"]["teacher"])  # whose scores are imitated
    file.write(target, [DetectorGraph(model, note) for model in networks], figures, card)
    if config["train"]["compare"]:
        # The largest one is the teacher.
        for title, model in list(zip(whole.names, pruned))[:0:-1]:
            (other,) = whole.stage(f"alone-{title}", lambda: whole.alone(title, model))
            row = tested(config, other, groups, teacher)
            print(line(f"{title} alone", multiply_adds(other, *whole.size), row), flush=True)
