"""Grad-CAM on the last stage that has a map, and its product with guided backpropagation."""

import copy
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from xai.attribution.probe import Probe, chosen_logits
from xai.attribution.result import Attribution
from xai.attribution.stages import Stage, find_stages

__all__ = ["GradCam", "GuidedGradCam"]


@dataclass(frozen=True, kw_only=True)
class GradCam:
    """Features of the last stage, weighted by their mean gradients; signed, not cut at zero.

    Where patch tokens of the last stage no longer reach the logits, as in transformers that read a class token, the
    last stage is taken from which they do. Only what follows the stage is differentiated.

    Reference:
        Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization, 2017,
        section 3, https://arxiv.org/abs/1610.02391
    """

    def explain(self, probe: Probe, images: Tensor, targets: Tensor) -> Attribution:
        """Explain the logit of each image's target."""
        return Attribution(
            maps=_cam(probe, images, targets),
            method="grad_cam",
            convention="features of the last stage times their mean gradients, summed over channels, signed, "
            "bilinearly enlarged",
        )


@dataclass(frozen=True, kw_only=True)
class GuidedGradCam:
    """Guided backpropagation times the positive part of Grad-CAM, summed over channels.

    Reference:
        Selvaraju et al., 2017, section 3; guided backpropagation: Springenberg et al., Striving for Simplicity,
        2015, https://arxiv.org/abs/1412.6806
    """

    def explain(self, probe: Probe, images: Tensor, targets: Tensor) -> Attribution:
        """Explain the logit of each image's target."""
        from captum.attr import GuidedBackprop  # takes long to load

        module = probe.module("guided_grad_cam")
        if not any(isinstance(part, nn.ReLU) for part in module.modules()):
            raise ValueError(
                "expected a classifier with nn.ReLU modules, which guided backpropagation guides, got none; "
                "grad_cam needs none"
            )
        guided = GuidedBackprop(out_of_place_copy(module))

        def work(part: slice) -> Tensor:
            pixels = images[part].clone().requires_grad_()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # captum announces the hooks that it removes again
                gradients: Tensor = guided.attribute(pixels, target=targets[part])
            return gradients.detach().sum(1).float()

        backward = torch.cat(list(probe.passes(len(images), work)))
        return Attribution(
            maps=backward * _cam(probe, images, targets).relu(),
            method="guided_grad_cam",
            convention="guided backpropagation summed over channels, times the positive part of Grad-CAM",
        )


def out_of_place_copy(module: nn.Module) -> nn.Module:
    """A copy that captum may hook and write on, without modules that work in place, which its hooks cannot follow."""
    duplicate = copy.deepcopy(module)
    for part in duplicate.modules():
        if getattr(part, "inplace", False) is True:
            part.inplace = False  # type: ignore[assignment]
    return duplicate


def _cam(probe: Probe, images: Tensor, targets: Tensor) -> Tensor:
    for stage in find_stages(probe, probe.module("grad_cam"), images[:1]):
        parts = list(_until_none(probe.passes(len(images), partial(_weighted, probe, stage, images, targets))))
        if sum(map(len, parts)) == len(images):
            return torch.cat(parts)
    raise ValueError(
        "expected a stage of convolution or token features with more than one position that reaches the target's "
        "logit, got none; integrated_gradients and occlusion need none"
    )


def _until_none(parts: Iterable[Tensor | None]) -> Iterator[Tensor]:
    for part in parts:
        if part is None:
            return
        yield part


def _weighted(probe: Probe, stage: Stage, images: Tensor, targets: Tensor, part: slice) -> Tensor | None:
    """Maps of some images, or None where the stage has no map or the logits do not depend on it."""
    with stage.tapped() as leaves:
        chosen = chosen_logits(probe.forward(images[part]), targets[part])
    if not leaves or not chosen.requires_grad:
        return None
    (gradients,) = torch.autograd.grad(chosen.sum(), leaves[-1], allow_unused=True)
    weights, features = stage.grid(gradients), stage.grid(leaves[-1].detach())
    if weights is None or features is None or not weights.any():
        return None
    cam = (weights.mean((2, 3), keepdim=True) * features).sum(1, keepdim=True).float()
    return F.interpolate(cam, size=images.shape[2:], mode="bilinear", align_corners=False)[:, 0]
