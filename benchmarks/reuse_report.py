#!/usr/bin/env python3
"""The tables of the part `reuse`. By itself: RESULT.json writes its Markdown and SVG anew."""
import json
import statistics
import sys
from pathlib import Path
from typing import Any, Iterable

from common import kind_of, table, write_text

Rows = list[dict[str, Any]]

# DeepCache (MobiCom'18), Nexus 6: normalised latencies of AlexNet, GoogLeNet, ResNet-50, YOLO, Dave; loss is of top-1,
# ResNet-50 and GoogLeNet. DeepMon's are from the same paper. CBinfer: ICDSC'17 and TCSVT.
PUBLISHED = {
    "deepcache": "0.72-0.86, mean 0.818; matching 9.7 ms; top-1 -2.3 to -2.6 points; 2.5-43.8 MB",
    "deepmon": "0.87-0.93, mean 0.911; matching 4.7 ms; top-1 -2.4 to -3.0 points (in DeepCache's ncnn port)",
    "cbinfer": "8.6-9.1x over cuDNN (segmentation), 5x fewer operations (detection), static surveillance, GPU",
}


def steady(cells: Iterable[dict[str, Any]]) -> Rows:
    """What the means are of: measured cells of clips whose camera does not move."""
    return [cell for cell in cells if "error" not in cell and kind_of(cell["clip"]) != "moving"]


def moving(cells: Iterable[dict[str, Any]]) -> Rows:
    """Measured cells of clips whose camera moves."""
    return [cell for cell in cells if "error" not in cell and kind_of(cell["clip"]) == "moving"]


def values(rows: Rows, key: str) -> list[float]:
    """A field of the rows that have it."""
    return [row[key] for row in rows if key in row]


def geometric_mean(rows: Rows, key: str) -> float:
    return statistics.geometric_mean(values(rows, key))


def distinct(rows: Rows, key: str) -> list[str]:
    """A field's values in the order in which they first come."""
    return list(dict.fromkeys(row[key] for row in rows))


def mean_text(rows: Rows, key: str, digits: int) -> str:
    found = values(rows, key)
    return f"{statistics.mean(found):.{digits}f}" if found else "-"


def summary_row(cells: Rows) -> list[str]:
    """The means of some cells of one policy: fixed and tripod clips, and the worst moving one."""
    still, agreements, floor = steady(cells), values(steady(cells), "agreement"), values(moving(cells), "speedup")
    worst_moving = f"{min(floor):.2f}" if floor else "-"
    if not still:
        return ["-"] * 8 + [worst_moving]
    return [f"{geometric_mean(still, 'speedup'):.2f}", f"{geometric_mean(still, 'speedup_median'):.2f}",
            f"{geometric_mean(still, 'normalised_latency'):.3f}", mean_text(still, "reused", 3), mean_text(still, "agreement", 4),
            f"{min(agreements):.3f}" if agreements else "-", f"{sum(value < 0.99 for value in agreements)}/{len(agreements)}",
            f"{statistics.mean(cell['match_ms']['mean'] for cell in still):.3f}", worst_moving]


SUMMARY_HEAD = ["speed-up", "of medians", "latency", "MACs avoided", "agreement", "worst", "below .99", "match ms", "worst moving"]
OFF_ROW = ["1.00", "1.00", "1.000", "0.000", "1.0000", "1.000", "0", "0.000", "1.00"]


def overview(result: dict[str, Any]) -> str:
    """The policies, detectors and classifiers apart."""
    rows = []
    for kind in distinct(result["cells"], "kind"):
        of_kind = [cell for cell in result["cells"] if cell["kind"] == kind]
        rows.append([f"{kind}s, off", *OFF_ROW])
        for policy in distinct(of_kind, "policy"):
            rows.append([f"{kind}s, {policy}", *summary_row([cell for cell in of_kind if cell["policy"] == policy])])
    return table(["policy", *SUMMARY_HEAD], rows)


def per_model(cells: Rows) -> str:
    """A row for each model and policy."""
    rows = []
    for model in distinct(cells, "model"):
        for policy in distinct(cells, "policy"):
            some = [cell for cell in cells if (cell["model"], cell["policy"]) == (model, policy)]
            if some:
                rows.append([f"{model}, {policy}", *summary_row(some)])
    return table(["model, policy", *SUMMARY_HEAD], rows)


def every_cell(cells: Rows) -> str:
    """A row for each measurement."""
    rows = []
    for cell in cells:
        name = f"{cell['model']}, {cell['clip']}, {cell['policy']}"
        if "error" in cell:
            rows.append([name, "FAILED"] + ["-"] * 8)
            continue
        rows.append([name, str(cell["frames"]), f"{cell['speedup']:.2f}", f"{cell['speedup_median']:.2f}", f"{cell['normalised_latency']:.3f}",
                     f"{cell['reused']:.3f}", mean_text([cell], "agreement", 4), f"{cell['match_ms']['mean']:.3f}",
                     str(cell["unchanged"]), str(sum(item["frames"] for item in cell["full_recomputes"]))])
    return table(["model, clip, policy", "frames", "speed-up", "of medians", "latency", "MACs avoided", "agreement", "match ms",
                  "unchanged", "in full"], rows)


def memory(rows: Rows) -> str:
    """Peak memory by model, and what each policy takes over `off`."""
    measured = [row for row in rows if "error" not in row]
    policies = [policy for policy in distinct(measured, "policy") if policy != "off"]
    lines = []
    for model in distinct(measured, "model"):
        peaks = {row["policy"]: row["peak_memory_mb"] for row in measured if row["model"] == model}
        over = [f"{peaks[policy] - peaks['off']:+.0f}" if policy in peaks and "off" in peaks else "-" for policy in policies]
        lines.append([model, f"{peaks['off']:.0f}" if "off" in peaks else "-", *over])
    return table(["model", "off, MB", *(f"{policy}, over off" for policy in policies)], lines)


def targets(result: dict[str, Any]) -> str:
    """What `adaptive` has to reach, and whether it did, as far as it was measured."""
    cells = [cell for cell in result["cells"] if cell["policy"] == "adaptive"]
    rows = []

    def row(what: str, value: float, digits: int, met: bool) -> None:
        rows.append([what, f"{value:.{digits}f}", "yes" if met else "NO"])

    for kind, least in (("detector", 4), ("classifier", 3)):
        still = [cell for cell in steady(cells) if cell["kind"] == kind]
        if not still:
            continue
        for key, name in (("speedup", "sums"), ("speedup_median", "medians")):
            row(f"{kind}s, speed-up of {name}, geometric mean, at least {least}", geometric_mean(still, key), 2, geometric_mean(still, key) >= least)
        agreements = values(still, "agreement")
        if agreements:
            row(f"{kind}s, agreement, mean, at least 0.99", statistics.mean(agreements), 4, statistics.mean(agreements) >= 0.99)
    for key, name in (("speedup", "sums"), ("speedup_median", "medians")):
        floor = values(moving(cells), key)
        if floor:
            row(f"moving camera, worst speed-up of {name}, at least 0.97", min(floor), 3, min(floor) >= 0.97)
    peaks = {line["policy"]: line["peak_memory_mb"] for line in result["memory"] if line["model"] == "yolox_nano_416" and "error" not in line}
    if {"off", "adaptive"} <= peaks.keys():
        more = peaks["adaptive"] - peaks["off"]
        row("yolox_nano_416, memory over off, at most 120 MB", more, 0, more <= 120)
    return table(["target (adaptive)", "measured", "met"], rows)


def published(cells: Rows) -> str:
    """The papers' own figures beside ours; other machines, models and clips: for the order of magnitude."""
    rows = []
    for policy, figures in PUBLISHED.items():
        still = [cell for cell in steady(cells) if cell["policy"] == policy]
        if still:
            rows.append([policy, f"{geometric_mean(still, 'normalised_latency'):.3f}", mean_text(still, "agreement", 4), figures])
    return table(["policy", "latency here", "agreement here", "published"], rows)


def report(result: dict[str, Any], plot_name: str) -> str:
    """The whole Markdown file."""
    machine, cells = result["machine"], result["cells"]
    frames = f"the first {result['max_frames']} frames" if result["max_frames"] else "all frames"
    failed = sum("error" in row for row in cells + result["memory"])
    return f"""# Reuse between frames: speed and agreement

{machine['cpu']}, {machine['cores']} cores; commit {machine['commit']} (binary {result['binary']}), {machine['date']}.
`{machine['command']}`
{f'{chr(10)}**Failed and missing from the means: {failed} of the measurements; --resume tries them again.**{chr(10)}' if failed else ''}
`deepvid compare --threads 1` over {frames} of each clip: dense and cached take turns on the same frames. Times are
preparation, matching, network and head. *speed-up*: sum of the dense times over sum of the cached ones, and the same of medians;
*latency*: its inverse, as the papers have it (off = 1). *agreement*: F1 of boxes with score 0.4 at IoU 0.5, or the same best class.
Means over fixed and tripod clips, geometric for ratios; *worst*: the clip and model that agree least; *below .99*: how many of
those with something to see; *worst moving*: least speed-up of the moving-camera clips.

![speed-up against agreement]({plot_name})

## Policies

{overview(result)}

## Targets

{targets(result)}

## Beside the papers

{published(cells)}

## By model

{per_model(cells)}

## Memory

Peak resident memory of `deepvid infer --threads 1`, one 1280×720 clip.

{memory(result['memory'])}

## Every measurement

{every_cell(cells)}
"""


def main() -> None:
    import plot
    if len(sys.argv) != 2:
        sys.exit("usage: benchmarks/reuse_report.py RESULT.json")
    path = Path(sys.argv[1])
    result = json.loads(path.read_text())
    write_text(path.with_suffix(".md"), report(result, path.with_suffix(".svg").name))
    write_text(path.with_suffix(".svg"), plot.scatter(result["cells"]))


if __name__ == "__main__":
    main()
