"""Maps against masks: what each number is on maps whose evidence is known."""

import pytest
import torch

from xai.faithfulness import area_share, mass_in_mask, pointing_game


@pytest.fixture
def maps() -> torch.Tensor:
    return torch.randn(5, 6, 7, generator=torch.Generator().manual_seed(0))


def test_a_full_mask_holds_all_and_an_empty_one_nothing(maps: torch.Tensor) -> None:
    full = torch.ones(5, 6, 7, dtype=torch.bool)
    one = torch.ones(5, dtype=torch.float64)
    for measure in (mass_in_mask, pointing_game):
        assert torch.allclose(measure(maps, full), one)
        assert torch.equal(measure(maps, ~full), 0 * one)


def test_a_mask_disjoint_from_the_positive_pixels_holds_no_mass(maps: torch.Tensor) -> None:
    assert torch.equal(mass_in_mask(maps, maps <= 0), torch.zeros(5, dtype=torch.float64))
    assert torch.equal(pointing_game(maps, maps <= 0), torch.zeros(5, dtype=torch.float64))
    assert torch.allclose(mass_in_mask(maps, maps > 0), torch.ones(5, dtype=torch.float64))


def test_mass_is_shared_between_a_mask_and_its_complement_whatever_the_scale(maps: torch.Tensor) -> None:
    mask = torch.rand(5, 6, 7, generator=torch.Generator().manual_seed(1)) > 0.5
    share = mass_in_mask(maps, mask)
    assert torch.allclose(share + mass_in_mask(maps, ~mask), torch.ones(5, dtype=torch.float64))
    assert torch.allclose(share, mass_in_mask(maps * 1000, mask))
    slow = [
        sum(max(v, 0) for v in one[where].tolist()) / sum(max(v, 0) for v in one.flatten().tolist())
        for one, where in zip(maps, mask, strict=True)
    ]
    assert share.tolist() == pytest.approx(slow)


def test_highest_pixels_that_tie_count_by_their_share() -> None:
    tied = torch.zeros(2, 2, 3)
    tied[0, 0] = 1.0
    mask = torch.zeros(2, 2, 3, dtype=torch.bool)
    mask[:, :, 0] = True
    assert pointing_game(tied, mask).tolist() == pytest.approx([1 / 3, 1 / 3])  # the second map is flat


def test_maps_without_positive_values_score_as_chance() -> None:
    mask = torch.zeros(2, 4, 4, dtype=torch.bool)
    mask[:, :2, :2] = True
    assert area_share(mask).tolist() == [0.25, 0.25]
    empty = torch.stack([torch.zeros(4, 4), -torch.arange(16.0).view(4, 4)])
    assert mass_in_mask(empty, mask).tolist() == [0.25, 0.25]


@pytest.mark.parametrize("measure", [mass_in_mask, pointing_game])
@pytest.mark.parametrize(
    ("map_shape", "mask"),
    [
        ((2, 4, 4), torch.ones(2, 4, 4)),
        ((2, 4, 4), torch.ones(1, 4, 4, dtype=torch.bool)),
        ((4, 4), torch.ones(4, 4, dtype=torch.bool)),
    ],
    ids=["no bool", "other count", "no batch"],
)
def test_masks_that_do_not_fit_are_refused(measure: object, map_shape: tuple[int, ...], mask: torch.Tensor) -> None:
    assert callable(measure)
    with pytest.raises(ValueError, match=r"expected `masks` as bool of the maps' shape"):
        measure(torch.zeros(map_shape), mask)
