"""Where our model stands: person and vehicle on everything that is held out, a line per model."""

from dataclasses import replace

import numpy as np

from .consensus import vote
from .metrics import measure
from .pseudo_label import lookers
from .validation import held_out, held_out_clips


def labelled_by(sample, opinions):
    """The sample with its boxes and ignore regions voted anew out of `opinions`."""
    votes = vote(opinions)
    trusted = [v for v in votes if v.trusted]
    doubted = [v for v in votes if not v.trusted]
    every = np.ones(len(sample.annotated), bool)
    return replace(
        sample,
        boxes=[v.box for v in trusted],
        classes=[v.label for v in trusted],
        ignores=[v.box for v in doubted],
        ignored=[every] * len(doubted),
    ).freeze()


def jury(config, samples, without):
    """Samples labelled by all teachers but the one named `without`."""
    looks = lookers(config)
    sitting = [look for name, look in looks.items() if name != without]
    return [labelled_by(s, [look(s.load()) for look in sitting]) for s in samples]


def pair(tallies):
    """AP50 of person and of vehicle, in percent."""
    return [100 * tallies[name].average_precision() for name in ("person", "vehicle")]


def pooled(config, sources):
    """All held-out human-labelled samples of the sources, val and test together."""
    return [s for name, group in held_out(config).items() if name in sources for s in group]


def line(cells):
    """A Markdown table row."""
    return "| " + " | ".join(cells) + " |"


def figure(value, digits=1):
    """A number for a table, or a dash."""
    return "–" if np.isnan(value) else f"{value:,.{digits}f}"


def standing(config, detectors, sizes):
    """Markdown lines of the comparison."""
    roads = pooled(config, ("highway", "atl_cctv"))
    everyday = pooled(config, ("coco128",))
    clips = [s for group in held_out_clips(config).values() for s in group]
    yield "## Where it stands\n"
    yield "AP50 in percent, person / vehicle. Roads: the held-out images of highway and atl_cctv"
    yield f"({len(roads)}). Everyday: coco128 ({len(everyday)}), pictures on which the references"
    yield f"were trained. Clips: {len(clips)} frames of held-out clips, labelled by the teachers"
    yield "minus the model of the line; in brackets deepvid's figures by those same labels.\n"
    yield line(
        ["detector", "parameters", "M multiply-adds", "deepvid ms"]
        + ["roads", "everyday", "all images", "clips"]
    )
    yield "|---" * 8 + "|"
    ours = detectors["deepvid"]
    for name, detector in detectors.items():
        size = sizes[name]
        judged = jury(config, clips, without=name)
        cells = [
            name,
            f"{size.parameters:,}",
            figure(size.multiply_adds / 1e6, 0),
            figure(size.milliseconds),
        ]
        for samples in (roads, everyday, roads + everyday, judged):
            cells.append(" / ".join(figure(v) for v in pair(measure(detector, samples))))
        if detector is not ours:
            same = pair(measure(ours, judged))
            cells[-1] += " (" + " / ".join(figure(v) for v in same) + ")"
        yield line(cells)
