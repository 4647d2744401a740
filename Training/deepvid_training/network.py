"""The detector network: narrow dense backbone, small feature pyramid, separable heads.

Only plain convolutions, depthwise convolutions, nearest upsampling, additions and ReLU,
because those are what an incremental engine recomputes pixel by pixel; nothing looks at
the whole image. All channel counts are multiples of 16.
"""

import math

import torch
from torch import nn

STRIDES = (8, 16, 32)


class ConvUnit(nn.Sequential):
    """Convolution, batch normalisation, optional ReLU. [B, cin, H, W] -> [B, cout, H/s, W/s]."""

    def __init__(self, cin, cout, kernel, stride=1, groups=1, relu=True):
        layers = [
            nn.Conv2d(cin, cout, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(cout, momentum=0.03),
        ]
        if relu:
            layers.append(nn.ReLU(inplace=True))
        super().__init__(*layers)


class Separable(nn.Sequential):
    """Depthwise 3x3, then pointwise, each normalised; only the pointwise one has a ReLU."""

    def __init__(self, cin, cout, stride=1):
        super().__init__(
            ConvUnit(cin, cin, 3, stride, groups=cin, relu=False),
            ConvUnit(cin, cout, 1),
        )


class Bottleneck(nn.Module):
    """Residual block: 1x1 to half the channels, 3x3 back, added to the input."""

    def __init__(self, channels, hidden):
        super().__init__()
        self.reduce = ConvUnit(channels, hidden, 1)
        self.expand = ConvUnit(hidden, channels, 3, relu=False)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(x + self.expand(self.reduce(x)))


class Stage(nn.Sequential):
    """A strided 3x3 convolution that halves the map, then `depth` bottlenecks."""

    def __init__(self, cin, cout, depth):
        hidden = max(16, cout // 2 // 16 * 16)
        super().__init__(
            ConvUnit(cin, cout, 3, 2), *[Bottleneck(cout, hidden) for _ in range(depth)]
        )


class Pyramid(nn.Module):
    """Top-down then bottom-up fusion by addition; three maps of `width` channels."""

    def __init__(self, channels, width):
        super().__init__()
        self.lateral = nn.ModuleList(ConvUnit(c, width, 1) for c in channels)
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.smooth8 = Separable(width, width)
        self.smooth16 = Separable(width, width)
        self.down16 = Separable(width, width, stride=2)
        self.down32 = Separable(width, width, stride=2)

    def forward(self, c8, c16, c32):
        l8, l16, l32 = (layer(c) for layer, c in zip(self.lateral, (c8, c16, c32)))
        t16 = self.smooth16(l16 + self.up(l32))
        p8 = self.smooth8(l8 + self.up(t16))
        p16 = t16 + self.down16(p8)
        p32 = l32 + self.down32(p16)
        return p8, p16, p32


class Head(nn.Module):
    """One level's predictions: ([B, 4, H, W] raw boxes, [B, classes, H, W] class logits)."""

    def __init__(self, width, classes):
        super().__init__()
        self.shared = Separable(width, width)
        self.box_tower = Separable(width, width)
        self.class_tower = Separable(width, width)
        self.box = nn.Conv2d(width, 4, 1)
        self.classes = nn.Conv2d(width, classes, 1)
        nn.init.normal_(self.box.weight, std=0.01)
        nn.init.constant_(self.box.bias, 0.5)
        nn.init.normal_(self.classes.weight, std=0.01)
        nn.init.constant_(self.classes.bias, -math.log((1 - 0.01) / 0.01))

    def forward(self, x):
        x = self.shared(x)
        return self.box(self.box_tower(x)), self.classes(self.class_tower(x))


class Detector(nn.Module):
    """RGB images, 0..1 -> class logits [B, N, classes] and raw boxes [B, N, 4].

    N runs over the cells of strides 8, 16, 32 (in this order), each map row by row. Raw boxes
    are YOLOX's: offset from the cell's corner and logarithm of the size, both in strides.
    Height and width must be multiples of 32.
    """

    def __init__(self, classes, channels=(16, 32, 64, 96, 160), depths=(2, 3, 2), width=64):
        super().__init__()
        stem, quarter, c8, c16, c32 = channels
        self.stem = nn.Sequential(ConvUnit(3, stem, 3, 2), ConvUnit(stem, quarter, 3, 2))
        self.stage8 = Stage(quarter, c8, depths[0])
        self.stage16 = Stage(c8, c16, depths[1])
        self.stage32 = Stage(c16, c32, depths[2])
        self.pyramid = Pyramid((c8, c16, c32), width)
        self.heads = nn.ModuleList(Head(width, classes) for _ in STRIDES)

    def maps(self, images):
        """Per stride, the pair (raw boxes [B, 4, H, W], class logits [B, classes, H, W])."""
        c8 = self.stage8(self.stem(images))
        c16 = self.stage16(c8)
        c32 = self.stage32(c16)
        return [head(p) for head, p in zip(self.heads, self.pyramid(c8, c16, c32))]

    def forward(self, images):
        maps = self.maps(images)
        boxes = torch.cat([b.flatten(2) for b, _ in maps], 2).transpose(1, 2)
        logits = torch.cat([c.flatten(2) for _, c in maps], 2).transpose(1, 2)
        return logits.float(), boxes.float()


def pixels(net):
    """Most pixels of an input in the shape of its picture, of a [network] section."""
    return net.get("pixels", net["height"] * net["width"])


def parameter_count(model):
    """Number of trainable scalars."""
    return sum(p.numel() for p in model.parameters())


def multiply_adds(model, height, width):
    """Multiply-accumulates of convolutions and linear layers for one image of height x width."""
    total = 0

    def count(layer, _, output):
        nonlocal total
        total += output.numel() * layer.weight[0].numel()

    hooks = [
        m.register_forward_hook(count)
        for m in model.modules()
        if isinstance(m, (nn.Conv2d, nn.Linear))
    ]
    was_training = model.training
    model.eval()
    with torch.no_grad():
        model(torch.zeros(1, 3, height, width))
    model.train(was_training)
    for hook in hooks:
        hook.remove()
    return total
