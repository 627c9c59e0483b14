"""Planted coordinates come back, in order and with their directions, asked about in full or screened."""

import pytest
import torch

from tests.xai.stylex.planted_decoders import Bent, Reader, classifier, decode, styles
from xai.stylex.attfind import find_attributes
from xai.stylex.effects import Ends

X = styles(200)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("explained", ["cumulative", "single"])
@pytest.mark.parametrize(("target", "directions"), [(1, [1, 0, 1]), (0, [0, 1, 0])])
def test_a_linear_decoder_gives_back_what_was_planted(
    exact: bool, explained: str, target: int, directions: list[int]
) -> None:
    def score(images: torch.Tensor) -> torch.Tensor:
        own = classifier(images)[:, 1]
        return torch.stack([-own, own], 1)

    found = find_attributes(decode, score, X, target=target, count=3, exact=exact, explained=explained)
    assert [one.coordinate for one in found] == [7, 2, 10]
    assert [one.direction for one in found] == directions
    assert found[0].effect > found[1].effect > 0


def test_the_effect_is_the_mean_gain_of_images_decided_otherwise() -> None:
    low, high = torch.full((12,), -2.0).double(), torch.full((12,), 2.5).double()
    (first,) = find_attributes(decode, classifier, X, target=1, count=1, exact=True, low=low, high=high)
    others = classifier(decode(X)).argmax(1) != 1
    assert first.effect == pytest.approx(float((3 * (2.5 - X[others, 7])).clamp(min=0).mean()))
    assert first.images == int(others.sum())


def test_only_what_is_among_is_searched() -> None:
    found = find_attributes(decode, classifier, X, target=1, count=5, among=[10, 2, 3])
    assert {one.coordinate for one in found[:2]} == {2, 10}
    assert {one.coordinate for one in found} <= {2, 3, 10}


def test_screening_finds_what_asking_about_everything_finds_and_batches_do_not_matter() -> None:
    bent, reader, x = Bent(), Reader(), styles(64, size=60)
    for target in range(3):
        full = find_attributes(bent, reader, x, target=target, count=10, exact=True)
        fast = find_attributes(bent, reader, x, target=target, count=10)
        assert (
            len({(one.coordinate, one.direction) for one in full} & {(one.coordinate, one.direction) for one in fast})
            >= 9
        )
        again = find_attributes(bent, reader, x, target=target, count=10, exact=True, batch_size=7)
        assert [(one.coordinate, one.direction) for one in again] == [(one.coordinate, one.direction) for one in full]


def test_a_shift_does_what_the_attribute_says() -> None:
    attributes = find_attributes(decode, classifier, X, target=1, count=2)
    ends = Ends.of(X)
    for one in attributes:
        moved = one.shift.applied(X, ends)
        assert torch.equal(moved[:, one.coordinate], ends.values[12 * one.direction + one.coordinate].expand(200))


def test_mistakes_are_named() -> None:
    def ask(**changes: object) -> None:
        find_attributes(decode, classifier, X, **({"target": 1, "count": 1} | changes))  # type: ignore[arg-type]

    with pytest.raises(ValueError, match="expected `target` in 0..1, the classifier's classes, got 2"):
        ask(target=2)
    with pytest.raises(ValueError, match="expected `count` of at least 1, got 0"):
        ask(count=0)
    with pytest.raises(ValueError, match=r"expected `among` of coordinates in 0..11, got \[12\]"):
        ask(among=[12])
    with pytest.raises(ValueError, match=r"expected `styles` of shape \(N, 3\) like their ends, got \(200, 12\)"):
        ask(low=torch.zeros(3), high=torch.ones(3))
    with pytest.raises(ValueError, match="expected images that are not decided as class 0, got none to turn into it"):
        find_attributes(decode, lambda images: classifier(images) * 0, X, target=0, count=1)
