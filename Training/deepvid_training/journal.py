"""Curves of a run: CSV files that grow, and a PNG drawn from them."""

import csv
from pathlib import Path


class Journal:
    """Appends rows to `<folder>/<name>.csv`; on resume, rows after `step` are dropped."""

    def __init__(self, folder, name, fields, step):
        self.path = Path(folder) / f"{name}.csv"
        self.fields = ["step", *fields]
        kept = [row for row in self.rows() if int(row["step"]) <= step]
        with open(self.path, "w", newline="") as file:
            writer = csv.DictWriter(file, self.fields, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(kept)

    def rows(self):
        """All rows written so far."""
        if not self.path.exists():
            return []
        with open(self.path, newline="") as file:
            return list(csv.DictReader(file))

    def add(self, step, values):
        """Append one row of numbers."""
        row = {"step": step} | {k: f"{v:.5g}" for k, v in values.items()}
        with open(self.path, "a", newline="") as file:
            csv.DictWriter(file, self.fields, extrasaction="ignore").writerow(row)


def draw(folder, losses, precisions):
    """Write curves.png: losses on the left, average precisions on the right."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(12, 4.5))
    for axis, journal, skip in ((axes[0], losses, ("objects", "rate")), (axes[1], precisions, ())):
        rows = journal.rows()
        for field in journal.fields[1:]:
            if field not in skip and rows:
                points = [
                    (int(r["step"]), float(r[field])) for r in rows if r[field] not in ("", "nan")
                ]
                if points:
                    axis.plot(*zip(*points), label=field)
        axis.set_xlabel("step")
        axis.grid(alpha=0.3)
        axis.legend()
    axes[0].set_yscale("log")
    axes[1].set_title("AP50, validation subset")
    figure.tight_layout()
    figure.savefig(Path(folder) / "curves.png", dpi=90)
    pyplot.close(figure)
