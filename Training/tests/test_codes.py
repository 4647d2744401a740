"""Each formula of the paper's §4 against a direct evaluation, number by number."""

import math

import pytest
import torch

from deepvid_training.cachenet import codes, stacked_vae

TAU, GAMMA = 0.3, 0.3


def arctangent(x, y):
    """Equation 9, case by case."""
    if x > 0:
        return math.atan(y / x)
    if x < 0:
        return math.atan(y / x) + (math.pi if y >= 0 else -math.pi)
    return 0 if y == 0 else math.copysign(math.pi / 2, y)


def test_angle_follows_each_case():
    points = [(1, 0), (1, 2), (-1, 0), (-1, 3), (-2, -1), (0, 1), (0, -1), (0, 0), (3, -4)]
    got = codes.angle(torch.tensor(points, dtype=torch.float64))
    assert got.tolist() == pytest.approx([arctangent(x, y) for x, y in points])


def test_angle_has_a_gradient_at_zero():
    code = torch.zeros(1, 2, requires_grad=True)
    codes.angle(code).sum().backward()
    assert torch.isfinite(code.grad).all()


def test_noise_keeps_angles_in_a_turn():
    theta = torch.linspace(-math.pi, math.pi, 500)
    got = codes.noisy(theta, 0.5, torch.Generator().manual_seed(1))
    assert ((got >= 0) & (got < codes.TURN)).all()
    assert codes.noisy(torch.tensor([-0.5]), 0).item() == pytest.approx(codes.TURN - 0.5)


@pytest.mark.parametrize("count", [1, 2, 4, 7])
def test_soft_code_against_the_sum(count):
    width = codes.sigma(TAU, GAMMA, count)
    assert width == pytest.approx(
        math.sqrt(-(math.pi**2) * (1 + GAMMA) ** 2 / (2 * count**2 * math.log(TAU)))
    )
    angles = [0.0, 0.1, 1.0, math.pi, 4.4, codes.TURN - 1e-3]
    got = codes.soft_code(torch.tensor(angles, dtype=torch.float64), count, width)
    for row, theta in zip(got, angles):
        for k in range(1, count + 1):
            middle = 2 * math.pi * (k - 0.5) / count
            wanted = sum(
                math.exp(-((middle - theta + 2 * math.pi * n) ** 2) / (2 * width**2))
                for n in range(-5, 6)
            )
            assert row[k - 1].item() == pytest.approx(wanted, abs=2e-3)


@pytest.mark.parametrize("count", [3, 4, 8])
def test_sectors_have_the_width_and_overlap_that_sigma_promises(count):
    """§4.2: c̄_k ≥ τ exactly within a sector of (1 + γ) · 2π/K around its middle."""
    width = codes.sigma(TAU, GAMMA, count)
    half = (1 + GAMMA) * math.pi / count
    for inside in (0.99, 1.01):
        theta = torch.remainder(codes.midpoints(count)[:1] + inside * half, codes.TURN)
        code = codes.soft_code(theta.double(), count, width)
        assert (code[0, 0].item() >= TAU) == (inside < 1)


def test_the_nearest_midpoint_is_selected_across_the_turn():
    count, width = 4, codes.sigma(TAU, GAMMA, 4)
    for theta in torch.linspace(0, codes.TURN - 1e-3, 97):
        chosen = codes.select(codes.soft_code(theta[None], count, width)).item()
        gaps = (codes.midpoints(count) - theta).abs()
        assert chosen == torch.minimum(gaps, codes.TURN - gaps).argmin().item()


def test_entropy_against_the_sum():
    logits = torch.tensor([[1.0, 2.0, -3.0], [0.0, 0.0, 0.0], [50.0, -50.0, 0.0]])
    for row, got in zip(logits, codes.entropy(logits)):
        p = [math.exp(v) / sum(math.exp(w) for w in row.tolist()) for v in row.tolist()]
        assert got.item() == pytest.approx(-sum(q * math.log(q) for q in p if q > 0), abs=1e-5)


def test_entropy_code_mix_and_partitions():
    entropies = torch.tensor([[0.5, 0.2, 0.9], [2.0, 1.5, 1.0]])
    certain = codes.entropy_code(entropies, TAU)
    assert torch.equal(certain, torch.tensor([[0, TAU, 0], [0, 0, TAU]]))
    soft = torch.tensor([[0.9, 0.1, 0.31], [0.29, 0.0, 0.0]])
    mixed = codes.mix(soft, certain)
    for i in range(2):
        for k in range(3):
            wanted = 0.5 * soft[i, k].item() + 0.5 * certain[i, k].item()
            assert mixed[i, k].item() == pytest.approx(wanted)
    assert codes.partitions(mixed, TAU).tolist() == [[True, True, True], [False, False, True]]


def test_partitions_are_never_empty():
    torch.manual_seed(0)
    soft = torch.rand(200, 4) * 0.1
    certain = codes.entropy_code(torch.rand(200, 4), TAU)
    assert codes.partitions(codes.mix(soft, certain), TAU).any(1).all()


def test_divergence_against_the_closed_form():
    mean, log_variance = torch.tensor([[0.5, -1.0]]), torch.tensor([[0.2, -0.7]])
    wanted = sum(
        0.5 * (m * m + math.exp(v) - 1 - v)
        for m, v in zip(mean[0].tolist(), log_variance[0].tolist())
    )
    assert stacked_vae.divergence(mean, log_variance).item() == pytest.approx(wanted)


def test_discrepancy_against_the_double_sum():
    torch.manual_seed(0)
    a, b = torch.randn(5, 3), torch.randn(7, 3) + 1

    def kernel(x, y):
        return math.exp(-((x - y) ** 2).sum().item() / 3)

    def mean(u, v):
        return sum(kernel(x, y) for x in u for y in v) / (len(u) * len(v))

    wanted = mean(a, a) + mean(b, b) - 2 * mean(a, b)
    assert stacked_vae.discrepancy(a, b).item() == pytest.approx(wanted, abs=1e-5)


def test_info_loss_weighs_its_terms():
    """(7): error + (1 - α) KL + (α + λ - 1) MMD."""
    torch.manual_seed(0)
    mean, spread = torch.randn(6, 2), torch.randn(6, 2)
    draw = stacked_vae.sample(mean, spread)
    torch.manual_seed(5)
    got = stacked_vae.info_loss(torch.tensor(3.0), mean, spread, draw, 0.4, 8.0)
    torch.manual_seed(5)
    prior = torch.randn_like(draw)
    wanted = (
        3 + 0.6 * stacked_vae.divergence(mean, spread) + 7.4 * stacked_vae.discrepancy(draw, prior)
    )
    assert got.item() == pytest.approx(wanted.item(), rel=1e-5)
