"""Every attribution method on the families of networks that people use, with random weights."""

from collections.abc import Callable
from typing import Any

import pytest
import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.classifier import Classifier
from xai.attribution import METHODS, GradientShap, IntegratedGradients, Method, Occlusion, SmoothGrad, attribute

SWIN = {"img_size": 56, "embed_dim": 24, "depths": (1, 1, 2, 1), "num_heads": (1, 2, 4, 8)}
FAMILIES: dict[str, tuple[str, dict[str, Any], int]] = {
    "resnet": ("resnet18", {}, 64),
    "convnext": ("test_convnext", {}, 64),
    "vit": ("test_vit", {"img_size": 64}, 64),
    "vit_mean": ("test_vit4", {"img_size": 64}, 64),
    "swin": ("swin_tiny_patch4_window7_224", SWIN, 56),
    "mobilenet": ("mobilenetv3_small_050", {}, 64),
    "efficientnet": ("test_efficientnet", {}, 64),
    "mixer": ("mixer_s32_224", {"img_size": 64}, 64),
}
CHEAP: dict[str, Method] = METHODS | {
    "integrated_gradients": IntegratedGradients(most=32),
    "smooth_grad": SmoothGrad(samples=4),
    "gradient_shap": GradientShap(samples=4),
    "occlusion": Occlusion(window=16, stride=16),
}
REFUSED = {
    "guided_grad_cam": {"convnext", "vit", "vit_mean", "swin", "efficientnet", "mixer"},  # without ReLUs
    "attention_rollout": set(FAMILIES) - {"vit", "vit_mean"},
    "lrp": set(FAMILIES),  # with sums of branches, or functions between layers
}
TARGETS = [2, 0]


def make(name: str, options: dict[str, Any], *, classes: int = 3) -> Classifier:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module: nn.Module = timm.create_model(name, num_classes=classes, **options)
        for label, parameter in module.named_parameters():  # some heads and branches start at zero
            if label.endswith("weight") and not parameter.any():
                nn.init.normal_(parameter, std=0.05)
    names = [str(number) for number in range(classes)]
    return Classifier(module, mean=(0.5,) * 3, std=(0.25,) * 3, class_names=names)


def pictures(side: int, count: int = 2) -> Tensor:
    coarse = torch.rand(count, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    return F.interpolate(coarse, size=(side, side), mode="bilinear")


@pytest.fixture(scope="module")
def classifiers() -> Callable[[str], Classifier]:
    made: dict[str, Classifier] = {}

    def get(family: str) -> Classifier:
        if family not in made:
            name, options, _ = FAMILIES[family]
            made[family] = make(name, options)
        return made[family]

    return get


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", METHODS)
def test_every_family_is_explained_or_refused(
    family: str, method: str, classifiers: Callable[[str], Classifier]
) -> None:
    classifier, images = classifiers(family).train(), pictures(FAMILIES[family][2])
    if family in REFUSED.get(method, ()):
        with pytest.raises(ValueError, match=r"expected .*, got .*"):
            attribute(classifier, images, TARGETS, method=CHEAP[method])
    else:
        explained = attribute(classifier, images, TARGETS, method=CHEAP[method])
        assert explained.method == method
        assert explained.maps.shape == (2, *images.shape[2:])
        assert bool(explained.maps.isfinite().all())
        assert bool((explained.maps.flatten(1).std(1) > 0).all())
    for part in classifier.modules():
        assert part.training
        assert not part._forward_hooks
        assert not part._forward_pre_hooks
        assert not part._backward_hooks
    assert all(one.requires_grad and one.grad is None for one in classifier.parameters())


@pytest.mark.parametrize("family", FAMILIES)
def test_integrated_gradients_sum_to_the_difference_of_logits(
    family: str, classifiers: Callable[[str], Classifier]
) -> None:
    classifier, images = classifiers(family), pictures(FAMILIES[family][2])
    explained = attribute(classifier, images, TARGETS, method=IntegratedGradients(tolerance=0.05))
    with torch.no_grad():
        ends, start = classifier.eval()(images), classifier(torch.zeros_like(images[:1]))
    difference = torch.stack([ends[row, target] - start[0, target] for row, target in enumerate(TARGETS)])
    assert explained.difference is not None
    assert explained.steps is not None
    assert torch.allclose(explained.difference.float(), difference, atol=1e-5)
    assert bool((explained.maps.sum((1, 2)) - difference).abs().max() <= 0.05 * difference.abs().max() + 1e-5)
    assert bool((explained.steps >= 16).all())


class Grey(nn.Module):
    """Takes three channels and looks at their mean."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.inner(images.mean(1, keepdim=True).expand_as(images))
        return logits


@pytest.mark.parametrize(("classes", "side"), [(2, 64), (1000, 64), (3, 8), (3, 384)])
@pytest.mark.parametrize("method", ["integrated_gradients", "occlusion", "grad_cam", "smooth_grad"])
def test_few_and_many_classes_and_sizes(method: str, classes: int, side: int) -> None:
    classifier, images = make("test_resnet", {}, classes=classes), pictures(side)
    targets = [classes - 1, 0]
    coarse = {"occlusion": Occlusion(window=side // 4, stride=side // 4)}
    if method == "grad_cam" and side == 8:
        told: Any = classifier.module.feature_info
        assert told[-1]["reduction"] >= side  # the last stage has one position; an earlier one is taken
    explained = attribute(classifier, images, targets, method=coarse.get(method, CHEAP[method]), batch_size=8)
    assert explained.maps.shape == (2, side, side)
    assert bool((explained.maps.flatten(1).std(1) > 0).all())


@pytest.mark.parametrize("method", ["integrated_gradients", "occlusion", "grad_cam"])
def test_grey_inputs_are_explained_as_grey(method: str) -> None:
    classifier, images = Grey(make("test_resnet", {})), pictures(32)
    grey = images.mean(1, keepdim=True).expand_as(images)
    maps = attribute(classifier, images, TARGETS, method=CHEAP[method]).maps
    assert torch.allclose(maps, attribute(classifier.inner, grey, TARGETS, method=CHEAP[method]).maps, atol=1e-5)
