"""The spaces of a published network, derived from its graph.

A convolution writes a space of its own. What keeps channels apart (activations, pooling, resizing,
depthwise convolutions) leaves a tensor in the spaces that it is in; what combines two tensors
channel by channel makes their spaces one; a concatenation has those of its inputs, one after the
other. Pictures and the answers are in no space: they keep their sizes.
"""

from ..published import Normalised

APART = ("Sigmoid", "HardSigmoid", "MaxPool", "Resize", "Slice")
COMBINING = ("Add", "Mul")


def is_depthwise(layer):
    """Whether each channel of a convolution is a group."""
    return layer.groups > 1


def convolution(layer):
    """The Conv2d of a layer of a Published."""
    return layer[0] if isinstance(layer, Normalised) else layer


class Spaces:
    """Of a Published: `widths`, channels by space, and `layouts`, the spaces of each tensor by its
    name. A space is named after the first convolution that writes it."""

    def __init__(self, model):
        self.firsts, self.layouts = {}, {model.input: ()}
        widths = {}
        for step in model.leading():
            reads = [self.layouts[name] for name in step.inputs if name in self.layouts]
            self.layouts[step.output] = self.written(model, step, reads)
            for space in self.layouts[step.output]:
                if space not in widths:
                    widths[space] = convolution(model.layers[space]).out_channels
        self.layouts = {name: self.settled(spaces) for name, spaces in self.layouts.items()}
        self.widths = {space: widths[space] for space in widths if self.first(space) == space}

    def written(self, model, step, reads):
        """The spaces of a step's output."""
        if step.kind == "Conv":
            layer = convolution(model.layers[step.output])
            if is_depthwise(layer):
                return reads[0]
            return () if step.end else (step.output,)
        if step.kind == "Concat":
            if step.known["axis"] != 1 or not all(reads):
                raise ValueError(f"{step.output}: a concatenation of something else than spaces")
            return tuple(space for spaces in reads for space in spaces)
        if step.kind in COMBINING:
            first, *others = reads
            for other in others:
                self.unite(first, other, step.output)
            return first
        if step.kind in APART:
            return reads[0]
        raise ValueError(f"{step.output}: spaces through {step.kind} are not known")

    def unite(self, first, other, name):
        """Make the spaces of two tensors one, place by place."""
        if len(first) != len(other):
            raise ValueError(f"{name}: combines concatenations that are divided differently")
        for a, b in zip(first, other):
            a, b = sorted((self.first(a), self.first(b)), key=list(self.layouts).index)
            if a != b:
                self.firsts[b] = a

    def first(self, space):
        """The space that this one has become part of."""
        while space in self.firsts:
            space = self.firsts[space]
        return space

    def settled(self, spaces):
        """The same when all steps have been seen."""
        return tuple(self.first(space) for space in spaces)

    def axes(self, model):
        """By tensor of the model's state, the spaces of each axis."""
        found = {}
        for step in (s for s in model.leading() if s.kind == "Conv"):
            layer, writes = model.layers[step.output], self.layouts[step.output]
            name, depthwise = f"layers.{step.output}", is_depthwise(convolution(layer))
            reads = () if depthwise else self.layouts[step.inputs[0]]
            weight = (writes, reads, (), ())
            if isinstance(layer, Normalised):
                found[f"{name}.0.weight"] = weight
                for part in ("weight", "bias", "running_mean", "running_var"):
                    found[f"{name}.1.{part}"] = (writes,)
            else:
                found[f"{name}.weight"] = weight
        return found

    def last_writers(self, model):
        """By space, the last tensor that is in it and in no other."""
        steps = [step.output for step in model.leading()]
        return {self.layouts[name][0]: name for name in steps if len(self.layouts[name]) == 1}


def spaced(model):
    """A Published with what `slices` asks for: `widths`, `axes`; and `tellers`, by space the name
    of the tensor that is looked at to rank its channels."""
    spaces = Spaces(model)
    model.widths, model.axes = spaces.widths, spaces.axes(model)
    model.tellers = spaces.last_writers(model)
    return model
