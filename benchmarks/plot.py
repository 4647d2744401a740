"""Speed-up against agreement as an SVG picture, from the standard library alone."""
import math
import statistics
from html import escape
from typing import Any

from common import kind_of

WIDTH, HEIGHT = 960, 600
LEFT, EDGE, RIGHT, TOP, BOTTOM = 70, 640, 740, 60, 540  # From EDGE to RIGHT: (nearly) full agreement, a lane a policy.

COLOURS = {"adaptive": "#1f77d0", "deepcache": "#d9690a", "deepmon": "#12976b", "cbinfer": "#b74fa8"}
SHAPES = ["circle", "square", "diamond", "triangle", "inverted", "cross", "star"]
AGREEMENT_TICKS = [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998]
SPEEDUP_TICKS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128]
TARGET_AGREEMENT, TARGET_SPEEDUP = 0.99, 4
FINEST = 0.001  # Disagreement at EDGE; less is drawn beyond it.

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #222 }
  .title { font-size: 17px; font-weight: 600 }
  .small { font-size: 12px; fill: #555 }
  .paper { fill: #fff } .frame { fill: none; stroke: #888 } .grid { stroke: #e4e4e4 }
  .target { stroke: #c22; stroke-dasharray: 6 4; stroke-width: 1.5 }
  .mean { stroke: #222; stroke-width: 2 } .neutral { fill: #555; stroke: #555 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6e6e6 } .small { fill: #aaa }
    .paper { fill: #14171c } .frame { stroke: #777 } .grid { stroke: #2b3038 } .target { stroke: #ff6b6b }
    .mean { stroke: #fff } .neutral { fill: #aaa; stroke: #aaa }
  }
"""


class Axes:
    """Where values are on the paper: disagreement and speed-up, both logarithmic."""

    def __init__(self, points: list[dict[str, Any]]):
        self.coarsest = max([0.05, *(1 - point["agreement"] for point in points)]) * 1.15
        speedups = [1, TARGET_SPEEDUP, *(point["speedup"] for point in points)]
        self.slowest, self.fastest = min(speedups) / 1.15, max(speedups) * 1.15

    def x(self, agreement: float) -> float:
        return LEFT + (EDGE - LEFT) * math.log(self.coarsest / max(1 - agreement, FINEST)) / math.log(self.coarsest / FINEST)

    def x_of(self, point: dict[str, Any], nudge: float) -> float:
        """As x, but with full agreement in the policy's lane, moved by -0.5 to 0.5 of half of it so that fewer points hide others."""
        if 1 - point["agreement"] >= FINEST:
            return self.x(point["agreement"])
        lane = (RIGHT - EDGE) / len(COLOURS)
        return EDGE + lane * (list(COLOURS).index(point["policy"]) + 0.5 + nudge / 2)

    def y(self, speedup: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * math.log(speedup / self.slowest) / math.log(self.fastest / self.slowest)


def scatter(cells: list[dict[str, Any]]) -> str:
    """The whole picture: a point for each model, clip and policy, and a large one for each policy's means."""
    points = [cell for cell in cells if "agreement" in cell]
    axes = Axes(points)
    models = list(dict.fromkeys(cell["model"] for cell in cells))
    shapes = {model: SHAPES[i % len(SHAPES)] for i, model in enumerate(models)}
    policies = [policy for policy in COLOURS if any(cell["policy"] == policy for cell in cells)]
    unseen = sum("error" not in cell for cell in cells) - len(points)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">',
        "<title>Speed-up against agreement</title>", f"<style>{STYLE}</style>", f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
        text(LEFT, 34, "Speed-up over dense inference against agreement with it", "title"),
        *grid(axes), *(marker(axes, point, shapes[point["model"]], models.index(point["model"]) / len(models) - 0.5) for point in points),
        *(mark for policy in policies for mark in mean(axes, cells, policy)),
        *legend(policies, shapes, unseen), "</svg>", ""])


def grid(axes: Axes) -> list[str]:
    """Lines and labels of both axes, and the two targets."""
    parts = []
    for agreement in AGREEMENT_TICKS:
        x = axes.x(agreement)
        if x >= LEFT - 0.5:
            parts += [line(x, TOP, x, BOTTOM, "grid"), text(x, BOTTOM + 18, f"{agreement:g}", anchor="middle")]
    parts += [line(EDGE, TOP, EDGE, BOTTOM, "frame"), text((EDGE + RIGHT) / 2, BOTTOM + 18, f"above {1 - FINEST:g}", anchor="middle")]
    for speedup in SPEEDUP_TICKS:
        if axes.slowest <= speedup <= axes.fastest:
            y = axes.y(speedup)
            parts += [line(LEFT, y, RIGHT, y, "grid"), text(LEFT - 8, y + 4, f"{speedup:g}×", anchor="end")]
    x, y = axes.x(TARGET_AGREEMENT), axes.y(TARGET_SPEEDUP)
    return parts + [
        f'<rect class="frame" x="{LEFT}" y="{TOP}" width="{RIGHT - LEFT}" height="{BOTTOM - TOP}"/>',
        line(x, TOP, x, BOTTOM, "target"), line(LEFT, y, RIGHT, y, "target"),
        text((LEFT + EDGE) / 2, BOTTOM + 44, "agreement with dense inference (logarithmic in what is missing to 1)", anchor="middle"),
        f'<text transform="translate(20 {(TOP + BOTTOM) / 2}) rotate(-90)" text-anchor="middle">speed-up (sum of times)</text>']


def marker(axes: Axes, point: dict[str, Any], shape: str, nudge: float) -> str:
    """A cell; hollow if the camera moves. Its name shows when the pointer rests on it."""
    colour = COLOURS[point["policy"]]
    fill = "none" if kind_of(point["clip"]) == "moving" else colour
    name = f"{point['policy']}, {point['model']}, {point['clip']}: {point['speedup']:.2f}×, agreement {point['agreement']:.4f}"
    return (f'<g fill="{fill}" fill-opacity=".55" stroke="{colour}"><title>{escape(name)}</title>'
            f'{outline(shape, axes.x_of(point, nudge), axes.y(point["speedup"]), 5)}</g>')


def mean(axes: Axes, cells: list[dict[str, Any]], policy: str) -> list[str]:
    """A policy's mean over the fixed and tripod clips: of speed-up geometric, of agreement arithmetic, as in the tables."""
    still = [cell for cell in cells if cell["policy"] == policy and kind_of(cell["clip"]) != "moving"]
    speedups, agreements = ([cell[key] for cell in still if key in cell] for key in ("speedup", "agreement"))
    if not agreements:
        return []
    speedup, agreement = statistics.geometric_mean(speedups), statistics.mean(agreements)
    x = axes.x_of({"policy": policy, "agreement": agreement}, 0)
    name = f"{policy}, mean: {speedup:.2f}×, agreement {agreement:.4f}"
    return [f'<g class="mean" fill="{COLOURS[policy]}"><title>{escape(name)}</title>{outline("circle", x, axes.y(speedup), 11)}</g>']


def legend(policies: list[str], shapes: dict[str, str], unseen: int) -> list[str]:
    """Colours, shapes, and what else is drawn."""
    x, y, parts = RIGHT + 30, TOP + 12, []

    def row(symbol: str, label: str, step: int = 22, css: str | None = None) -> None:
        nonlocal y
        parts.extend([symbol, text(x + 18, y + 4, label, css)])
        y += step

    for policy in policies:
        row(f'<g fill="{COLOURS[policy]}">{outline("circle", x, y, 6)}</g>', policy)
    y += 12
    for model, shape in shapes.items():
        row(f'<g class="neutral">{outline(shape, x, y, 5)}</g>', model)
    y += 12
    row(f'<g class="neutral" style="fill: none">{outline("circle", x, y, 5)}</g>', "hollow: moving camera")
    row(f'<g class="mean" fill="none">{outline("circle", x, y, 9)}</g>', "mean, fixed and tripod", 26)
    row(line(x - 9, y, x + 9, y, "target"), f"target: {TARGET_AGREEMENT:g} and {TARGET_SPEEDUP}×")
    if unseen:
        parts.append(text(x - 9, y + 16, f"left out: {unseen} without any box", "small"))
    return parts


def outline(shape: str, x: float, y: float, r: float) -> str:
    """One of SHAPES around a point."""
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}"/>'
    corners: dict[str, list[tuple[float, float]]] = {
        "square": [(-1, -1), (1, -1), (1, 1), (-1, 1)],
        "diamond": [(0, -1.4), (1.4, 0), (0, 1.4), (-1.4, 0)],
        "triangle": [(0, -1.3), (1.2, 0.9), (-1.2, 0.9)],
        "inverted": [(0, 1.3), (1.2, -0.9), (-1.2, -0.9)],
        "cross": [(-0.5, -1.3), (0.5, -1.3), (0.5, -0.5), (1.3, -0.5), (1.3, 0.5), (0.5, 0.5),
                  (0.5, 1.3), (-0.5, 1.3), (-0.5, 0.5), (-1.3, 0.5), (-1.3, -0.5), (-0.5, -0.5)],
        "star": [(math.sin(i * math.pi / 5) * q, -math.cos(i * math.pi / 5) * q) for i, q in enumerate([1.5, 0.65] * 5)],
    }
    return f'<polygon points="{" ".join(f"{x + r * dx:.1f},{y + r * dy:.1f}" for dx, dy in corners[shape])}"/>'


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    return f'<line class="{css}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def text(x: float, y: float, content: str, css: str | None = None, anchor: str = "start") -> str:
    css = f' class="{css}"' if css else ""
    return f'<text{css} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(content)}</text>'
