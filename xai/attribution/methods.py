"""The one door to all attribution methods: check the arguments, work in blocks, leave the classifier as it was."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor

from xai.attribution.grad_cam import GradCam, GuidedGradCam
from xai.attribution.gradients import GradientShap, GradientTimesInput, SmoothGrad
from xai.attribution.integrated import IntegratedGradients
from xai.attribution.occlusion import Occlusion
from xai.attribution.probe import Classifier, Method, Probe, undisturbed
from xai.attribution.relevance import LayerwiseRelevance
from xai.attribution.result import Attribution
from xai.attribution.rollout import AttentionRollout

__all__ = ["METHODS", "attribute"]

METHODS: dict[str, Method] = {
    "integrated_gradients": IntegratedGradients(),
    "gradient_x_input": GradientTimesInput(),
    "smooth_grad": SmoothGrad(),
    "occlusion": Occlusion(),
    "grad_cam": GradCam(),
    "guided_grad_cam": GuidedGradCam(),
    "gradient_shap": GradientShap(),
    "lrp": LayerwiseRelevance(),
    "attention_rollout": AttentionRollout(),
}


def attribute(
    classifier: Classifier,
    images: Tensor,
    targets: Tensor | Sequence[int],
    *,
    method: str | Method = "integrated_gradients",
    batch_size: int = 32,
    seed: int = 0,
) -> Attribution:
    """Explain the logits of classes by the pixels of images.

    Modules are explained in evaluation mode, and are afterwards what they were: modes, parameters, gradients, hooks.

    Args:
        classifier: (N, 3, H, W) pixels to (N, K) logits, differentiable in the pixels. Methods that read layers
            (``grad_cam``, ``guided_grad_cam``, ``lrp``) need an ``nn.Module``.
        images: (N, 3, H, W), float in [0, 1] or uint8 in 0..255, where the classifier is.
        targets: (N,) class indices in 0..K-1.
        method: a key of :data:`METHODS`, or a method with settings of its own, as ``IntegratedGradients(most=64)``.
        batch_size: images a pass, of all copies that a method makes; halved whenever memory runs out.
        seed: of the methods that draw.

    Returns:
        Signed maps (N, H, W) with their completeness gap where the method promises completeness.

    Raises:
        ValueError: unknown method, images or targets of another shape, or a classifier that the method cannot explain.
        TypeError: images of another type, or a method that reads layers with a classifier that is no module.

    Example:
        >>> classifier = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 8 * 8, 2))
        >>> explained = attribute(classifier, torch.rand(4, 3, 8, 8), [0, 1, 1, 0])
        >>> explained.maps.shape, bool((explained.relative_gap < 0.01).all())
        (torch.Size([4, 8, 8]), True)
    """
    chosen = _method(method)
    pixels = _pixels(images)
    classes = _classes(targets, len(images)).to(pixels.device)
    probe = Probe(classifier=classifier, batch_size=batch_size, seed=seed)
    blocks = []
    with torch.inference_mode(mode=False), torch.enable_grad(), undisturbed(classifier):
        for start in range(0, len(pixels), batch_size):
            block = slice(start, start + batch_size)
            # a clone, as images made in inference mode have no gradients
            blocks.append(chosen.explain(probe, pixels[block].clone(), classes[block].clone()))
    return _joined(blocks)


def _method(method: str | Method) -> Method:
    if not isinstance(method, str):
        return method
    if method not in METHODS:
        raise ValueError(f"expected `method` in {', '.join(METHODS)}, got {method!r}")
    return METHODS[method]


def _pixels(images: Tensor) -> Tensor:
    if images.ndim != 4 or images.shape[1] != 3 or not images.numel():
        raise ValueError(f"expected `images` of shape (N, 3, H, W), none of them 0, got {tuple(images.shape)}")
    if images.dtype == torch.uint8:
        return images.float() / 255
    if not images.is_floating_point():
        raise TypeError(f"expected `images` as uint8 in 0..255 or float in [0, 1], got {images.dtype}")
    return images.detach()


def _classes(targets: Tensor | Sequence[int], count: int) -> Tensor:
    classes = torch.as_tensor(targets)
    if classes.shape != (count,) or classes.is_floating_point() or classes.dtype == torch.bool:
        raise ValueError(f"expected `targets` as {count} class indices, got {classes.dtype} of {tuple(classes.shape)}")
    if int(classes.min()) < 0:
        raise ValueError(f"expected `targets` of at least 0, got {int(classes.min())}")
    return classes.long()


def _joined(blocks: list[Attribution]) -> Attribution:
    columns = {field.name: [getattr(block, field.name) for block in blocks] for field in fields(Attribution)}
    joined: dict[str, Any] = {
        name: torch.cat(parts) if isinstance(parts[0], Tensor) else parts[0] for name, parts in columns.items()
    }
    return Attribution(**joined)
