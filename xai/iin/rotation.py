"""The closed-form rotation that puts factors on axes: the baseline of every flow, and where it starts.

Directions of different factors lean on each other, the uncertain ones most. The rotation is the one whose axes come
closest to all of them, each weighed by its length: a certain direction stays, an uncertain one gives way, so that many
weak directions do not bend a strong one and its swaps carry nothing else along.

Reference:
    Schönemann, A Generalized Solution of the Orthogonal Procrustes Problem, 1966, https://doi.org/10.1007/BF02289451;
    with equal weights, Löwdin's symmetric orthonormalisation, 1950, https://doi.org/10.1063/1.1747632
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["factor_rotation"]

_INDEPENDENT = 0.05  # smallest eigenvalue of the Gram matrix; two directions at cosine .95


def factor_rotation(directions: Mapping[str, Tensor], width: int) -> Tensor:
    """Rotate whitened features so that each factor has axes of its own and the residual has what is left.

    Args:
        directions: (k, n) by factor, orthogonal within a factor, each as long as it is certain.
        width: k.

    Returns:
        (k, k) orthogonal, float64; its rows are the factors' axes in the given order, then the residual's.

    Raises:
        ValueError: more directions than dimensions, or two factors that claim the same.

    Example:
        >>> factor_rotation({"hue": torch.tensor([[0.0], [2.0]])}, 2).abs().tolist()
        [[0.0, 1.0], [1.0, 0.0]]
    """
    parts = {name: part.double() for name, part in directions.items() if part.shape[1]}
    stacked = torch.cat(list(parts.values()), 1) if parts else torch.empty(width, 0, dtype=torch.float64)
    count = stacked.shape[1]
    if count > width:
        sizes = ", ".join(f"{name} {part.shape[1]}" for name, part in parts.items())
        raise ValueError(f"expected at most {width} directions, got {count} ({sizes}); keep more components")
    units = {name: F.normalize(part, dim=0) for name, part in parts.items()}
    if count and _independence(torch.cat(list(units.values()), 1)) < _INDEPENDENT:
        raise ValueError(f"expected factors with directions of their own, got {_closest(units)}; merge or drop one")
    left, _, right = torch.linalg.svd(stacked, full_matrices=True)
    return torch.cat([left[:, :count] @ right, left[:, count:]], 1).T.contiguous()


def _independence(units: Tensor) -> float:
    """Smallest eigenvalue of the Gram matrix: 1 where all are orthogonal, 0 where one is made of the others."""
    return float(torch.linalg.svdvals(units)[-1] ** 2)


def _closest(parts: Mapping[str, Tensor]) -> str:
    """The two factors that come closest, in words."""
    names = list(parts)
    cosines = {
        (a, b): torch.linalg.matrix_norm(parts[a].T @ parts[b], ord=2).item()
        for i, a in enumerate(names)
        for b in names[i + 1 :]
    }
    (first, second), cosine = max(cosines.items(), key=lambda item: item[1])
    return f"{first!r} and {second!r} at a cosine of {cosine:.2f}"
