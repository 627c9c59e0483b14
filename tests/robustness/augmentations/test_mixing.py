import numpy as np
import pytest
import torch
from scipy.stats import beta, kstest

from robustness.augmentations.mixing import cutmix, mixup, soft_labels
from tests.robustness.augmentations.pillow import photos

LABELS = torch.tensor([0, 1, 2, 3, 4, 0])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def numbered(count: int, height: int = 8, width: int = 8) -> torch.Tensor:
    """Image i is flat, i / count: a mixture says what it is made of."""
    return (torch.arange(count) / count).view(-1, 1, 1, 1).expand(-1, 3, height, width)


@pytest.mark.parametrize("alpha", [0.2, 1.0, 3.0])
def test_weights_of_mixup_follow_the_beta_distribution(alpha: float) -> None:
    count = 2000
    _, labels = mixup(numbered(count, 1, 1), torch.arange(count), classes=count, alpha=alpha, generator=seeded())
    own = labels.diagonal()[labels.diagonal() < 1].numpy()
    assert kstest(own, beta(alpha, alpha).cdf).pvalue > 1e-3


def test_mixup_blends_images_as_labels() -> None:
    images = photos(6, 9, 7)
    mixed, labels = mixup(images, LABELS, classes=5, generator=seeded(3))
    generator = seeded(3)
    partners, weights = torch.randperm(6, generator=generator), torch.rand(6, generator=generator)
    for i, (j, w) in enumerate(zip(partners.tolist(), weights.tolist(), strict=True)):  # Beta(1, 1) is uniform
        torch.testing.assert_close(mixed[i], w * images[i] / 255 + (1 - w) * images[j] / 255, rtol=0, atol=1e-6)
        expected = torch.zeros(5)
        expected[LABELS[i]] += w
        expected[LABELS[j]] += 1 - w
        torch.testing.assert_close(labels[i], expected)


@pytest.mark.parametrize("size", [(8, 8), (5, 13)], ids=str)
def test_labels_of_cutmix_count_pixels(size: tuple[int, int]) -> None:
    count = 400
    images = numbered(count, *size)
    mixed, labels = cutmix(images, torch.arange(count), classes=count, generator=seeded())
    for i, (image, label) in enumerate(zip(mixed, labels, strict=True)):
        values, counts = image[0].unique(return_counts=True)
        shares = dict(zip((values * count).round().int().tolist(), (counts / image[0].numel()).tolist(), strict=True))
        assert set(shares) | {i} == set(label.nonzero().flatten().tolist()) | {i}
        np.testing.assert_allclose([label[k] for k in shares], list(shares.values()), atol=1e-6)


def test_boxes_of_cutmix_are_rectangles_of_the_drawn_share() -> None:
    count = 3000
    mixed, _ = cutmix(numbered(count, 64, 64), torch.arange(count), classes=count, alpha=1.0, generator=seeded(1))
    foreign = mixed[:, 0] != numbered(count, 64, 64)[:, 0]
    rows, columns = foreign.any(2), foreign.any(1)
    assert torch.equal(foreign, rows.unsqueeze(2) & columns.unsqueeze(1))
    # Inside of the border the share of the box is 1 - w, w uniform: its root, the side, has density 2 s on 0..1.
    sides = torch.rand(200_000, generator=seeded(2)).sqrt() * 64 // 1
    centres = torch.randint(64, (200_000,), generator=seeded(3))
    clipped = (centres - sides // 2 + sides).clamp(max=64) - (centres - sides // 2).clamp(min=0)
    visible = rows.sum(1)[rows.any(1)].float()
    assert (
        abs(float(visible.mean()) - float(clipped[clipped > 0].mean())) < 4 * float(visible.std()) / len(visible) ** 0.5
    )


@pytest.mark.parametrize("mix", [mixup, cutmix])
def test_types_and_sums(mix: object) -> None:
    images = photos(6)
    mixed, labels = mix(images, LABELS, classes=5, generator=seeded())  # type: ignore[operator]
    assert mixed.dtype == (torch.float32 if mix is mixup else torch.uint8)
    torch.testing.assert_close(labels.sum(1), torch.ones(6))
    again, twice = mix(mixed, labels, classes=5, generator=seeded(1))  # type: ignore[operator]
    assert again.shape == images.shape
    torch.testing.assert_close(twice.sum(1), torch.ones(6))
    with pytest.raises(ValueError, match="expected `alpha` above 0, got 0"):
        mix(images, LABELS, classes=5, alpha=0, generator=seeded())  # type: ignore[operator]


def test_labels_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected `labels` of shape \(6,\) int64 or \(6, 5\) floating point"):
        soft_labels(LABELS.float(), 5, 6)
