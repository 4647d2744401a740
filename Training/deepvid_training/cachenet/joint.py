"""Algorithm 1 (§4.6): selector and generator trained together, then the generator alone."""

import time

import torch
from torch.nn import functional as F

from .. import checkpoints
from . import codes, images
from .full_model import logits

FIELDS = ("submodels", "align", "uneven", "members", "first", "second", "seconds")


class Objective:
    """J (18) of a batch. `settings` are [codes], [selector] and [joint] of the configuration.

    Five things are not in the paper, each of which a weight of 0 (of 1 for `kin`) switches off:
    `teach`    the full model's answers as targets, mixed with the labels;
    `outlier`  a submodel is to be unsure (uniform) about what it is not trained on, or it would be
               sure of a class that it never saw, and the device would never ask;
    `align`    pulls θ to the submodel with the least loss: P(x) is a threshold, through which
               nothing of J_F reaches the selector;
    `even`     keeps the partitions of equal size, which `align` alone would not: the submodel that
               is best at first would get everything;
    `kin`      a partition that has this share of a class's pictures is trained on the whole class,
               because where one of them is, others follow (temporal locality).
    """

    def __init__(self, settings, selector, generator):
        self.codes, self.vae, self.joint = (settings[k] for k in ("codes", "selector", "joint"))
        self.selector, self.generator = selector, generator
        self.sigma = codes.sigma(self.codes["tau"], self.codes["gamma"], len(generator))
        self.shares = None

    def kin(self, soft, labels, classes):
        """Which partitions [N, K] have enough of each picture's class, by a moving count."""
        chosen = F.one_hot(soft.argmax(1), soft.shape[1]).float()
        counts = F.one_hot(labels, classes).float().T @ chosen
        self.shares = counts if self.shares is None else 0.98 * self.shares + counts
        shares = self.shares / self.shares.sum(1, keepdim=True).clamp(min=1e-6)
        return shares[labels] >= self.joint["kin"]

    def soft_code(self, z, noise):
        """c̄ of z̄."""
        theta = codes.noisy(codes.angle(z), noise)
        return codes.soft_code(theta, len(self.generator), self.sigma)

    def answers(self, output, soft, targets, labels):
        """(J_F (17) with outliers, alignment, unevenness, P(x) [N, K]) of logits [K, N, C]."""
        output = output.permute(1, 0, 2)
        certain = codes.entropy_code(codes.entropy(output.detach()), self.codes["tau"])
        code = codes.mix(soft.detach(), certain, self.codes["alpha"])
        inside = codes.partitions(code, self.codes["tau"])
        inside |= self.kin(soft.detach(), labels, output.shape[-1])
        logs = torch.log_softmax(output, -1)
        crossed = -(targets[:, None] * logs).sum(-1)
        uniform = -logs.mean(-1) - torch.log(torch.tensor(float(output.shape[-1])))
        loss = torch.where(inside, crossed, self.joint["outlier"] * uniform).sum(1).mean()
        wrong = -logs.detach().gather(2, labels[:, None, None].expand(-1, len(self.generator), 1))[
            ..., 0
        ]
        share = soft / soft.sum(1, keepdim=True)
        align = (share * wrong.clamp(max=4)).sum(1).mean()
        mean = share.mean(0)
        uneven = (mean * torch.log(mean * len(mean))).sum()
        return loss, align, uneven, inside

    def __call__(self, x, targets, labels, selects):
        """(J, its parts); with `selects` false the selector is only asked, and not trained."""
        if selects:
            first, second, z = self.selector.losses(x, self.vae["alpha"], self.vae["scale"])
        else:
            with torch.no_grad():
                z = self.selector(x)
        soft = self.soft_code(z.float(), self.codes["noise"] if selects else 0)
        with torch.autocast("cpu", torch.bfloat16):
            output = self.generator(x)
        loss, align, uneven, inside = self.answers(output.float(), soft, targets, labels)
        parts = {"submodels": loss, "align": align, "uneven": uneven}
        parts["members"] = inside.sum(1).float().mean()
        if not selects:
            return loss, parts
        parts |= {"first": first, "second": second}
        total = loss + self.joint["align"] * align + self.joint["even"] * uneven
        total = total + self.vae["weight"] * (first / 100 + second)
        return total, parts


def train(settings, selector, generator, teacher, train_set, checkpoint, journal, resume):
    """Train both as [joint] says; ν is `freeze_after`. Goes on from `checkpoint` with `resume`.

    In each cycle the rate rises and falls once.
    """
    joint = settings["joint"]
    torch.manual_seed(joint["seed"])
    x, y = train_set
    batches = images.Batches(x, y, joint["batch"], 0, 0, joint["seed"])
    objective = Objective(settings, selector, generator)
    taught = None
    parameters = [*generator.parameters(), *selector.parameters()]
    optimizer = torch.optim.AdamW(parameters, weight_decay=joint["decay"])
    kept = {"selector": selector, "generator": generator, "batches": batches}
    done, saved, end, started = 0, None, 0, time.time()
    if resume and checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        done = saved["epochs"]
        torch.set_rng_state(saved["random"])
        objective.shares = saved["shares"]
        for name, part in kept.items():
            part.load_state_dict(saved[name])
        optimizer.load_state_dict(saved["optimizer"])
    for cycle in joint["cycles"]:
        start, end = end, end + cycle["epochs"]
        if done >= end:
            continue
        batches.reach, batches.hole = cycle["reach"], cycle["hole"]
        schedule = rise_and_fall(optimizer, cycle["rate"], cycle["epochs"] * len(batches))
        if done > start:
            schedule.load_state_dict(saved["schedule"])
        if taught is None:
            taught = torch.stack([logits(teacher, x), logits(teacher, x.flip(3))])
            taught *= joint["sharpen"]
        for epoch in range(max(start, done), end):
            selects = epoch < joint["freeze_after"]
            sums = one_epoch(
                objective, batches, taught, optimizer, schedule, selects, joint["teach"]
            )
            journal.add(epoch + 1, sums | {"seconds": time.time() - started})
            print(
                f"joint {epoch + 1} " + " ".join(f"{k} {v:.4g}" for k, v in sums.items()),
                flush=True,
            )
            state = {name: part.state_dict() for name, part in kept.items()}
            state |= {"optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()}
            state |= {
                "epochs": epoch + 1,
                "random": torch.get_rng_state(),
                "shares": objective.shares,
            }
            checkpoints.save(state, checkpoint)
    selector.eval()
    generator.eval()


def rise_and_fall(optimizer, rate, steps):
    """The rate over a cycle of `steps`: up to `rate` in the first sixth, then down to nothing."""
    for group in optimizer.param_groups:
        group.pop("initial_lr", None)
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps, pct_start=0.15)


def one_epoch(objective, batches, taught, optimizer, schedule, selects, teach):
    """One pass; the means of the objective's parts."""
    objective.selector.train(selects)
    objective.generator.train()
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    sums = {}
    for chosen, flip, pictures, labels in batches:
        soft = torch.softmax(taught[flip.long(), chosen], -1)
        targets = teach * soft + (1 - teach) * F.one_hot(labels, soft.shape[-1])
        loss, parts = objective(pictures, targets, labels, selects)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 5)
        optimizer.step()
        schedule.step()
        for name, value in parts.items():
            sums[name] = sums.get(name, 0.0) + value.item() / len(batches)
    return sums
