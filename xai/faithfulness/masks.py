"""Maps against masks of where the evidence is: the pointing game, the share of mass, and what chance would score."""

import torch
from torch import Tensor

__all__ = ["area_share", "mass_in_mask", "pointing_game"]


def area_share(masks: Tensor) -> Tensor:
    """Share (N,) of each mask (N, H, W) in its image: what a map without knowledge scores."""
    return masks.double().mean((1, 2))


def pointing_game(maps: Tensor, masks: Tensor) -> Tensor:
    """Whether the highest pixel lies in the mask.

    Args:
        maps: (N, H, W).
        masks: (N, H, W) bool.

    Returns:
        (N,) 1 for hits and 0 for misses; among several highest pixels, the share of them in the mask.

    Reference:
        Zhang et al., Top-down Neural Attention by Excitation Backprop, 2016 (the pointing game),
        https://arxiv.org/abs/1608.00507

    Example:
        >>> maps = torch.tensor([[[3.0, 1.0]], [[2.0, 2.0]]])
        >>> pointing_game(maps, torch.tensor([[[True, False]], [[True, False]]]))
        tensor([1.0000, 0.5000], dtype=torch.float64)
    """
    _check(maps, masks)
    highest = (maps == maps.amax((1, 2), keepdim=True)).double()
    return (highest * masks).sum((1, 2)) / highest.sum((1, 2))


def mass_in_mask(maps: Tensor, masks: Tensor) -> Tensor:
    """Share of the positive values of maps that lies in masks.

    A map without positive values points nowhere and scores as chance does, the mask's share of the area.

    Args:
        maps: (N, H, W), signed.
        masks: (N, H, W) bool, where the evidence is.

    Returns:
        (N,) float64 in [0, 1]; compare with :func:`area_share`.

    Raises:
        ValueError: maps and masks of different shapes, or masks that are not bool.

    Reference:
        Arras, Osman and Samek, CLEVR-XAI, 2022 (relevance mass accuracy), https://arxiv.org/abs/2003.07258

    Example:
        >>> maps = torch.tensor([[[3.0, 1.0, -5.0]]])
        >>> mass_in_mask(maps, torch.tensor([[[True, False, True]]]))
        tensor([0.7500], dtype=torch.float64)
    """
    _check(maps, masks)
    positive = maps.double().clamp_min(0)
    total = positive.sum((1, 2))
    return torch.where(total > 0, (positive * masks).sum((1, 2)) / total, area_share(masks))


def _check(maps: Tensor, masks: Tensor) -> None:
    if maps.shape != masks.shape or maps.ndim != 3 or masks.dtype != torch.bool:
        raise ValueError(
            f"expected `masks` as bool of the maps' shape {tuple(maps.shape)}, (N, H, W), got {masks.dtype} of "
            f"{tuple(masks.shape)}"
        )
