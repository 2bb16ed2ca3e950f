"""Least squares from sums: what is kept of the images does not grow with their number."""

from dataclasses import dataclass
from functools import cache

import torch

# The ridge as a share of the inputs' mean variance. None is right for every layer: they are tried
# on images that were held out. In float32 smaller ones are but rounding.
RIDGES = (1e-5, 1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1.0, 10.0, 100.0)
_FIRST = 0.03
# ... and where the rows are float64, to find what is exactly linear
_EXACT = 0.0
_WITHOUT_HELD_OUT = 1e-2
_ROUNDING = 1e-12


@dataclass
class Sums:
    """Means and centred sums of products of inputs x and outputs y, by group: float64.

    ``x [groups, features]`` and ``y [groups, outputs]`` are means; ``xx [groups, features,
    features]``, ``yx [groups, outputs, features]`` and ``yy [groups, outputs]`` sums over rows.
    Each part is centred before its products are summed, in the rows' own precision: otherwise what
    hardly varies would be lost in the rounding of its mean. Parts are put together as by Chan et
    al., Updating Formulae and a Pairwise Algorithm for Computing Sample Variances, 1979.
    """

    rows: int
    x: torch.Tensor
    y: torch.Tensor
    xx: torch.Tensor
    yx: torch.Tensor
    yy: torch.Tensor

    @classmethod
    def over(cls, x: torch.Tensor, y: torch.Tensor) -> "Sums":
        """Return those of ``x [groups, rows, features]`` and ``y [groups, rows, outputs]``."""
        x_mean, y_mean = (values.mean(1, dtype=torch.float64) for values in (x, y))
        x, y = x - x_mean.to(x.dtype)[:, None], y - y_mean.to(y.dtype)[:, None]
        return cls(
            x.shape[1],
            x_mean,
            y_mean,
            (x.transpose(1, 2) @ x).double(),
            (y.transpose(1, 2) @ x).double(),
            y.square().sum(1, dtype=torch.float64),
        )

    def __add__(self, other: "Sums") -> "Sums":
        rows = self.rows + other.rows
        x, y = other.x - self.x, other.y - self.y
        between = self.rows * other.rows / rows
        return Sums(
            rows,
            self.x + x * other.rows / rows,
            self.y + y * other.rows / rows,
            self.xx + other.xx + between * x[:, :, None] * x[:, None, :],
            self.yx + other.yx + between * y[:, :, None] * x[:, None, :],
            self.yy + other.yy + between * y.square(),
        )

    def centred(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the covariances of ``xx`` and ``yx``, and the variances of ``yy``."""
        return self.xx / self.rows, self.yx / self.rows, self.yy / self.rows

    def constant(self, weights: torch.Tensor) -> torch.Tensor:
        """Return the constant that goes best with ``weights``: ``[groups, outputs]``."""
        return self.y - (weights @ self.x[:, :, None])[:, :, 0]

    def unexplained(self, weights: torch.Tensor) -> torch.Tensor:
        """Return the variance of ``y`` that ``weights`` and their constant leave, by output."""
        xx, yx, yy = self.centred()
        return yy - 2 * (weights * yx).sum(2) + ((weights @ xx) * weights).sum(2)


def fitted(seen: Sums, held_out: Sums | None, prior: torch.Tensor, *, exact: bool) -> torch.Tensor:
    """Return the weights ``[groups, outputs, features]`` with which x gives y best.

    They minimise the squared error plus the ridge times the squared distance from ``prior``. The
    ridge is the one with which weights from ``seen`` fit ``held_out`` best; then all rows are used.
    If none fits it better than ``prior`` does, that stays. ``exact`` tells that the rows were
    float64.
    """
    ridge: float | None = _WITHOUT_HELD_OUT
    if held_out is not None:
        ridge = _best_ridge(seen, held_out, prior, exact=exact)
    if ridge is None:
        return prior
    whole = seen if held_out is None else seen + held_out
    return prior + _change(*_normal(whole, prior), ridge)


def _best_ridge(seen: Sums, held_out: Sums, prior: torch.Tensor, *, exact: bool) -> float | None:
    """Return the ridge that is best for ``held_out``, or none.

    Along the ridges the error nearly always falls and then rises. The search goes downhill from a
    usual one, because each ridge is a factorisation: a layer seldom needs more than four.
    """
    inputs, left = _normal(seen, prior)
    held_inputs, held_left = _normal(held_out, prior)

    @cache
    def error(ridge: float) -> float:
        change = _change(inputs, left, ridge)
        return float(((change @ held_inputs - 2 * held_left) * change).sum())

    place = RIDGES.index(_FIRST)
    while place > 0 and error(RIDGES[place - 1]) < error(RIDGES[place]):
        place -= 1
    while place + 1 < len(RIDGES) and error(RIDGES[place + 1]) < error(RIDGES[place]):
        place += 1
    best = RIDGES[place]
    if exact and error(_EXACT) <= error(best) + _ROUNDING * abs(error(best)):
        best = _EXACT
    return best if error(best) < 0 else None


def _normal(sums: Sums, prior: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return both sides of the normal equations for what is added to ``prior``."""
    xx, yx, _ = sums.centred()
    return xx, yx - prior @ xx


def predicted(sums: Sums, ridge: float) -> torch.Tensor:
    """Return the weights ``[groups, outputs, features]`` for y from x with a given ridge."""
    xx, yx, _ = sums.centred()
    return _change(xx, yx, ridge)


def _change(inputs: torch.Tensor, left: torch.Tensor, ridge: float) -> torch.Tensor:
    """Return what a ridge adds to the prior: ``left`` times the inverse of ``inputs`` with it."""
    if ridge == 0:
        rounding = 10 * inputs.shape[-1] * torch.finfo(inputs.dtype).eps
        inverse: torch.Tensor = torch.linalg.pinv(inputs, hermitian=True, rtol=rounding)
        change = left @ inverse
        return change + (left - change @ inputs) @ inverse  # what rounding has left of it
    diagonal = inputs.diagonal(dim1=1, dim2=2)
    # features that never vary have no share in the change, whatever is on their diagonal
    added = (ridge * diagonal.mean(1, keepdim=True)).clamp_min(torch.finfo(inputs.dtype).tiny)
    factor, failed = torch.linalg.cholesky_ex(inputs + torch.diag_embed(added.expand_as(diagonal)))
    if failed.any():  # too small for the rounding of the sums: no better than no change
        return torch.zeros_like(left)
    return torch.cholesky_solve(left.transpose(1, 2), factor).transpose(1, 2)
