"""Pairs share what they say, and no image meets itself."""

import pytest
import torch

from xai.iin.pairs import Pairs, join_pairs, pairs_alike, pairs_close


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_partners_are_alike_and_each_image_is_met_once() -> None:
    values = torch.randint(4, (60,), generator=generator())
    values[7] = 9  # alone
    rows = pairs_alike(values, generator=generator())
    assert (values[rows[:, 0]] == values[rows[:, 1]]).all()
    assert (rows[:, 0] != rows[:, 1]).all()
    everyone_else = [row for row in range(60) if row != 7]
    assert rows[:, 0].sort().values.tolist() == rows[:, 1].sort().values.tolist() == everyone_else
    assert not torch.equal(rows, pairs_alike(values, generator=generator(1)))
    assert pairs_alike(torch.arange(5), generator=generator()).shape == (0, 2)


@pytest.mark.parametrize("width", [0.001, 0.05, 0.9])
def test_partners_are_close_in_rank(width: float) -> None:
    values = torch.randn(100, generator=generator())
    rows = pairs_close(values, generator=generator(), width=width)
    ranks = values.argsort().argsort()
    gap = (ranks[rows[:, 0]] - ranks[rows[:, 1]]).abs()
    assert rows[:, 0].sort().values.tolist() == list(range(100))
    assert gap.min() >= 1
    assert gap.max() <= max(1, min(round(width * 100), 50))
    assert pairs_close(values[:1], generator=generator()).shape == (0, 2)


def test_two_of_a_kind_make_one_pair() -> None:
    rows = pairs_alike(torch.arange(10) % 5, generator=generator())
    assert rows.sort(1).values.tolist() == [[0, 5], [1, 6], [2, 7], [3, 8], [4, 9]]


def test_only_the_rows_asked_for_are_paired() -> None:
    values, half = torch.arange(40) % 3, torch.arange(1, 40, 2)
    for rows in (
        pairs_alike(values, generator=generator(), rows=half),
        pairs_close(values.float(), generator=generator(), rows=half),
    ):
        assert set(rows.flatten().tolist()) == set(half.tolist())


def test_ties_do_not_order_the_images() -> None:
    rows = pairs_close(torch.zeros(200), generator=generator(), width=0.01)
    assert (rows[:, 0] - rows[:, 1]).abs().max() > 20


def test_joined_pairs_are_found_again_by_what_they_share() -> None:
    hue, shape, edited = (torch.tensor([[i, i + 1]]) for i in (0, 2, 4))
    pairs = join_pairs({"hue": hue, "shape": shape}, {"shape": edited})
    assert len(pairs) == 3
    assert pairs.factors == ("hue", "shape")
    assert torch.equal(pairs.sharing("hue"), hue)
    assert torch.equal(pairs.sharing("shape"), shape)
    assert torch.equal(pairs.all_but("shape"), edited)
    assert pairs.all_but("hue").shape == (0, 2)
    assert pairs.shared.tolist() == [[True, False, False], [False, True, False], [True, False, True]]


def test_pairs_that_make_no_sense_are_refused() -> None:
    rows, shared = torch.tensor([[0, 1]]), torch.tensor([[True, False]])
    with pytest.raises(ValueError, match="expected different names other than 'residual', got residual"):
        Pairs(factors=("residual",), rows=rows, shared=shared)
    with pytest.raises(ValueError, match=r"expected `rows` \(P, 2\) int64, got \(1, 2\) torch.float32"):
        Pairs(factors=("hue",), rows=rows.float(), shared=shared)
    with pytest.raises(ValueError, match=r"expected `shared` \(1, 2\) bool, got \(1, 1\) torch.bool"):
        Pairs(factors=("hue",), rows=rows, shared=shared[:, :1])
    with pytest.raises(ValueError, match="expected pairs of at least one factor, got none"):
        join_pairs({})
