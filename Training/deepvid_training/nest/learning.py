"""One training, whatever for: the largest network, a recovery, a growth, a network for comparison."""

import time

import torch
from torch.nn import functional as F

from ..cachenet import images
from ..cachenet.full_model import accuracy, logits
from .network import share


def taught(teacher, x, sharpen):
    """A teacher's logits of the pictures and of their mirror images, [2, N, classes]."""
    return torch.stack([logits(teacher, x), logits(teacher, x.flip(3))]) * sharpen


class Lessons:
    """The training pictures, and what a teacher says of them; `journal` has a row an epoch."""

    def __init__(self, x, y, settings, journal):
        self.x, self.y, self.settings, self.journal = x, y, settings, journal
        self.teacher, self.epochs, self.started = None, 0, time.time()

    def learn(self, name, model, frozen, epochs, rate, held):
        """Train `model` in place; the filters of `frozen`, a narrower one, stay in it as they are.

        held is (pictures, labels) that the journal's accuracy is of.
        """
        settings = self.settings
        torch.manual_seed(settings["seed"] + self.epochs)
        batches = images.Batches(
            self.x, self.y, settings["batch"], settings["reach"], 0, settings["seed"] + self.epochs
        )
        optimizer = torch.optim.AdamW(model.parameters(), rate, weight_decay=settings["decay"])
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, rate, epochs * len(batches), pct_start=0.15
        )
        model.train()
        for epoch in range(epochs):
            total = 0.0
            for chosen, flip, pictures, labels in batches:
                with torch.autocast("cpu", torch.bfloat16):
                    output = model(pictures)
                loss = self.loss(output, chosen, flip, labels)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 5)
                optimizer.step()
                schedule.step()
                if frozen is not None:
                    share(frozen, model)
                total += loss.item() / len(batches)
            self.epochs += 1
            row = {"loss": total, "held": accuracy(model, *held)}
            self.journal.add(self.epochs, row | {"seconds": time.time() - self.started})
            print(f"{name} {epoch + 1}/{epochs} loss {total:.4f} held {row['held']:.4f}", flush=True)
        return model.eval()

    def loss(self, output, chosen, flip, labels):
        """Cross entropy with the labels, mixed with the teacher's answers once there is one."""
        targets = F.one_hot(labels, output.shape[-1]).float()
        if self.teacher is not None:
            share_of_teacher = self.settings["teach"]
            soft = torch.softmax(self.teacher[flip.long(), chosen], -1)
            targets = share_of_teacher * soft + (1 - share_of_teacher) * targets
        return F.cross_entropy(output.float(), targets)
