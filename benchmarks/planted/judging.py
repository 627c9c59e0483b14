"""Judge attribution maps by masks: how much of a map lies where the cause is.

Each score is one number per image in [0, 1] whose mean over random maps is the mask's area share, so that "times its
area share" compares regions of any size. A map that the score is not defined for (all zero, without positive values,
not finite) scores NaN rather than 0 or chance.

Reference:
    Zhang et al., Top-down Neural Attention by Excitation Backprop, 2016, section 4.2 (the pointing game, here without
    its tolerance of 15 pixels), https://arxiv.org/abs/1608.00507
    Wang et al., Score-CAM, 2020, section 4.3 (the energy-based pointing game: positive mass in a box),
    https://arxiv.org/abs/1910.01279
"""

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["MEASURES", "absolute_mass", "pointing", "positive_mass", "random_maps"]


def positive_mass(maps: Tensor, masks: Tensor) -> Tensor:
    """Share of a map's positive values that lies in the mask.

    Args:
        maps: (N, H, W) signed attributions.
        masks: (N, H, W) bool.

    Returns:
        (N,) float64 in [0, 1] on the CPU; NaN where a map has no positive value or one that is not finite.

    Raises:
        ValueError: maps and masks of other shapes.
        TypeError: masks that are not bool.

    Example:
        >>> maps = torch.tensor([[[3.0, -5.0], [1.0, 0.0]]])
        >>> positive_mass(maps, torch.tensor([[[True, True], [False, False]]]))
        tensor([0.7500], dtype=torch.float64)
    """
    return _mass(_checked(maps, masks).clamp(min=0), masks)


def absolute_mass(maps: Tensor, masks: Tensor) -> Tensor:
    """Share of a map's absolute values that lies in the mask; arguments and result as of :func:`positive_mass`."""
    return _mass(_checked(maps, masks).abs(), masks)


def pointing(maps: Tensor, masks: Tensor) -> Tensor:
    """Whether the largest value of a map lies in the mask.

    Of several equal largest values one counts at random: the score is the share of them inside. A constant map thus
    scores its chance, not a hit wherever the first pixel is.

    Args:
        maps: (N, H, W) signed attributions.
        masks: (N, H, W) bool.

    Returns:
        (N,) float64 in [0, 1] on the CPU; NaN where a map is not finite.
    """
    values, masks = _checked(maps, masks), masks.cpu()
    largest = values == values.amax((1, 2), keepdim=True)  # NaN equals nothing: 0 / 0 below
    return (largest & masks).double().sum((1, 2)) / largest.double().sum((1, 2))


MEASURES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "positive_mass": positive_mass,
    "absolute_mass": absolute_mass,
    "pointing": pointing,
}
"""Every score by the name of its function."""


def random_maps(masks: Tensor, *, generator: torch.Generator) -> Tensor:
    """Maps that know nothing: (N, H, W) uniform in [0, 1), one for each mask, on the CPU.

    Every pixel is alike, so the expected score is the area share for each of :data:`MEASURES`.
    """
    return torch.rand(masks.shape, generator=generator, dtype=torch.float64)


def _checked(maps: Tensor, masks: Tensor) -> Tensor:
    """The maps as float64, with NaN all over those that are not finite."""
    if maps.ndim != 3 or maps.shape != masks.shape:
        raise ValueError(
            f"expected maps and masks of one shape (N, H, W), got {tuple(maps.shape)} and {tuple(masks.shape)}"
        )
    if masks.dtype != torch.bool:
        raise TypeError(f"expected masks as bool, got {masks.dtype}")
    values = maps.detach().cpu().double()
    finite = values.isfinite().all(2).all(1)
    return torch.where(finite.view(-1, 1, 1), values, torch.nan)


def _mass(values: Tensor, masks: Tensor) -> Tensor:
    largest = values.amax((1, 2), keepdim=True)
    values = values / largest  # sums of huge or tiny maps neither overflow nor vanish; 0 / 0 is undefined
    return (values * masks.cpu()).sum((1, 2)) / values.sum((1, 2))
