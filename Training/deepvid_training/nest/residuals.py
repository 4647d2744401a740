"""Which filters tell classes apart: triplet response residuals (NestDNN)."""

import torch


def triplets(labels, count, generator):
    """Indices (anchor, positive, negative), each [count]; anchor and positive share their class."""
    order = torch.randperm(len(labels), generator=generator)
    found = []
    while len(found) < count:
        for anchor in order.tolist():
            same = (labels == labels[anchor]).nonzero()[:, 0]
            other = (labels != labels[anchor]).nonzero()[:, 0]
            positive = same[torch.randint(len(same), (1,), generator=generator)].item()
            negative = other[torch.randint(len(other), (1,), generator=generator)].item()
            found.append((anchor, positive, negative))
            if len(found) == count:
                break
    return torch.tensor(found).T


def residual(response, anchors, positives, negatives):
    """Of each channel of [N, C, H, W]: mean of ‖F(a) − F(n)‖² − ‖F(a) − F(p)‖², [C]."""
    total = torch.zeros(response.shape[1])
    for part in range(0, len(anchors), 256):
        a, p, n = (i[part : part + 256] for i in (anchors, positives, negatives))
        away = (response[a] - response[n]).square().sum((2, 3))
        near = (response[a] - response[p]).square().sum((2, 3))
        total += (away - near).sum(0)
    return total / len(anchors)


def ranking(responses, labels, count, seed):
    """By space, its channels, the most telling first; `responses` by space [N, C, H, W] to what the
    labels [N] name."""
    generator = torch.Generator().manual_seed(seed)
    chosen = triplets(labels, count, generator)
    return {
        space: residual(response.float(), *chosen).argsort(descending=True, stable=True)
        for space, response in responses.items()
    }
