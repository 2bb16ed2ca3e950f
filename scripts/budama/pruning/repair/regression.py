"""Least squares from sums: what is kept of the images does not grow with their number."""

from dataclasses import dataclass

import torch

# The ridge as a share of the inputs' mean variance; the smaller ones cannot be told from rounding
# in float32. None of them is right for every layer: they are tried on images that were held out.
_EXACT = (0.0, 1e-12, 1e-9, 1e-7)
RIDGES = (1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
_WITHOUT_HELD_OUT = 1e-2
_ROUNDING = 1e-12


@dataclass
class Sums:
    """Sums over rows of inputs x and outputs y, by group: float64, whatever the rows are.

    ``x [groups, features]``, ``y [groups, outputs]``, ``xx [groups, features, features]``,
    ``yx [groups, outputs, features]``, ``yy [groups, outputs]``.
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
        return cls(
            x.shape[1],
            x.sum(1, dtype=torch.float64),
            y.sum(1, dtype=torch.float64),
            (x.transpose(1, 2) @ x).double(),
            (y.transpose(1, 2) @ x).double(),
            y.double().square().sum(1),
        )

    def __add__(self, other: "Sums") -> "Sums":
        mine, its = vars(self), vars(other)
        return Sums(**{name: mine[name] + its[name] for name in mine})

    def centred(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the covariances of ``xx`` and ``yx``, and the variances of ``yy``."""
        x, y = self.x / self.rows, self.y / self.rows
        return (
            self.xx / self.rows - x[:, :, None] * x[:, None, :],
            self.yx / self.rows - y[:, :, None] * x[:, None, :],
            self.yy / self.rows - y.square(),
        )

    def constant(self, weights: torch.Tensor) -> torch.Tensor:
        """Return the constant that goes best with ``weights``: ``[groups, outputs]``."""
        return (self.y - (weights @ self.x[:, :, None])[:, :, 0]) / self.rows

    def unexplained(self, weights: torch.Tensor) -> torch.Tensor:
        """Return the variance of ``y`` that ``weights`` and their constant leave, by output."""
        xx, yx, yy = self.centred()
        return yy - 2 * (weights * yx).sum(2) + ((weights @ xx) * weights).sum(2)


def fitted(seen: Sums, held_out: Sums | None, prior: torch.Tensor, *, exact: bool) -> torch.Tensor:
    """Return the weights ``[groups, outputs, features]`` with which x gives y best.

    They minimise the squared error plus the ridge times the squared distance from ``prior``. The
    ridge is the one with which weights from ``seen`` fit ``held_out`` best; then all rows are used.
    If none fits it better than ``prior`` does, that stays. ``exact`` tells
    that the rows were float64.
    """
    ridge = _WITHOUT_HELD_OUT
    if held_out is not None:
        ridge = _best_ridge(seen, held_out, prior, (*_EXACT, *RIDGES) if exact else RIDGES)
    if ridge == float("inf"):
        return prior
    whole = seen if held_out is None else seen + held_out
    spectrum = _Spectrum(whole, prior)
    weights: torch.Tensor = prior + spectrum.change(ridge) @ spectrum.basis.transpose(1, 2)
    return weights


def _best_ridge(
    seen: Sums, held_out: Sums, prior: torch.Tensor, ridges: tuple[float, ...]
) -> float:
    spectrum = _Spectrum(seen, prior)
    xx, yx, _ = held_out.centred()
    left = (yx - prior @ xx) @ spectrum.basis
    inputs = spectrum.basis.transpose(1, 2) @ xx @ spectrum.basis
    best, lowest = float("inf"), 0.0
    for ridge in ridges:
        change = spectrum.change(ridge)
        error = float(((change @ inputs - 2 * left) * change).sum())
        # of those that are equal but for rounding, the smallest
        if error < lowest - _ROUNDING * abs(lowest):
            best, lowest = ridge, error
    return best


class _Spectrum:
    """The inputs' covariance by its eigenvectors, so that every ridge costs next to nothing."""

    def __init__(self, sums: Sums, prior: torch.Tensor) -> None:
        xx, yx, _ = sums.centred()
        self._values, self.basis = torch.linalg.eigh(xx)
        self._values = self._values.clamp_min(0)
        self._left = (yx - prior @ xx) @ self.basis
        rounding = torch.finfo(torch.float64).eps * 10 * xx.shape[-1]
        self._empty = self._values <= rounding * self._values.amax(-1, keepdim=True)

    def change(self, ridge: float) -> torch.Tensor:
        """Return what a ridge adds to the prior, in the basis of the eigenvectors."""
        mean = self._values.mean(-1, keepdim=True).clamp_min(torch.finfo(torch.float64).tiny)
        inverse = 1 / (self._values + ridge * mean).clamp_min(torch.finfo(torch.float64).tiny)
        if ridge == 0:
            inverse = inverse.masked_fill(self._empty, 0)
        change: torch.Tensor = self._left * inverse[:, None, :]
        return change
