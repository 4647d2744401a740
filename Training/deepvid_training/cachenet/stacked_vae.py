"""S-InfoVAE (§4.1): image → z of many dimensions → z̄ of two, each by InfoVAE's objective."""

import torch
from torch import nn
from torch.nn import functional as F


class Gaussian(nn.Module):
    """Features [N, F] → mean and log variance of a diagonal normal distribution [N, D]."""

    def __init__(self, features, dimension):
        super().__init__()
        self.mean = nn.Linear(features, dimension)
        self.log_variance = nn.Linear(features, dimension)

    def forward(self, features):
        """The two parameters; the variance is kept from exploding."""
        return self.mean(features), self.log_variance(features).clamp(-8, 4)


def sample(mean, log_variance):
    """A draw by reparametrisation."""
    return mean + torch.randn_like(mean) * (log_variance / 2).exp()


def divergence(mean, log_variance):
    """KL divergence from the standard normal distribution, averaged over the batch."""
    return (mean**2 + log_variance.exp() - 1 - log_variance).sum(1).mean() / 2


def discrepancy(a, b):
    """Squared maximum-mean discrepancy of two samples [N, D], Gaussian kernel of width √D."""

    def kernel(x, y):
        return torch.exp(-(torch.cdist(x, y) ** 2) / x.shape[1])

    return kernel(a, a).mean() + kernel(b, b).mean() - 2 * kernel(a, b).mean()


def info_loss(reconstruction, mean, log_variance, draw, alpha, scale):
    """-L* (7): reconstruction error [scalar], weighted KL and MMD terms. `scale` is λ."""
    prior = torch.randn_like(draw)
    return (
        reconstruction
        + (1 - alpha) * divergence(mean, log_variance)
        + (alpha + scale - 1) * discrepancy(draw, prior)
    )


class ImageEncoder(nn.Module):
    """Image [N, 3, 32, 32] → features [N, 192]."""

    def __init__(self, widths=(24, 48, 64, 48)):
        super().__init__()
        layers, width = [], 3
        for index, next_width in enumerate(widths):
            stride = 2 if index < 3 else 1
            layers += [
                nn.Conv2d(width, next_width, 3, stride, 1, bias=False),
                nn.BatchNorm2d(next_width),
                nn.ReLU(),
            ]
            width = next_width
        self.layers = nn.Sequential(*layers, nn.AvgPool2d(2), nn.Flatten())
        self.features = width * 4

    def forward(self, x):
        """Features."""
        return self.layers(x)


class ImageDecoder(nn.Module):
    """z → a half-size image [N, 3, 16, 16]: partitions do not depend on the finest detail."""

    def __init__(self, dimension):
        super().__init__()
        self.start = nn.Linear(dimension, 64 * 4 * 4)
        self.layers = nn.Sequential(
            nn.ReLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(64, 32, 3, padding=1),
            nn.ReLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(32, 3, 3, padding=1),
        )

    def forward(self, z):
        """A picture in the units of the normalised input."""
        return self.layers(self.start(z).view(-1, 64, 4, 4))


class StackedInfoVAE(nn.Module):
    """Both stages. `forward` is the selector: image → mean of z̄ [N, 2]."""

    def __init__(self, dimension=32, hidden=64):
        super().__init__()
        self.encoder = ImageEncoder()
        self.first = Gaussian(self.encoder.features, dimension)
        self.decoder = ImageDecoder(dimension)
        self.second_encoder = nn.Sequential(nn.Linear(dimension, hidden), nn.ReLU())
        self.second = Gaussian(hidden, 2)
        self.second_decoder = nn.Sequential(
            nn.Linear(2, hidden), nn.ReLU(), nn.Linear(hidden, dimension)
        )

    def forward(self, x):
        """The code without noise."""
        mean, _ = self.first(self.encoder(x))
        return self.second(self.second_encoder(mean))[0]

    def losses(self, x, alpha, scale):
        """(-L* of the first stage (7), -L̄* of the second (8), a draw of z̄)."""
        mean, spread = self.first(self.encoder(x))
        z = sample(mean, spread)
        wanted = F.avg_pool2d(x, 2)
        error = (self.decoder(z) - wanted).square().flatten(1).sum(1).mean() / 2
        first = info_loss(error, mean, spread, z, alpha, scale)
        mean2, spread2 = self.second(self.second_encoder(mean))
        z2 = sample(mean2, spread2)
        error2 = (self.second_decoder(z2) - mean.detach()).square().sum(1).mean() / 2
        return first, info_loss(error2, mean2, spread2, z2, alpha, scale), mean2
