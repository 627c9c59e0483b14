"""Occlusion against captum, against a loop over windows, and where windows alone are computed."""

import captum.attr
import pytest
import torch
from torch import Tensor, nn

from xai.attribution import Occlusion, attribute
from xai.attribution.copies import Copies

TARGETS = torch.tensor([2, 0])


class Residual(nn.Module):
    """Convolutions, normalisation, pooling and a skip connection."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 5, stride=2, padding=2), nn.BatchNorm2d(6), nn.ReLU(inplace=True))
        self.pool, self.branch = nn.MaxPool2d(3, stride=2, padding=1), nn.Conv2d(6, 6, 3, padding=1)
        self.head = nn.Linear(6, 3)

    def forward(self, images: Tensor) -> Tensor:
        features = self.pool(self.stem((images - 0.45) / 0.2))
        logits: Tensor = self.head((features + self.branch(features).relu()).mean((2, 3)))
        return logits


def pixels(height: int, width: int) -> Tensor:
    return torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(0))


def slow_occlusion(model: nn.Module, images: Tensor, window: int, stride: int, fill: float = 0.0) -> Tensor:
    """One window of one image at a time."""
    height, width = images.shape[2:]
    total, count = torch.zeros(len(images), height, width), torch.zeros(height, width)
    with torch.no_grad():
        for top in range(0, height - window + stride, stride):
            for left in range(0, width - window + stride, stride):
                count[top : top + window, left : left + window] += 1
                for row, target in enumerate(TARGETS.tolist()):
                    covered = images[row : row + 1].clone()
                    covered[:, :, top : top + window, left : left + window] = fill
                    lost = model(images[row : row + 1])[0, target] - model(covered)[0, target]
                    total[row, top : top + window, left : left + window] += lost
    return total / count


@pytest.mark.parametrize(("window", "stride"), [((4, 4), (4, 4)), ((5, 3), (2, 2)), ((16, 12), (1, 1))])
def test_maps_are_captums(window: tuple[int, int], stride: tuple[int, int]) -> None:
    model, images = Residual().eval(), pixels(16, 12)
    method = Occlusion(window=window, stride=stride, baseline=0.25)
    with torch.no_grad():
        expected = captum.attr.Occlusion(model).attribute(
            images, sliding_window_shapes=(3, *window), strides=(3, *stride), baselines=0.25, target=TARGETS
        )
    got = attribute(model, images, TARGETS, method=method, batch_size=7).maps
    assert torch.allclose(got, expected[:, 0], atol=1e-5)


def test_default_windows_are_an_eighth_and_overlap_by_half() -> None:
    model, images = Residual().eval(), pixels(24, 24)
    got = attribute(model, images, TARGETS, method="occlusion").maps
    assert torch.allclose(got, slow_occlusion(model, images, window=3, stride=2), atol=1e-5)


def test_large_images_are_computed_in_windows_with_the_same_result() -> None:
    model, images = Residual().eval(), pixels(96, 96)
    seen: list[type] = []
    model.branch.register_forward_pre_hook(lambda _module, inputs: seen.append(type(inputs[0])))
    got = attribute(model, images, TARGETS, method=Occlusion(window=24, stride=20, baseline=0.5)).maps
    assert Copies in seen
    assert torch.allclose(got, slow_occlusion(model, images, window=24, stride=20, fill=0.5), atol=1e-4)


def test_large_images_of_a_classifier_beyond_torch_are_computed_in_full() -> None:
    def outside(images: Tensor) -> Tensor:
        return torch.from_numpy(images.numpy().mean((2, 3)))

    images = pixels(96, 96)
    got = attribute(outside, images, TARGETS, method=Occlusion(window=24, stride=24)).maps
    share = torch.stack([images[0, 2], images[1, 0]]).unflatten(1, (4, 24)).unflatten(3, (4, 24)).sum((2, 4)) / 96**2
    assert torch.allclose(got, share.repeat_interleave(24, 1).repeat_interleave(24, 2), atol=1e-5)


def test_a_baseline_may_be_an_image_of_its_own_for_each() -> None:
    images = pixels(16, 16)
    nothing = attribute(Residual(), images, TARGETS, method=Occlusion(window=4, stride=4, baseline=images)).maps
    assert torch.allclose(nothing, torch.zeros(2, 16, 16), atol=1e-6)


@pytest.mark.parametrize("sizes", [(16, 4, 3), (17, 5, 2), (9, 9, 1), (10, 4, 4)])
def test_every_pixel_is_covered(sizes: tuple[int, int, int]) -> None:
    side, window, stride = sizes
    rows, columns = Occlusion(window=window, stride=stride).covers(side, side + 1 if window < side else side)
    for cover in (rows, columns):
        assert bool((cover.sum(0) >= 1).all())
        assert float(cover.sum(1).max()) == window


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (Occlusion(window=17), r"expected `window` in 1\.\.16, the image's side, got 17"),
        (Occlusion(window=0), r"expected `window` in 1\.\.16"),
        (Occlusion(window=4, stride=5), r"expected `stride` in 1\.\.4, so that no pixel is left out, got 5"),
        (Occlusion(window=4, stride=(2, 0)), r"expected `stride` in 1\.\.4"),
    ],
)
def test_windows_that_do_not_fit_are_refused(method: Occlusion, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        attribute(Residual(), pixels(16, 16), TARGETS, method=method)
