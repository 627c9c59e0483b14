import pytest
import torch
from torch import nn

from benchmarks.classifier import Classifier

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)


def averages(**options: object) -> Classifier:
    module = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return Classifier(module, mean=MEAN, std=STD, class_names=["a", "b", "c"], **options)  # type: ignore[arg-type]


def test_bytes_and_floats_are_the_same_pixels() -> None:
    images = torch.randint(256, (4, 3, 8, 8), dtype=torch.uint8)
    torch.testing.assert_close(averages()(images), averages()(images.float() / 255))


def test_normalisation_is_the_formula() -> None:
    images = torch.rand(2, 3, 5, 7)
    expected = (images.mean((2, 3)) - torch.tensor(MEAN)) / torch.tensor(STD)
    torch.testing.assert_close(averages()(images), expected)


def test_gradient_reaches_the_pixels() -> None:
    images = torch.rand(2, 3, 8, 8, requires_grad=True)
    averages()(images).sum().backward()
    assert images.grad is not None
    torch.testing.assert_close(images.grad[0, :, 0, 0], 1 / (64 * torch.tensor(STD)))


def test_images_of_another_size_are_resized_and_stay_differentiable() -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 6, 3))
    classifier = Classifier(module, mean=MEAN, std=STD, class_names=["a", "b", "c"], input_size=(4, 6))
    images = torch.rand(2, 3, 9, 9, requires_grad=True)
    classifier(images).sum().backward()
    assert images.grad is not None and images.grad.abs().sum() > 0


def test_a_side_means_a_square() -> None:
    assert averages(input_size=7).input_size == (7, 7)


def test_the_module_keeps_its_mode_and_its_weights() -> None:
    module = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.BatchNorm1d(3))
    module.train()
    Classifier(module, mean=MEAN, std=STD, class_names=["a", "b", "c"])
    assert module.training


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (torch.rand(3, 8, 8), ValueError, r"expected `images` of shape \(N, 3, H, W\), got \(3, 8, 8\)"),
        (torch.rand(1, 1, 8, 8), ValueError, r"got \(1, 1, 8, 8\)"),
        (torch.zeros(1, 3, 8, 8, dtype=torch.int32), TypeError, "uint8 in 0..255 or float"),
    ],
)
def test_other_images_are_refused(images: torch.Tensor, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        averages()(images)


def test_a_module_with_another_number_of_logits_is_refused() -> None:
    classifier = Classifier(averages().module, mean=MEAN, std=STD, class_names=["a", "b"])
    with pytest.raises(ValueError, match=r"expected logits of shape \(1, 2\).*got \(1, 3\)"):
        classifier(torch.rand(1, 3, 8, 8))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mean": (0.5,)}, "of 3 channels"),
        ({"std": (0.5, 0.5, 0.0)}, "`std` above 0"),
        ({"class_names": "abc"}, "as a list of names"),
        ({"class_names": []}, "as a list of names"),
        ({"class_names": ["a", "b", "a"]}, r"got \['a'\] more than once"),
    ],
)
def test_bad_settings_are_refused(options: dict[str, object], message: str) -> None:
    settings: dict[str, object] = {"mean": MEAN, "std": STD, "class_names": ["a", "b", "c"]}
    with pytest.raises(ValueError, match=message):
        Classifier(nn.Identity(), **(settings | options))  # type: ignore[arg-type]
