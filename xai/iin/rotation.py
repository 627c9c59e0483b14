"""The closed-form rotation that puts factors on axes: the baseline of every flow, and where it starts.

Reference:
    Löwdin, On the Non-Orthogonality Problem, 1950 (symmetric orthonormalisation: of all orthonormal sets, the nearest),
    https://doi.org/10.1063/1.1747632
"""

from collections.abc import Mapping

import torch
from torch import Tensor

__all__ = ["factor_rotation"]

_INDEPENDENT = 0.05  # smallest eigenvalue of the Gram matrix; two directions at cosine .95


def factor_rotation(directions: Mapping[str, Tensor], width: int) -> Tensor:
    """Rotate whitened features so that each factor has axes of its own and the residual has what is left.

    Args:
        directions: (k, n) orthonormal directions by factor; they may lean on those of other factors.
        width: k.

    Returns:
        (k, k) orthogonal, float64; its rows are the factors' axes in the given order, then the residual's.

    Raises:
        ValueError: more directions than dimensions, or two factors that claim the same.

    Example:
        >>> factor_rotation({"hue": torch.tensor([[0.0], [1.0]])}, 2).abs().tolist()
        [[0.0, 1.0], [1.0, 0.0]]
    """
    parts = {name: part.double() for name, part in directions.items() if part.shape[1]}
    stacked = torch.cat(list(parts.values()), 1) if parts else torch.empty(width, 0, dtype=torch.float64)
    count = stacked.shape[1]
    if count > width:
        sizes = ", ".join(f"{name} {part.shape[1]}" for name, part in parts.items())
        raise ValueError(
            f"expected at most {width} directions, got {count} ({sizes}); keep more components, or cap sizes"
        )
    values, vectors = torch.linalg.eigh(stacked.T @ stacked)
    if count and values[0] < _INDEPENDENT:
        raise ValueError(f"expected factors with directions of their own, got {_closest(parts)}; merge or drop one")
    axes = stacked @ (vectors / values.sqrt()) @ vectors.T
    complement = torch.linalg.svd(axes, full_matrices=True).U[:, count:]
    return torch.cat([axes, complement], 1).T.contiguous()


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
