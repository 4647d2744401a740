"""What a nested detector learns: what the detector that it is made of answers to fixed scenes."""

import torch

from ..labels import CLASSES
from ..losses import ImitationLoss
from .learning import Lessons
from .residuals import ranking

# What counts as an object, and what as background, by the teacher's best score in a cell; so many
# cells of a scene are looked at.
OBJECT, BACKGROUND = 0.4, 0.01
CELLS = 8
# So many held-out scenes judge each candidate of a pruning.
JUDGED = 12


def pictures(batch):
    """A batch's pictures, 0..1, in channels-last layout."""
    return batch["images"].contiguous(memory_format=torch.channels_last).float() / 255


class Imitation(Lessons):
    """Batches of scenes with a teacher's answers; `held` are those by which is judged."""

    def __init__(self, taught, held, settings, journal):
        super().__init__(settings, journal)
        self.all, self.held, self.losses = taught, held, {}

    def batches(self):
        settings = self.settings
        seed = settings["seed"] + self.epochs
        return Drawn(self.all, settings["steps"], settings["batch"], seed)

    def loss(self, model, batch):
        """How far the network's answers are from the teacher's, be there an object or not."""
        with torch.autocast("cpu", torch.bfloat16, enabled=model.training):
            logits, raw = model(pictures(batch))
        return self.measure(batch)(logits, raw, batch)[0]

    def measure(self, batch):
        """The loss of scenes of a batch's shape."""
        shape = tuple(batch["images"].shape[2:])
        if shape not in self.losses:
            self.losses[shape] = ImitationLoss(*shape)
        return self.losses[shape]

    @torch.no_grad()
    def held_loss(self, model):
        """The loss on a few of the scenes that are held out."""
        was = model.training
        few = {name: values[:JUDGED] for name, values in self.held[0].items()}
        loss = self.loss(model.eval(), few).item()
        model.train(was)
        return loss

    @torch.no_grad()
    def settle(self, model):
        """Let the normalisations' means and variances be those of sums with fewer terms."""
        norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
        usual = norms[0].momentum
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the mean of all batches
        model.train()
        for batch in self.all[:3]:
            model(pictures(batch))
        for norm in norms:
            norm.momentum = usual
        model.eval()

    @torch.no_grad()
    def ranking(self, model, settings):
        """By the residuals of what is seen at cells of held-out scenes: those where the teacher
        sees an object, labelled by its class, and some where it sees nothing, one class more.
        A triplet is of two cells of one class and one of another; what a space holds at a cell is
        the vector of its map that covers the middle of the cell."""
        names = list(model.tellers.values())
        generator = torch.Generator().manual_seed(settings["seed"])
        found, labels = [], []
        for batch in self.held:
            measure = self.measure(batch)
            scenes, cells, kinds = places(batch["taught_scores"].float(), generator)
            middle = measure.corners[cells] + measure.strides[cells] / 2
            _, _, maps = model.look(pictures(batch), names)
            height = batch["images"].shape[2]
            seen = []
            for values in maps:
                x, y = (middle / (height // values.shape[2])).long().T
                seen.append(values[scenes, :, y, x])
            found.append(seen)
            labels.append(kinds)
        responses = {
            space: torch.cat(parts)[..., None, None] for space, *parts in zip(model.tellers, *found)
        }
        return ranking(responses, torch.cat(labels), settings["triplets"], settings["seed"])


def places(scores, generator):
    """(scenes, cells, classes), each [n], of the cells of a batch that are looked at; scores
    [B, N, classes]. Background has the class behind the last."""
    found = []
    for scene, (best, kind) in enumerate(zip(*scores.max(-1))):
        for which, label in ((best > OBJECT, None), (best < BACKGROUND, len(CLASSES))):
            (cells,) = which.nonzero(as_tuple=True)
            cells = cells[torch.randperm(len(cells), generator=generator)[:CELLS]]
            kinds = kind[cells] if label is None else torch.full_like(cells, label)
            found.append((torch.full_like(cells, scene), cells, kinds))
    return [torch.cat(part) for part in zip(*found)]


class Drawn:
    """An epoch: some batches, each a part of one of those that are there, in another order at every
    pass."""

    def __init__(self, batches, count, size, seed):
        self.all, self.count, self.size = batches, min(count, len(batches)), size
        self.generator = torch.Generator().manual_seed(seed)

    def __len__(self):
        return self.count

    def __iter__(self):
        for index in torch.randperm(len(self.all), generator=self.generator)[: self.count].tolist():
            batch = self.all[index]
            part = torch.randperm(len(batch["images"]), generator=self.generator)[: self.size]
            yield {name: values[part] for name, values in batch.items()}
