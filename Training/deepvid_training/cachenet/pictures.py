"""The report's pictures: the paper's figures 4, 6 and 7."""

import json
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402


def save(figure, path):
    """Write and forget a figure."""
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def partitions(given, names, count, path):
    """Figure 4: how many pictures of each class the selector maps to each partition."""
    table = np.zeros((count, len(names)), int)
    np.add.at(table, (given.selected, given.labels), 1)
    figure, axis = pyplot.subplots(figsize=(9, 3.4))
    bottom = np.zeros(count)
    for label, name in enumerate(names):
        row = table[:, label]
        axis.barh(range(count), row, left=bottom, label=name, color=pyplot.cm.tab10(label % 10))
        for k in np.flatnonzero(row > 0.25 * row.sum()):
            axis.text(bottom[k] + row[k] / 2, k, name, ha="center", va="center", fontsize=7)
        bottom += row
    axis.set_yticks(range(count), [f"submodel {k + 1}" for k in range(count)])
    axis.invert_yaxis()
    axis.set_xlabel("test pictures")
    axis.legend(ncol=2, fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    save(figure, path)
    return table


def losses(full, joint, path):
    """Figure 6: losses by epoch."""
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.2))
    for axis, journal, title in (
        (axes[0], full, "full model"),
        (axes[1], joint, "S-InfoVAE and generator"),
    ):
        rows = journal.rows()
        for field in journal.fields[1:]:
            points = [(int(r["step"]), float(r[field])) for r in rows if r.get(field)]
            if field != "seconds" and points:
                scale = 100 if field == "first" else 1
                name = f"{field} / {scale}" if scale > 1 else field
                axis.plot([p[0] for p in points], [p[1] / scale for p in points], label=name)
        axis.set_title(title)
        axis.set_xlabel("epoch")
        axis.set_ylim(bottom=0)
        axis.grid(alpha=0.3)
        axis.legend(fontsize=7)
    save(figure, path)


def thresholds(rows, path):
    """Figure 7: hit rate, accuracy and frames/s against the threshold; rows of dictionaries."""
    figure, axis = pyplot.subplots(figsize=(6, 3.4))
    at = [r["threshold"] for r in rows]
    axis.plot(at, [100 * r["hit_rate"] for r in rows], marker="o", label="hit rate, %")
    axis.plot(at, [100 * r["accuracy"] for r in rows], marker="s", label="accuracy, %")
    axis.set_xlabel("entropy threshold, nats")
    axis.grid(alpha=0.3)
    if all(r.get("fps") for r in rows):
        right = axis.twinx()
        right.plot(at, [r["fps"] for r in rows], marker="^", color="tab:green", label="frames/s")
        right.set_ylabel("frames/s")
        right.set_ylim(bottom=0)
    axis.legend(fontsize=8)
    save(figure, path)


def measured(results, path):
    """Figure 7 of a real run: the first setting and link of benchmarks/cachenet.py's JSON file."""
    runs = json.loads(Path(results).read_text())["results"]
    first = (runs[0]["setting"], runs[0]["link"])
    chosen = [r for r in runs if (r["setting"], r["link"]) == first and r["mode"] == "CacheNet"]
    thresholds([r | {"hit_rate": r["routes"]["hits"] / r["frames"]} for r in chosen], path)
