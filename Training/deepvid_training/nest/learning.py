"""One training, whatever for: the largest network, a recovery, a growth, all capacities together, a
network for comparison."""

import time

import torch
from torch.nn import functional as F

from ..cachenet import images
from ..cachenet.full_model import accuracy, logits
from .residuals import ranking
from .slices import Sharing

# Losses that are small beside this one are as good as none.
EVEN = 0.5


class Lessons:
    """The loop. What is learnt, and how it is judged, is a subclass's: `batches` of an epoch,
    `loss` of a batch, `held_loss` of what is held out, and by that `ranking`, the channels of each
    space, the most telling first. The journal has a row an epoch."""

    def __init__(self, settings, journal):
        self.settings, self.journal = settings, journal
        self.epochs, self.started = 0, time.time()

    def settle(self, model):
        """Make up for channels that have just gone, where that takes no training."""

    def learn(self, name, networks, frozen, epochs, rate, every=(1,)):
        """Train `networks` in place: one, or several that share their filters, the largest first,
        each in every so manieth step (`every`). The filters of `frozen`, a narrower network, stay
        in it as they are."""
        largest, *smaller = networks
        torch.manual_seed(self.settings["seed"] + self.epochs)
        batches = self.batches()
        shared = [Sharing(small, wide) for wide, small in zip(networks, smaller)]
        kept = Sharing(frozen, largest) if frozen is not None else None
        vectors = [p for small in smaller for p in small.parameters() if p.ndim == 1]
        parameters = [*largest.parameters(), *vectors]
        optimizer = torch.optim.AdamW(parameters, rate, weight_decay=self.settings["decay"])
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, rate, epochs * len(batches), pct_start=0.15
        )
        for network in networks:
            network.train()
        for epoch in range(epochs):
            total = 0.0
            for number, batch in enumerate(batches):
                for p in (p for network in networks for p in network.parameters()):
                    p.grad = torch.zeros_like(p) if p.ndim > 1 else None
                present = [n for n, pause in zip(networks, every) if number % pause == 0]
                for network in present:
                    loss = self.loss(network, batch)
                    # Of several each is to get better by the same share.
                    (loss / (EVEN + loss.detach()) if smaller else loss).backward()
                    total += loss.item() / len(batches) / len(present)
                if present:
                    for pair in reversed(shared):
                        pair.add_gradients()
                    torch.nn.utils.clip_grad_norm_(parameters, 5)
                    optimizer.step()
                schedule.step()
                if kept:
                    kept.freeze()
                for pair in shared:
                    pair.follow()
            self.epochs += 1
            held = self.held_loss(largest)
            row = {"loss": total, "held": held, "seconds": time.time() - self.started}
            self.journal.add(self.epochs, row)
            print(f"{name} {epoch + 1}/{epochs} loss {total:.4f} held {held:.4f}", flush=True)
        for network in networks:
            network.eval()


class PictureLessons(Lessons):
    """Pictures, their labels, and what a teacher says of them once there is one."""

    def __init__(self, x, y, held, settings, journal):
        """held is (pictures, labels)."""
        super().__init__(settings, journal)
        self.x, self.y, self.held, self.teacher = x, y, held, None

    def batches(self):
        """Of one epoch after the other."""
        settings = self.settings
        seed = settings["seed"] + self.epochs
        return images.Batches(self.x, self.y, settings["batch"], settings["reach"], 0, seed)

    def taught_by(self, teacher, sharpen):
        """Listen to this network as well from now on."""
        answers = [logits(teacher, self.x), logits(teacher, self.x.flip(3))]
        self.teacher = torch.stack(answers) * sharpen

    def loss(self, model, batch):
        """Cross entropy with the labels, mixed with the teacher's answers."""
        chosen, flip, pictures, labels = batch
        with torch.autocast("cpu", torch.bfloat16):
            output = model(pictures)
        targets = F.one_hot(labels, output.shape[-1]).float()
        if self.teacher is not None:
            share_of_teacher = self.settings["teach"]
            soft = torch.softmax(self.teacher[flip.long(), chosen], -1)
            targets = share_of_teacher * soft + (1 - share_of_teacher) * targets
        return F.cross_entropy(output.float(), targets)

    def held_loss(self, model):
        """Share of held-out pictures that are answered wrongly."""
        return 1 - accuracy(model, *self.held)

    @torch.no_grad()
    def ranking(self, model, settings):
        """By the residuals of held-out pictures."""
        x, y = self.held
        was = model.training
        responses = model.eval().responses(x)
        model.train(was)
        return ranking(responses, y, settings["triplets"], settings["seed"])
