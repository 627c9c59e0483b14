import pytest
import torch
from torch import Tensor

from robustness.augmentations.augmix import augmix, augmix_loss, jensen_shannon_loss
from robustness.augmentations.operations import OPERATIONS, PAPER_OPERATIONS
from tests.robustness.augmentations.pillow import by_pillow, photos


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def plain_augmix(images: Tensor, operations: tuple[str, ...], generator: torch.Generator) -> Tensor:
    """Image by image with Pillow, by the paper's pseudocode, from the same draws."""
    count = len(images) * 3
    chosen = torch.randint(len(operations), (3, count), generator=generator)
    sizes = 0.1 + (3 - 0.1) * torch.rand(3, count, generator=generator)
    levels = torch.where(torch.rand(3, count, generator=generator) < 0.5, -sizes, sizes)
    depths = 1 + torch.randint(3, (count,), generator=generator)
    gamma = -torch.log1p(-torch.rand(len(images), 3, generator=generator))
    share = torch.rand(len(images), 1, 1, 1, generator=generator).flatten()
    mixed = torch.zeros(images.shape)
    for i, image in enumerate(images):
        for k in range(3):
            chain, row = image[None], 3 * i + k
            for step in range(int(depths[row])):
                chain = by_pillow(operations[chosen[step, row]], chain, levels[step, row : row + 1])
            mixed[i] += share[i] * gamma[i, k] / gamma[i].sum() * chain[0] / 255
        mixed[i] += (1 - share[i]) * image / 255
    return mixed


@pytest.mark.parametrize("size", [(32, 32), (20, 27)], ids=str)
def test_equal_to_the_pseudocode_with_pillow(size: tuple[int, int]) -> None:
    images = photos(24, *size)
    difference = (augmix(images, generator=seeded()) - plain_augmix(images, PAPER_OPERATIONS, seeded())).abs()
    # A level lost to float32 before equalize or solarize can become many; nearly all pixels agree.
    assert (difference < 1.01 / 255).float().mean() > 0.995
    assert difference.mean() < 0.1 / 255


def test_all_thirteen_operations_are_used_on_request() -> None:
    images = photos(16)
    everything = augmix(images, operations=tuple(OPERATIONS), generator=seeded())
    difference = (everything - plain_augmix(images, tuple(OPERATIONS), seeded())).abs()
    assert (difference < 1.01 / 255).float().mean() > 0.99


def test_one_chain_of_one_operation_lies_between_the_image_and_the_operation() -> None:
    images = photos(6)
    mixed = augmix(images, width=1, depth=1, operations=("autocontrast",), generator=seeded())
    stretched = OPERATIONS["autocontrast"](images, torch.zeros(6)) / 255
    low, high = torch.minimum(images / 255, stretched), torch.maximum(images / 255, stretched)
    assert bool(((mixed >= low - 1e-6) & (mixed <= high + 1e-6)).all())


def test_floats_and_bytes_agree_and_mixtures_are_not_rounded() -> None:
    images = photos(6)
    mixed = augmix(images, generator=seeded())
    torch.testing.assert_close(mixed, augmix(images / 255, generator=seeded()))
    assert mixed.dtype == torch.float32
    assert (mixed * 255 - (mixed * 255).round()).abs().max() > 0.4
    assert 0 <= mixed.min() < mixed.max() <= 1


def test_an_image_depends_on_nothing_but_itself_and_its_draws() -> None:
    images = photos(8)
    others = photos(8, seed=9)
    others[5] = images[5]
    first, second = augmix(images, generator=seeded()), augmix(others, generator=seeded())
    assert torch.equal(first[5], second[5])
    assert not torch.equal(first[6], second[6])
    assert not torch.equal(first, augmix(images, generator=seeded(1)))


def test_memory_format_does_not_matter() -> None:
    images = photos(8)
    last = images.contiguous(memory_format=torch.channels_last)
    assert torch.equal(augmix(images, generator=seeded()), augmix(last, generator=seeded()))


def test_severity_moves_images_further() -> None:
    images = photos(64)
    distances = [
        float((augmix(images, severity=severity, generator=seeded()) - images / 255).abs().mean())
        for severity in (0.1, 3, 10)
    ]
    assert distances == sorted(distances)
    assert distances[2] > 1.2 * distances[0]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"severity": 0}, r"`severity` in \[0.1, 10\], got 0"),
        ({"width": 0}, "`width` and `depth` of at least 1, got 0 and None"),
        ({"depth": 0}, "`width` and `depth` of at least 1, got 3 and 0"),
        ({"operations": ("rotate", "blur")}, r"`operations` from .*, got \['blur'\]"),
        ({"operations": ()}, "`operations` from .*, got none"),
    ],
)
def test_settings_out_of_range_are_refused(setting: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        augmix(photos(4), generator=seeded(), **setting)  # type: ignore[arg-type]


def plain_divergence(logits: Tensor, views: int) -> float:
    p = logits.double().softmax(1).view(views, -1, logits.shape[1])
    total = 0.0
    for image in range(p.shape[1]):
        mean = p[:, image].mean(0).clamp(1e-7, 1)
        total += sum(float((q * (q / mean).log()).sum()) for q in p[:, image]) / views
    return total / p.shape[1]


@pytest.mark.parametrize("views", [2, 3])
def test_divergence_equals_its_definition(views: int) -> None:
    logits = 3 * torch.randn(views * 7, 5, generator=seeded())
    assert float(jensen_shannon_loss(logits, views)) == pytest.approx(plain_divergence(logits, views), rel=1e-5)


def test_divergence_vanishes_for_equal_views_and_has_a_bound() -> None:
    same = torch.randn(7, 5, generator=seeded()).repeat(3, 1)
    assert abs(float(jensen_shannon_loss(same))) < 1e-6
    opposed = 50 * torch.eye(3)
    assert float(jensen_shannon_loss(opposed)) == pytest.approx(torch.tensor(3.0).log().item(), rel=1e-4)


def test_loss_is_cross_entropy_of_the_clean_third_and_twelve_divergences() -> None:
    logits, labels = torch.randn(21, 5, generator=seeded()).requires_grad_(), torch.arange(7) % 5
    loss = augmix_loss(logits, labels)
    clean = -logits[:7].double().log_softmax(1)[torch.arange(7), labels].mean()
    assert loss.item() == pytest.approx(clean.item() + 12 * plain_divergence(logits.detach(), 3), rel=1e-5)
    soft = torch.nn.functional.one_hot(labels, 5).float()
    torch.testing.assert_close(augmix_loss(logits, soft), loss)
    loss.backward()
    assert logits.grad is not None
    assert bool(logits.grad[7:].any())


def test_rows_that_are_not_three_for_each_label_are_refused() -> None:
    with pytest.raises(ValueError, match="expected `logits` of 21 rows, three views for each of 7 labels, got 20"):
        augmix_loss(torch.zeros(20, 5), torch.zeros(7).long())
    with pytest.raises(ValueError, match=r"expected `logits` of shape \(3 N, K\)"):
        jensen_shannon_loss(torch.zeros(20, 5))
