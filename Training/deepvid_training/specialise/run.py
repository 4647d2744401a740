"""python -m deepvid_training specialise: from a camera's clips and a teacher to a bundle."""

import copy
from collections import Counter
from pathlib import Path

import numpy as np
import torch

from .. import checkpoints
from ..network import Detector, multiply_adds
from . import bundle, judging, parts, recordings
from .learning import Held, learn
from .narrowing import narrow
from .targets import truths
from .teacher import Teacher


def classes(material, score, rare):
    """What the teacher reports often enough to be learnt, the commonest first."""
    seen = Counter()
    for look in material.looks:
        seen.update(n for n, s in zip(look.names, look.scores) if s >= score)
    names = [name for name, count in seen.most_common() if count >= rare]
    if not names:
        raise SystemExit(
            "the teacher sees next to nothing in these clips: take longer ones, or another teacher"
        )
    print("classes: " + ", ".join(f"{name} {seen[name]}" for name in names), flush=True)
    return names


# Of held-out frames: a bundle that answers fewer small than these costs more than the teacher.
LEAST_SMALL = 0.1


class Run:
    """Everything of one run. Each stage leaves a checkpoint in `folder`, which --resume takes."""

    def __init__(self, config, teacher, clips, folder, resume):
        self.config, self.teacher, self.clips = config, teacher, clips
        self.folder, self.resume = Path(folder), resume
        self.folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(config["train"]["seed"])
        torch.set_num_threads(config["train"]["threads"])

    def gather(self):
        """Pictures and labels, classes and parts."""
        self.size = recordings.input_size(self.clips, self.config["frames"]["longer_side"])
        self.score, _ = self.teacher.reported(self.clips[0])
        least = self.config["labels"]["least"]
        self.train, held = recordings.read(
            self.clips, self.teacher, self.config["frames"], least, self.score, *self.size
        )
        self.labels = classes(self.train, self.score, self.config["labels"]["rare"])
        # Held-out objects of other classes count as missed.
        every = self.labels + sorted({n for k in held.looks for n in k.names} - set(self.labels))
        self.found = truths(self.train, self.labels)
        self.held = held
        self.truth = truths(held, every)
        settings = self.config["parts"]
        self.view = parts.View(self.teacher.card(), recordings.frame_count(self.clips[0])[1])
        points = self.view.coarse(self.train.pictures)
        self.middles = parts.centres(points, settings["count"], settings["seed"])
        self.own = parts.members(points, self.middles, settings["overlap"])
        self.held_part = parts.distances(self.view.coarse(held.pictures), self.middles).argmin(1)

    def judge_of(self, which):
        """Held-out frames of those numbers."""
        found = copy.copy(self.truth)
        found.boxes, found.scores, found.classes = (
            [values[i] for i in which] for values in (found.boxes, found.scores, found.classes)
        )
        nms_iou = self.config["bundle"]["nms_iou"]
        return Held(self.held.subset(which), found, self.score, nms_iou)

    def stage(self, name, model, which, judges, steps, peak):
        """One training, or what an earlier run left of it."""
        path = self.folder / f"{name}.pt"
        if self.resume and path.exists():
            model.load_state_dict(torch.load(path, weights_only=True))
            return model.eval()
        found = copy.copy(self.found)
        found.boxes, found.scores, found.classes = (
            [values[i] for i in which] for values in (found.boxes, found.scores, found.classes)
        )
        material = self.train.subset(which)
        settings = self.config["train"]
        held = self.judge_of(judges)
        best = learn(model, name, material, found, held, settings, steps, peak, lambda *_: None)
        checkpoints.save(best.state_dict(), path)
        return best

    def learn(self):
        """One detector for everything, then one for each part, which begins there."""
        net, settings = self.config["network"], self.config["train"]
        model = Detector(
            len(self.labels), net["channels"], net["depths"], net["width_of_heads"]
        ).to(memory_format=torch.channels_last)
        self.work = multiply_adds(model, *self.size) / 1e6
        print(f"submodels: {self.size[1]}x{self.size[0]}, {self.work:.0f} M multiply-adds")
        everything = np.arange(len(self.train)), np.arange(len(self.held))
        if net["start"]:
            self.begin(model, net["start"])
        base = self.stage("all", model, *everything, settings["steps"], settings["rate"])
        models = []
        for k in range(len(self.middles)):
            which, judges = np.nonzero(self.own[:, k])[0], np.nonzero(self.held_part == k)[0]
            # A part that the held-out end does not show is judged by all of it.
            judges = judges if len(judges) >= 10 else everything[1]
            models.append(
                self.stage(
                    f"part-{k + 1}",
                    copy.deepcopy(base),
                    which,
                    judges,
                    settings["part_steps"],
                    settings["part_rate"],
                )  # fmt: skip
            )
        return models

    def begin(self, model, start):
        """Take the first weights out of an exported file, measured on frames with objects."""
        busy = [i for i, boxes in enumerate(self.found.boxes) if len(boxes)]
        chosen = np.linspace(0, len(busy) - 1, min(len(busy), 32)).astype(int)
        pictures = self.train.pictures[[busy[i] for i in chosen]]
        images = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
        if not narrow(model, start, self.labels, images):
            print(f"{start} is narrower than the network here: it begins with noise", flush=True)

    def calibrate(self, models):
        """(threshold, Judged of the held-out frames, each by its part's submodel)."""
        whole = self.judge_of(np.arange(len(self.held)))
        by_part = [whole.judge(model) for model in models]
        rows = np.arange(len(self.held))
        judged = judging.Judged(
            *(
                np.stack([getattr(j, name) for j in by_part])[self.held_part, rows]
                for name in ("entropies", "found", "total")
            )
        )
        wanted = self.config["bundle"]["agreement"]
        chosen = judging.threshold(judged, wanted)
        if not chosen or chosen[1] < LEAST_SMALL:
            raise SystemExit(
                f"held out, agreement with the teacher is {judged.agreement():.3f}, and {wanted} "
                "is reached on next to no frames, not even on those that the submodels are surest "
                "of: give longer recordings, or set bundle.agreement lower"
            )
        return chosen[0], judged


def summarise(whole, judged, threshold, target, size):
    """What was reached on the held-out frames."""
    count = len(whole.middles)
    print(f"{target}: {count} submodels of {whole.work:.0f} M multiply-adds, {size / 1e6:.1f} MB")
    for k in range(count):
        own = whole.held_part == k
        print(
            f"part {k + 1}: {whole.own[:, k].sum()} frames, {own.sum()} held out, "
            f"agreement {judged.agreement(own):.3f}"
        )
    small = judged.entropies < threshold
    print(
        f"held out: agreement {judged.agreement():.3f}; below {threshold:.3f} nats "
        f"{judged.agreement(small):.3f}, {small.mean():.0%} of frames answered small"
    )


def run(config, arguments):
    """All stages; prints a summary."""
    teacher = Teacher(arguments.deepvid, arguments.teacher, arguments.classes)
    whole = Run(config, teacher, arguments.clips, arguments.run, arguments.resume)
    whole.gather()
    models = whole.learn()
    threshold, judged = whole.calibrate(models)
    size = bundle.write(
        arguments.target,
        arguments.name,
        teacher,
        models,
        parts.selector(whole.middles, whole.view),
        whole.labels,
        whole.size,
        whole.score,
        config["bundle"]["nms_iou"],
        threshold,
        config["parts"]["overlap"],
    )
    summarise(whole, judged, threshold, arguments.target, size)
