"""Least squares with a ridge that held-out rows choose: right where it can be, never wild."""

import pytest
import torch

from budama.pruning.repair.regression import Sums, fitted


def rows(number: int, features: int, seed: int = 0, groups: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(groups, number, features, generator=generator)


def split(x: torch.Tensor, y: torch.Tensor) -> tuple[Sums, Sums]:
    """Return the sums over three quarters of the rows and over the last one."""
    first = x.shape[1] * 3 // 4
    return Sums.over(x[:, :first], y[:, :first]), Sums.over(x[:, first:], y[:, first:])


def left(x: torch.Tensor, y: torch.Tensor, weights: torch.Tensor) -> float:
    """Return the share of the variance of ``y`` that the weights and the best constant leave."""
    error = y.double() - x.double() @ weights.transpose(1, 2)
    missed = (error - error.mean(1, keepdim=True)).square().sum()
    return float(missed / (y - y.mean(1, keepdim=True)).double().square().sum())


def test_sums_of_parts_are_the_sums_of_the_whole() -> None:
    x, y = rows(40, 5, groups=2).double(), rows(40, 3, seed=1, groups=2).double() + 4
    whole, parts = Sums.over(x, y), split(x, y)
    for name, value in vars(parts[0] + parts[1]).items():
        torch.testing.assert_close(value, vars(whole)[name])
    xx, yx, yy = whole.centred()
    for group in range(2):
        together = torch.cov(torch.cat([x[group], y[group]], 1).T, correction=0)
        torch.testing.assert_close(xx[group], together[:5, :5])
        torch.testing.assert_close(yx[group], together[5:, :5])
        torch.testing.assert_close(yy[group], together[5:, 5:].diagonal())


def test_the_constant_and_what_is_unexplained_are_those_of_the_rows() -> None:
    x, y = rows(40, 5).double() + 2, rows(40, 3, seed=1).double() - 1
    weights = rows(3, 5, seed=2).double()
    sums = Sums.over(x, y)
    error = y - x @ weights.transpose(1, 2)
    torch.testing.assert_close(sums.constant(weights), error.mean(1))
    torch.testing.assert_close(sums.unexplained(weights), error.var(1, correction=0))


def test_what_is_linear_is_found_group_by_group() -> None:
    x = rows(400, 6, groups=2).double()
    weights = rows(3, 6, seed=1, groups=2).double()
    y = x @ weights.transpose(1, 2) + 7
    found = fitted(*split(x, y), torch.zeros_like(weights), exact=True)
    torch.testing.assert_close(found, weights)


def test_collinear_features_in_float32_do_not_blow_up() -> None:
    """Sums in float32 are off by 1e-7: an inverse without a ridge makes weights of thousands."""
    base = rows(4000, 4)
    x = torch.cat([base, base @ rows(4, 4, seed=1), base + 1e-5 * rows(4000, 4, seed=2)], 2) + 3
    weights = rows(2, 12, seed=3).double()
    y = x @ weights.float().transpose(1, 2)
    found = fitted(*split(x, y), torch.zeros_like(weights), exact=False)
    new = torch.cat([base, base @ rows(4, 4, seed=1), base], 2)[:, :100] + 3
    assert left(x, y, found) < 1e-3
    assert found.abs().max() < 10
    assert left(new, new @ weights.float().transpose(1, 2), found) < 1e-3


@pytest.mark.parametrize("number", [8, 24])
def test_more_features_than_rows_are_no_worse_than_the_prior_on_other_rows(number: int) -> None:
    weights = rows(3, 60, seed=1).double()
    x, noise = rows(number, 60), rows(number, 3, seed=2)
    y = x @ weights.float().transpose(1, 2) + noise
    prior = weights + 0.1 * rows(3, 60, seed=4).double()
    found = fitted(*split(x, y), prior, exact=False)
    new = rows(500, 60, seed=5)
    expected = new @ weights.float().transpose(1, 2)
    assert found.isfinite().all()
    assert left(new, expected, found) < 1.2 * left(new, expected, prior)


def test_noise_is_not_learnt() -> None:
    x, y = rows(80, 40), rows(80, 4, seed=1)
    prior = torch.zeros(1, 4, 40, dtype=torch.float64)
    assert fitted(*split(x, y), prior, exact=False).norm() < 0.5


@pytest.mark.parametrize("exact", [True, False])
def test_a_feature_that_never_varies_keeps_its_weight(exact: bool) -> None:
    x = rows(400, 4)
    x[..., 1], x[..., 3] = 0, 5
    weights = rows(2, 4, seed=1).double()
    y = x @ weights.float().transpose(1, 2)
    prior = weights.clone()
    prior[..., 0] = 0
    found = fitted(*split(x, y), prior, exact=exact)
    torch.testing.assert_close(found[..., [1, 3]], weights[..., [1, 3]], atol=1e-9, rtol=0)
    assert left(x, y, found) < 1e-6


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("value", [0.0, 0.1])
def test_inputs_that_never_vary_leave_the_prior(value: float, exact: bool) -> None:
    """Nothing reaches a dead layer."""
    x, y = torch.full((1, 40, 3), value), rows(40, 2)
    prior = rows(2, 3, seed=1).double()
    found = fitted(*split(x, y), prior, exact=exact)
    assert found.equal(prior)


def test_a_prior_that_is_right_stays() -> None:
    x, prior = rows(400, 6), rows(3, 6, seed=1).double()
    y = x.double() @ prior.transpose(1, 2)
    seen, held_out = split(x.double(), y)
    torch.testing.assert_close(fitted(seen, held_out, prior, exact=False), prior)


def test_without_held_out_rows_a_cautious_ridge_is_used() -> None:
    """A single image cannot choose one."""
    x, weights = rows(400, 6), rows(3, 6, seed=1).double()
    y = x @ weights.float().transpose(1, 2)
    found = fitted(Sums.over(x, y), None, torch.zeros_like(weights), exact=False)
    assert 1e-6 < left(x, y, found) < 1e-3
