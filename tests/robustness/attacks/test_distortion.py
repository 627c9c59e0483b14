import functools
import math

import pytest
import torch
from torch import Tensor

from robustness.attacks import bisect_distortion, pgd, smallest_distortion
from tests.robustness.attacks.classifiers import answers, linear, network, photos, weights_of_rival

ZEROS = torch.zeros(20, dtype=torch.long)


@pytest.mark.parametrize("norm, dual", [("linf", 1), ("l2", 2)])
def test_equals_the_distance_to_the_plane_of_a_linear_classifier(norm: str, dual: int) -> None:
    classifier, images = linear(2), photos(20, low=0.4, high=0.6)
    with torch.no_grad():
        logits = classifier(images)
    expected = (logits[:, 0] - logits[:, 1]).clamp(min=0) / weights_of_rival(classifier).norm(p=dual)
    assert 3 < int((expected > 0).sum()) < 18
    attack = functools.partial(pgd, relative_step=0.3)
    maximum = 1.5 * expected.max().item()
    ours = smallest_distortion(classifier, images, ZEROS, maximum=maximum, norm=norm, attack=attack)
    torch.testing.assert_close(ours, expected.double(), rtol=0.02, atol=2e-3 * expected.max().item())
    assert (ours >= expected.double() * (1 - 1e-5)).all()
    assert torch.equal(ours == 0, expected == 0)


@pytest.mark.parametrize("norm, maximum", [("linf", 0.2), ("l2", 1.5)])
def test_what_is_returned_fools_when_used_as_a_radius(norm: str, maximum: float) -> None:
    classifier, images = network(5), photos(20)
    labels = answers(classifier, images)
    attack = functools.partial(pgd, steps=10)
    radii = smallest_distortion(classifier, images, labels, maximum=maximum, norm=norm, attack=attack, rounds=6)
    assert ((radii > 0) & (radii <= maximum)).all()
    wide, tight = (
        answers(classifier, pgd(classifier, images, labels, eps=share * radii, norm=norm)) != labels
        for share in (1.05, 0.5)
    )
    assert wide.all()
    assert tight.double().mean() < 0.2


def test_targets_take_at_least_as_much_as_any_other_class() -> None:
    classifier, images = network(5), photos(10)
    labels = answers(classifier, images)
    attack = functools.partial(pgd, steps=10)
    free = smallest_distortion(classifier, images, labels, maximum=0.3, attack=attack, rounds=6)
    aimed = smallest_distortion(
        classifier, images, None, targets=(labels + 1) % 5, maximum=0.3, attack=attack, rounds=6
    )
    assert (aimed >= 0.9 * free).all()
    assert (aimed > 1.2 * free).any()


def test_infinite_where_the_maximum_is_not_enough() -> None:
    classifier, images = network(5), photos(4)
    assert (smallest_distortion(classifier, images, answers(classifier, images), maximum=1e-6) == math.inf).all()


def test_no_images_no_distortion() -> None:
    assert smallest_distortion(network(5), photos(4)[:0], ZEROS[:0], maximum=0.1).shape == (0,)


@pytest.mark.parametrize("rounds", [0, 1, 5, 12])
def test_bisection_is_as_fine_as_its_rounds(rounds: int) -> None:
    needed = torch.rand(50, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def search(radii: Tensor, rows: Tensor) -> Tensor:
        return torch.where(radii >= needed[rows], radii, math.inf)

    found = bisect_distortion(search, 50, maximum=1.0, rounds=rounds)
    assert ((found >= needed) & (found - needed <= 0.5**rounds)).all()


def test_bisection_asks_only_for_open_brackets_and_trusts_what_was_found() -> None:
    asked: list[list[int]] = []

    def search(radii: Tensor, rows: Tensor) -> Tensor:
        asked.append(rows.tolist())
        lengths = torch.tensor([0.0, math.inf, 0.25])[rows].double()
        return torch.where(radii >= lengths, lengths, math.inf)

    assert bisect_distortion(search, 3, maximum=1.0, rounds=3).tolist() == [0.0, math.inf, 0.25]
    assert asked == [[0, 1, 2], [2], [2], [2]]


@pytest.mark.parametrize("maximum, rounds", [(0.0, 3), (math.inf, 3), (math.nan, 3), (1.0, -1)])
def test_other_settings_are_refused(maximum: float, rounds: int) -> None:
    with pytest.raises(ValueError, match="expected `maximum` above 0 and `rounds` of at least 0"):
        bisect_distortion(lambda radii, rows: radii, 3, maximum=maximum, rounds=rounds)
