"""The generator (§4.5): K submodels of one architecture that share what `shared` names."""

from torch import nn, stack


class Shared(nn.Module):
    """A part of all submodels. Asked again for the same input, it answers at no cost."""

    def __init__(self, part):
        super().__init__()
        self.part = part
        self.last = (None, None)

    def forward(self, x):
        """The part's output."""
        if self.last[0] is not x:
            self.last = (x, self.part(x))
        return self.last[1]

    def forget(self):
        """Let go of the last batch."""
        self.last = (None, None)


class Generator(nn.Module):
    """δ_k → submodel k: its branch, and the trunk that all have in common (paper's figure 3).

    `factory` makes one submodel; `shared` are names of its children, from the input on, whose
    parameters and statistics all submodels have in common.
    """

    def __init__(self, factory, count, shared=()):
        super().__init__()
        self.submodels = nn.ModuleList(factory() for _ in range(count))
        self.trunk = [Shared(self.submodels[0].get_submodule(name)) for name in shared]
        for submodel in self.submodels:
            for name, part in zip(shared, self.trunk):
                parent, _, child = name.rpartition(".")
                setattr(submodel.get_submodule(parent), child, part)

    def __len__(self):
        """K."""
        return len(self.submodels)

    def forward(self, x):
        """Logits of all submodels, [K, N, classes]."""
        outputs = stack([submodel(x) for submodel in self.submodels])
        for part in self.trunk:
            part.forget()
        return outputs

    def submodel(self, k):
        """The network whose parameters are φ_k, k from 0."""
        return self.submodels[k]
