"""The report of a run in Markdown."""

import numpy as np

from ..network import multiply_adds


def write(path, given, names, table, rows, models, size, total):
    """Accuracies, partitions, thresholds; `total` is the bundle's size in bytes."""
    full = (given.full == given.labels).mean()
    lines = [
        "# CacheNet bundle",
        "",
        f"Bundle: {total / 1e6:.2f} MB. Test pictures: {len(given.labels)}.",
        "",
    ]
    lines += ["| model | multiply-adds | accuracy, % |", "|---|---|---|"]
    lines += [f"| full | {multiply_adds(models['full'], *size) / 1e6:.1f} M | {100 * full:.2f} |"]
    cheap = multiply_adds(models["submodel"], *size) / 1e6
    for k, kinds in enumerate(given.kinds):
        own = given.selected == k
        right = kinds == given.labels
        mine = f"{100 * right.mean():.1f}; of its own partition {100 * right[own].mean():.1f}"
        lines.append(f"| submodel {k + 1} | {cheap:.1f} M | {mine} |")
    best = given.kinds[given.selected, np.arange(len(given.labels))] == given.labels
    lines.append(f"| the selected submodel | {cheap:.1f} M | {100 * best.mean():.2f} |")
    lines.append(f"| selector | {multiply_adds(models['selector'], *size) / 1e6:.1f} M | – |")
    lines += ["", "## Partitions", "", "![partitions](partitions.png)", ""]
    lines += [
        "| submodel | pictures | " + " | ".join(names) + " |",
        "|---" * (len(names) + 2) + "|",
    ]
    for k, row in enumerate(table):
        lines.append(f"| {k + 1} | {row.sum()} | " + " | ".join(map(str, row)) + " |")
    lines += [
        "",
        "## Thresholds",
        "",
        "Pictures of a label follow each other; one submodel is cached;",
    ]
    lines += [
        "what it is unsure of, the full model answers.",
        "",
        "![thresholds](thresholds.png)",
        "",
    ]
    lines += [
        "| threshold | hit rate, % | accuracy, % | loss, points | activations |",
        "|---|---|---|---|---|",
    ]
    for r in rows:
        lost = 100 * (full - r["accuracy"])
        lines.append(
            f"| {r['threshold']} | {100 * r['hit_rate']:.1f} | {100 * r['accuracy']:.2f} "
            f"| {lost:.2f} | {r['changes']} |"
        )
    lines += ["", "## Losses", "", "![losses](losses.png)", ""]
    path.write_text("\n".join(lines))
