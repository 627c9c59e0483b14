"""The methods that a run compares: the user's choice, a control that knows nothing, and who applies to what."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from xai.attribution import METHODS, Attribution, Method, attribute
from xai.attribution.probe import Probe

__all__ = ["CONTROL", "RandomMaps", "choose_methods", "reason_against"]

CONTROL = "random"
"""Name of the control among methods."""


@dataclass(frozen=True, kw_only=True)
class RandomMaps:
    """Maps that know nothing, uniform in [-1, 1) and the same for every image: what chance scores in every check."""

    def explain(self, probe: Probe, images: Tensor, targets: Tensor) -> Attribution:
        """Make up a map for each image, whatever the targets (N,)."""
        del targets
        drawn = torch.rand(images.shape[2:], generator=probe.generator()) * 2 - 1
        return Attribution(
            maps=drawn.to(images.device).expand(len(images), -1, -1).clone(),
            method=CONTROL,
            convention="random numbers, the same for every image",
        )


def choose_methods(names: Sequence[str]) -> dict[str, Method]:
    """The methods of these names in the order of :data:`xai.attribution.METHODS`; all of them for no name.

    Raises:
        ValueError: there is no such method.

    Example:
        >>> list(choose_methods(["occlusion", "grad_cam"]))
        ['occlusion', 'grad_cam']
    """
    unknown = sorted(set(names) - set(METHODS))
    if unknown:
        raise ValueError(f"expected --methods among {', '.join(METHODS)}, got {unknown[0]!r}")
    return {name: method for name, method in METHODS.items() if name in names or not names}


def reason_against(classifier: Callable[[Tensor], Tensor], image: Tensor, method: Method) -> str:
    """Why a method cannot explain a classifier, tried on one image (1, 3, H, W); empty if it can."""
    try:
        attribute(classifier, image, [0], method=method, batch_size=1)
    except (TypeError, ValueError) as error:
        return str(error)
    return ""
