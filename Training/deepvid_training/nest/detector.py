"""python -m deepvid_training --config nest-detector.toml nest: the built-in detector in several
capacities."""

import json
from pathlib import Path

import numpy as np
import onnx

from .. import config as configuration
from .. import export
from ..detectors import OnnxDetector, read_card
from ..metrics import tallies
from ..network import multiply_adds
from ..specialise.judging import agreement
from ..standing import pooled
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
        """The network that `model`, a capacity, began as, trained by itself in as many steps:
        nothing of it is frozen or shared."""
        made, settings = narrowed(model, {}), self.config["train"]
        if settings["grow_epochs"] and name != self.names[-1]:
            self.learn(f"{name} alone", [made], None, "grow")
        if settings["together_epochs"]:
            every = settings["together_every"][self.names.index(name)]
            self.learn(f"{name} alone", [made], None, "together", [every])
        return [made]


def sets(config):
    """Pictures that people have labelled, none of them trained on, by title."""
    roads, everyday = pooled(config, ("highway", "atl_cctv")), pooled(config, ("coco128",))
    return {"roads": roads, "everyday": everyday, "all": roads + everyday}


class Looks:
    """The answers of a file to pictures, each looked at once."""

    def __init__(self, path):
        self.detector, self.found = OnnxDetector(path), {}

    def __call__(self, sample):
        if sample.path not in self.found:
            self.found[sample.path] = self.detector(sample.load())
        return self.found[sample.path]


def tested(looks, groups, teacher, score):
    """{"roads": (AP50 of persons, of vehicles), …} and `agreement` with what the teacher sees in
    the pictures of `all`."""
    found = {}
    for title, samples in groups.items():
        table = tallies()
        for sample in samples:
            for tally in table.values():
                tally.add(sample, looks(sample))
        found[title] = tuple(table[n].average_precision() for n in ("person", "vehicle"))
    counted = np.array([agreement(looks(s), teacher(s), score) for s in groups["all"]]).sum(0)
    return found | {"agreement": counted[0] / counted[1]}


def line(name, work, row):
    """A Markdown row of the table."""
    pairs = (row[title] for title in ("roads", "everyday", "all"))
    cells = [f"{100 * persons:.1f} / {100 * vehicles:.1f}" for persons, vehicles in pairs]
    return f"| {name} | {work / 1e6:.1f} | " + " | ".join(cells) + f" | {row['agreement']:.3f} |"


class Table:
    """Markdown rows, printed as networks are tested; each leaves its file in the run's folder."""

    def __init__(self, config, whole):
        self.whole, self.groups = whole, sets(config)
        teacher = config["detector"]["teacher"]
        self.card, self.teacher = read_card(teacher), Looks(teacher)
        heading = ("capacity", "M multiply-adds", *self.groups, "agreement")
        print("| " + " | ".join(heading) + " |\n" + "|---" * len(heading) + "|", flush=True)

    def row(self, name, model):
        """What a network of that name gets."""
        path = self.whole.folder / f"{name}.onnx"
        onnx.save(DetectorGraph(model, name).proto(), path)
        path.with_suffix(".json").write_text(json.dumps(self.card))
        row = tested(Looks(path), self.groups, self.teacher, self.card["score"])
        print(line(name, multiply_adds(model, *self.whole.size), row), flush=True)
        return {"name": name, "accuracy": float(np.mean(row["all"]))}


def run(config, name, resume, target, root):
    """All stages; `target` is the ONNX file to write. Its card is the teacher's, whose scores are
    imitated."""
    config = completed(config, root)
    whole = Run(config, name, resume)
    networks, pruned = whole.nest()
    table = Table(config, whole)
    figures = [table.row(title, model) for title, model in zip(whole.names, networks)]
    note = f"deepvid's detector in {len(networks)} capacities, run {name}"
    file.write(target, [DetectorGraph(model, note) for model in networks], figures, table.card)
    if config["train"]["compare"]:
        # The largest one is the teacher.
        for title, model in list(zip(whole.names, pruned))[:0:-1]:
            (other,) = whole.stage(f"alone-{title}", lambda: whole.alone(title, model))
            table.row(f"{title}-alone", other)
