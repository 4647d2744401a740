"""Muon (Jordan et al.): momentum whose matrices are orthogonalised by Newton and Schulz."""

import torch


def orthogonal(matrix, steps=3):
    """About the nearest semi-orthogonal matrix, in bfloat16."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrix.bfloat16()
    x = x / (x.norm() + 1e-7)
    tall = x.size(0) > x.size(1)
    x = x.T if tall else x
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.T if tall else x).to(matrix.dtype)


class Muon(torch.optim.Optimizer):
    """For convolution weights; each is kept at a fixed norm."""

    def __init__(self, parameters, lr, momentum=0.6):
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self):
        """One update."""
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if "velocity" not in state:
                    state["velocity"] = torch.zeros_like(p.grad)
                velocity = state["velocity"].mul_(group["momentum"]).add_(p.grad)
                step = p.grad.add(velocity, alpha=group["momentum"])
                p.mul_(len(p) ** 0.5 / p.norm())
                p.add_(orthogonal(step.reshape(len(step), -1)).view(p.shape), alpha=-group["lr"])
