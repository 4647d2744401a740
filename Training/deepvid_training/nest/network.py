"""A residual classifier that can be cut to any widths of its spaces (`slices`)."""

from torch import nn
from torch.nn import functional as F


class Unit(nn.Sequential):
    """Convolution 3×3 or 1×1 with batch normalisation; reads and writes spaces."""

    def __init__(self, widths, reads, writes, kernel=3, stride=1):
        super().__init__(
            nn.Conv2d(
                widths.get(reads, 3), widths[writes], kernel, stride, kernel // 2, bias=False
            ),
            nn.BatchNorm2d(widths[writes]),
        )
        self.reads, self.writes = reads, writes


class Block(nn.Module):
    """Two convolutions and a shortcut, which a strided block projects."""

    def __init__(self, widths, reads, inner, writes, stride):
        super().__init__()
        self.first = Unit(widths, reads, inner, 3, stride)
        self.second = Unit(widths, inner, writes)
        self.shortcut = Unit(widths, reads, writes, 1, stride) if reads != writes else None

    def forward(self, x):
        """[N, C, H, W] → [N, C', H/stride, W/stride]."""
        y = self.second(F.relu(self.first(x)))
        return F.relu(y + (self.shortcut(x) if self.shortcut else x))


class Classifier(nn.Module):
    """Normalised pictures [N, 3, H, W] → logits [N, classes].

    Spaces: `half`, `quarter` and `eighth`, named after the size of their maps, and in each block
    one of its own between its two convolutions.
    """

    def __init__(self, classes, widths):
        super().__init__()
        self.widths = dict(widths)
        self.stem = Unit(widths, "picture", "half", 3, 2)
        self.blocks = nn.ModuleList(
            [
                Block(widths, "half", "half_inner", "half", 1),
                Block(widths, "half", "quarter_inner", "quarter", 2),
                Block(widths, "quarter", "eighth_inner", "eighth", 2),
            ]
        )
        self.head = nn.Linear(widths["eighth"], classes)
        self.axes = {"head.weight": ((), ("eighth",))}
        for name, unit in self.named_modules():
            if isinstance(unit, Unit):
                reads = (unit.reads,) if unit.reads in widths else ()
                self.axes[f"{name}.0.weight"] = ((unit.writes,), reads, (), ())
                for part in ("weight", "bias", "running_mean", "running_var"):
                    self.axes[f"{name}.1.{part}"] = ((unit.writes,),)

    def forward(self, x):
        x = F.relu(self.stem(x))
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean((2, 3)))

    def responses(self, x):
        """What is in each space, the last time that it is written: by name [N, C, H, W]."""
        found, x = {}, F.relu(self.stem(x))
        for block in self.blocks:
            found[block.first.writes] = F.relu(block.first(x))
            x = found[block.second.writes] = block(x)
        return found
