"""The stages of every run (NestDNN): prune and recover down to the smallest capacity, freeze it and
grow back, and at last train all of them together."""

import copy
from pathlib import Path

import torch

from .. import checkpoints
from ..journal import Journal
from ..network import multiply_adds
from .pruning import prune
from .slices import narrowed, widened


class Stages:
    """Everything of one run but what is learnt, which a subclass knows: `size`, the input's
    (height, width); `lessons`; `network` of widths and a state; `first`, the network that is
    pruned.

    Each stage leaves a checkpoint in `folder`, which --resume takes.
    """

    def __init__(self, config, name, resume):
        self.config, self.resume = config, resume
        self.folder = Path(config["data"]["runs"]) / name
        self.folder.mkdir(parents=True, exist_ok=True)
        torch.set_num_threads(config["train"]["threads"])
        self.names = config["capacities"]["names"]

    def journal(self):
        """For the lessons; it goes on behind what is resumed."""
        found = [0]
        if self.resume:
            for path in self.folder.glob("stage-*.pt"):
                found.append(torch.load(path, weights_only=True)["epochs"])
        return Journal(self.folder, "nest", ("loss", "held", "seconds"), max(found))

    def stage(self, name, make):
        """The networks, largest first, that `make` gives, or that an earlier run left."""
        path = self.folder / f"stage-{name}.pt"
        if self.resume and path.exists():
            saved = torch.load(path, weights_only=True)
            self.lessons.epochs = saved["epochs"]
            return [self.network(n["widths"], n["state"]) for n in saved["networks"]]
        networks = make()
        kept = [{"widths": n.widths, "state": n.state_dict()} for n in networks]
        checkpoints.save({"epochs": self.lessons.epochs, "networks": kept}, path)
        return networks

    def learn(self, name, networks, frozen, kind, every=(1,)):
        """One training, as long and as fast as the settings say for its kind."""
        settings = self.config["train"]
        epochs = settings[f"{kind}_epochs"]
        if kind == "recover" and name == self.names[-1]:
            epochs += settings["seed_epochs"]
        rate = settings[f"{kind}_rate"]
        self.lessons.learn(f"{kind} {name}", networks, frozen, epochs, rate, every)

    def pruned(self, model, wider, share, name):
        """`wider`, and behind it the network of that share of the work, recovered."""
        budget = share * multiply_adds(wider[0], *self.size)
        settings = self.config["prune"]
        small = prune(narrowed(model, {}), wider, budget, self.lessons, settings, self.size)
        if self.config["train"]["grow_epochs"] or name != self.names[-1]:
            self.learn(name, [small], None, "recover")
        return [*wider, small]

    def grown(self, name, grown, pruned):
        """`grown`, and before it the next wider network, in which its filters are frozen."""
        model = widened(grown[0], pruned)
        self.learn(name, [model], grown[0], "grow")
        return [model, *grown]

    def slices(self, pruned):
        """Capacities of these widths that are slices of the largest one as it was."""
        made = [narrowed(pruned[0], network.widths) for network in pruned]
        for small in made[1:]:
            self.lessons.settle(small)
        return made

    def together(self, networks):
        """All of them, trained at once: filters are what serves all capacities best."""
        networks = copy.deepcopy(networks)
        self.learn("all", networks, None, "together", self.config["train"]["together_every"])
        return networks

    def nest(self):
        """(the capacities, the largest first: each a slice of the one before, but for its vectors;
        what each would be trained from by itself).

        Without `grow_epochs` none is frozen and grown: the slices of the first network are trained
        together.
        """
        shares = self.config["capacities"]["shares"]
        pruned = self.stage("first", self.first)
        self.taught(pruned[0])
        for name, share in list(zip(self.names, shares))[1:]:
            wider = pruned
            pruned = self.stage(
                f"prune-{name}",
                lambda: self.pruned(wider[-1], copy.deepcopy(wider), share, name),
            )
        if self.config["train"]["grow_epochs"]:
            grown = pruned[-1:]
            for name, wider in list(zip(self.names, pruned))[-2::-1]:
                grown = self.stage(f"grow-{name}", lambda: self.grown(name, grown, wider))
        else:
            grown = pruned = self.stage("slices", lambda: self.slices(pruned))
        if self.config["train"].get("together_epochs"):
            grown = self.stage("together", lambda: self.together(grown))
        return grown, pruned

    def taught(self, largest):
        """What the first network, trained, is for the lessons."""
