"""Where in an image an attribute can act: the pixels that some other value of it would change.

This is wider than what is seen. The size of a small disc also shows in the ring that it leaves empty, and the missing
marker in its empty corner, so an explanation that points there is right.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from benchmarks.planted.attributes import ATTRIBUTES
from benchmarks.planted.rendering import Scene, render

__all__ = ["attribute_reach"]

_STEPS = 9  # values of a continuous attribute


def attribute_reach(attributes: pd.DataFrame, scene: Scene, name: str, *, device: torch.device | str = "cpu") -> Tensor:
    """The pixels that re-rendering an image with other values of one attribute changes.

    Args:
        attributes: N rows.
        scene: how to render them; its noise plays no part.
        name: the attribute.
        device: where to render.

    Returns:
        (N, side, side) bool.

    Raises:
        ValueError: ``name`` is no attribute.

    Example:
        >>> from benchmarks.planted.attributes import draw_attributes
        >>> int(attribute_reach(draw_attributes(1, seed=0), Scene(side=32), "marker").sum())
        16
    """
    if name not in ATTRIBUTES:
        raise ValueError(f"expected an attribute among {', '.join(ATTRIBUTES)}, got {name!r}")
    attribute, crisp = ATTRIBUTES[name], replace(scene, noise=0.0)
    lowest = -1.0 if attribute.kind == "level" else 0.0
    values = np.arange(attribute.count) if attribute.count else np.linspace(lowest, 1, _STEPS)
    before = render(attributes, crisp, device=device)
    reach = torch.zeros_like(before[:, 0], dtype=torch.bool)
    for value in values:
        reach |= (render(attributes.assign(**{name: value}), crisp, device=device) != before).any(1)
    return reach
