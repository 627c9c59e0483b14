"""Channels that change the same come back as one attribute, and only they."""

import pytest
import torch
from torch import Tensor

from tests.xai.stylex.planted_decoders import styles
from xai.stylex.effects import Ends
from xai.stylex.groups import Grouping, find_groups

X = styles(120, size=9)


def decode(styles: Tensor) -> Tensor:
    """A left patch from coordinates 0, 1 and (reversed) 2; a right one from 4; 5 moves pixels that nobody reads."""
    images = torch.zeros(len(styles), 3, 4, 6, dtype=styles.dtype)
    images[:, :, :2, :2] = (styles[:, 0] + styles[:, 1] - styles[:, 2])[:, None, None, None]
    images[:, :, :2, 4:] = 1.5 * styles[:, 4, None, None, None]
    images[:, :, 3] = styles[:, 5, None, None]
    return images


def classifier(images: Tensor) -> Tensor:
    score = images[:, 0, :2, :2].mean((1, 2)) + images[:, 0, :2, 4:].mean((1, 2))
    return torch.stack([torch.zeros_like(score), score], 1)


def test_one_cause_split_over_channels_is_one_group() -> None:
    groups = find_groups(decode, classifier, X, target=1, count=5)
    assert [set(group.slide.coordinates) for group in groups] == [{0, 1, 2}, {4}]
    ways = dict(zip(groups[0].slide.coordinates, groups[0].slide.directions, strict=True))
    assert ways == {0: 1, 1: 1, 2: 0}


def test_effects_are_joint_and_both_ways() -> None:
    first, second = find_groups(decode, classifier, X, target=1, count=5, grouping=Grouping(follow=1.0))
    inside, parts = classifier(decode(X)).argmax(1) == 1, X[:, 0] + X[:, 1] - X[:, 2]
    ends = Ends.of(parts[:, None])  # the slopes of all three are alike, so that the group reads their sum
    assert first.towards == pytest.approx(float((ends.high - parts)[~inside].mean()))
    assert first.away == pytest.approx(float((parts - ends.low)[inside].mean()))
    assert first.effect == pytest.approx(float(2 * parts.std()))
    assert first.effect > second.effect


def test_the_other_class_has_the_same_groups_reversed() -> None:
    def mirrored(images: Tensor) -> Tensor:
        own = classifier(images)[:, 1]
        return torch.stack([-own, own], 1)

    one, zero = (find_groups(decode, mirrored, X, target=target, count=5) for target in (1, 0))
    assert len(one) == 2
    for there, back in zip(one, zero, strict=True):
        assert torch.allclose(back.slide.reversed().applied(X), there.slide.applied(X))
        assert back.towards == pytest.approx(there.away)


def test_a_cause_in_two_places_has_one_slider() -> None:
    def doubled(styles: Tensor) -> Tensor:  # 6 shows the first cause once more, somewhere else
        images = decode(styles)
        images[:, :, 2, :3] = styles[:, 6, None, None]
        return images

    def reader(images: Tensor) -> Tensor:
        return classifier(images) + torch.stack([torch.zeros(len(images)), images[:, 0, 2, 0]], 1)

    together = X.clone()
    together[:, 6] = X[:, 0] + X[:, 1] - X[:, 2] + 0.1 * X[:, 6]
    first, second = find_groups(doubled, reader, together, target=1, count=5)
    assert set(second.slide.coordinates) == {4}
    moved = first.slide.applied(together) - together
    assert set(moved.abs().amax(0).nonzero()[:, 0].tolist()) >= {0, 1, 2, 6}


def test_what_is_compared_can_forget_the_place() -> None:
    def pooled(images: Tensor) -> Tensor:
        return images[:, :, :2].mean((2, 3))

    (group,) = find_groups(decode, classifier, X, target=1, count=5, grouping=Grouping(describe=pooled))
    assert set(group.slide.coordinates) == {0, 1, 2, 4}


def test_damage_at_both_ends_ranks_below_what_speaks_one_way() -> None:
    def damaged(styles: Tensor) -> Tensor:  # 6 fades everything when it leaves the middle, a little less on one side
        images, far = decode(styles), styles[:, 6] + 0.1
        return images * (1 - 0.3 * far.square()).clamp(min=0)[:, None, None, None]

    groups = find_groups(damaged, classifier, X, target=1, count=9)
    assert [set(group.slide.coordinates) for group in groups][:2] == [{0, 1, 2}, {4}]
    assert all(group.effect < groups[1].effect / 3 for group in groups[2:])


def test_coordinates_that_are_not_among_take_no_part() -> None:
    groups = find_groups(decode, classifier, X, target=1, count=5, among=[1, 2, 5])
    assert [set(group.slide.coordinates) for group in groups] == [{1, 2}]
    assert find_groups(decode, classifier, X, target=1, count=5, among=[5, 6]) == []


def test_a_class_that_nobody_has_still_has_one_way() -> None:
    groups = find_groups(decode, lambda images: classifier(images) - torch.tensor([0.0, 99.0]), X, target=1, count=1)
    assert groups[0].away != groups[0].away  # NaN: nobody could be moved away
    assert groups[0].effect > 0 and groups[0].towards > 0


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="expected `pool` and `images` of at least 1 and `distance` between 0 and 2"):
        Grouping(distance=3)


def test_what_does_next_to_nothing_is_no_group() -> None:
    def reader(images: Tensor) -> Tensor:
        return classifier(images) + torch.stack([torch.zeros(len(images)), 0.2 * images[:, 0, 3, 0]], 1)

    few, all_ = (
        find_groups(decode, reader, X, target=1, count=5, grouping=Grouping(least=least)) for least in (0.2, 0.0)
    )
    assert [set(group.slide.coordinates) for group in few] == [{0, 1, 2}, {4}]
    assert [set(group.slide.coordinates) for group in all_] == [{0, 1, 2}, {4}, {5}]


def test_a_cause_that_no_coordinate_turns_alone_is_found_as_a_component() -> None:
    generator = torch.Generator().manual_seed(4)
    coin = torch.rand(2000, generator=generator).round().double() * 2 - 1
    other = torch.rand(2000, 3, generator=generator).double() * 2 - 1
    thin = torch.cat([coin[:, None] + 0.3 * other[:, :1], coin[:, None] - 0.3 * other[:, :1]] * 20, 1)  # 40 coordinates
    population = torch.cat([thin, other], 1)

    def drawn(styles: Tensor) -> Tensor:  # the marker follows the majority, so that its slope is zero
        images = torch.zeros(len(styles), 3, 4, 6, dtype=styles.dtype)
        images[:, :, :2, :2] = styles[:, :40].sum(1).sign()[:, None, None, None] + 0 * styles[:, :1, None, None]
        images[:, :, :2, 4:] = 1.5 * styles[:, 40, None, None, None]
        return images

    alone, found = (
        find_groups(
            drawn, classifier, population[:100], target=1, count=5, population=population,
            grouping=Grouping(components=components),
        )
        for components in (0, 64)
    )  # fmt: skip
    assert [set(group.slide.coordinates) for group in alone] == [{40}]
    moved = drawn(found[0].slide.applied(population)) - drawn(population)
    assert len(found) == 2 and found[0].effect > alone[0].effect
    assert (moved[:, 0, 0, 0] == 2 * (coin < 0)).all()
    assert moved[:, 0, 0, 5].abs().mean() < 0.1, "the component leaves the other cause alone"


def test_a_component_that_is_the_class_itself_is_no_reason() -> None:
    generator = torch.Generator().manual_seed(5)
    kind = torch.rand(1000, 1, generator=generator).round().double() * 2 - 1
    population = kind * torch.tensor([1.0, 1, 1, 1]) + 0.3 * torch.rand(1000, 4, generator=generator).double()

    def drawn(styles: Tensor) -> Tensor:
        return styles[:, None, :, None].expand(-1, 3, -1, 2)

    def reader(images: Tensor) -> Tensor:
        score = images[:, 0, 0, 0] + images[:, 0, 1, 0]
        return torch.stack([torch.zeros_like(score), score], 1)

    def sizes(restates: float) -> list[int]:
        grouping = Grouping(restates=restates)
        groups = find_groups(
            drawn, reader, population[:100], target=1, count=5, population=population, grouping=grouping
        )
        return [len(group.slide.coordinates) for group in groups]

    assert sizes(restates=1.1) == [4]
    assert sizes(restates=0.9) == [1]
