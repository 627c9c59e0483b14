"""Where attributes can be read: a linear probe from each factor to each attribute, on images it was not fitted on.

A factor should tell its own attribute and no other. A linear probe finds what a linear reader would; it proves
presence, not absence.
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from xai.iin.estimates import Estimate, bootstrap

__all__ = ["leakage"]

_PENALTY = 1e-3  # of ridge regression, as a fraction of the number of images: keeps wide factors solvable
_CONVENTION = (
    "R^2 of a ridge probe on held-out folds, categories as indicators; 0 tells no more than the mean, 1 everything; "
    "over resampled images"
)


def leakage(
    factors: Mapping[str, Tensor], attributes: Mapping[str, Tensor], *, folds: int = 5, seed: int = 0
) -> dict[str, dict[str, Estimate]]:
    """Matrix of what each factor tells about each attribute.

    Args:
        factors: (N, n) values by factor, see :meth:`~xai.iin.network.InterpretationNetwork.split`.
        attributes: (N,) by name: integers and booleans are categories, floating values are numbers.
        folds: parts that are held out in turn.
        seed: of the folds and intervals.

    Returns:
        By factor, then by attribute.

    Raises:
        ValueError: other lengths, fewer than two images a fold, or an attribute that does not vary.
    """
    n = len(next(iter(factors.values())))
    if n < 2 * folds or folds < 2:
        raise ValueError(f"expected at least 2 folds and 2 images a fold, got {n} images and {folds} folds")
    targets = {name: _targets(name, values, n) for name, values in attributes.items()}
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    parts = order.tensor_split(folds)
    asked = [(factor, name) for factor in factors for name in targets]
    told = [_told(factors[factor].double().cpu(), targets[name], parts) for factor, name in asked]
    errors, spreads = (torch.stack(column, 1) for column in zip(*told, strict=True))
    figures = bootstrap(lambda w: 1 - w @ errors / (w @ spreads), n, convention=_CONVENTION, seed=seed)
    found: dict[str, dict[str, Estimate]] = {factor: {} for factor in factors}
    for (factor, name), figure in zip(asked, figures, strict=True):
        found[factor][name] = figure
    return found


def _targets(name: str, values: Tensor, n: int) -> Tensor:
    """(N, M) numbers to be told."""
    if values.shape != (n,):
        raise ValueError(f"expected attribute {name!r} of shape ({n},), got {tuple(values.shape)}")
    if not values.isfinite().all() or values.unique().numel() < 2:
        raise ValueError(
            f"expected attribute {name!r} with finite values that vary, got {values.unique().tolist()[:3]}"
        )
    if values.is_floating_point():
        return values.double().cpu()[:, None]
    _, categories = values.cpu().unique(return_inverse=True)
    return F.one_hot(categories).double()


def _told(x: Tensor, target: Tensor, parts: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
    """(N,) squared errors of the probe on held-out images, and (N,) of the mean alone."""
    errors, spreads = (torch.zeros(len(x), dtype=torch.float64) for _ in range(2))
    for held_out in parts:
        known = torch.ones(len(x), dtype=torch.bool)
        known[held_out] = False
        guess = target[known].mean(0)
        weights, centre = _ridge(x[known], target[known] - guess)
        errors[held_out] = (target[held_out] - guess - (x[held_out] - centre) @ weights).square().sum(1)
        spreads[held_out] = (target[held_out] - guess).square().sum(1)
    return errors, spreads


def _ridge(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    centre = x.mean(0)
    x = x - centre
    gram = x.T @ x
    scale = gram.diagonal().mean().clamp(min=torch.finfo(x.dtype).tiny)
    return torch.linalg.solve(gram + _PENALTY * scale * torch.eye(len(gram), dtype=x.dtype), x.T @ y), centre
