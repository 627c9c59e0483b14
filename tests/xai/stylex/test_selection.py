"""The choice beside the notebook's loop, and the cases in which that loop goes wrong."""

import numpy as np
import pytest
import torch

from xai.stylex.selection import chosen_pairs, usual_enough


def notebook(gains: np.ndarray, count: int, cap: float) -> list[int]:
    """The cumulative choice as the notebook has it, opposite directions ruled out, for as long as it is defined."""
    helpful, reached, out = np.maximum(gains, 0), np.zeros(len(gains)), []
    size = gains.shape[1] // 2
    while len(out) < count and (reached < cap).any():
        pair = int(np.argmax(helpful[reached < cap].mean(0)))
        out.append(pair)
        reached += helpful[:, pair]
        helpful[:, pair] = helpful[:, (pair + size) % (2 * size)] = 0
    return out


@pytest.mark.parametrize("cap", [0.5, 2.0, 50.0])
def test_as_the_notebook_until_every_image_is_explained(cap: float) -> None:
    gains = np.random.default_rng(0).normal(size=(30, 40)) * np.linspace(0.2, 2, 40)
    expected = notebook(gains.copy(), 12, cap)
    found = [pair for pair, _, _ in chosen_pairs(torch.from_numpy(gains), count=12, enough=cap)]
    assert found[: len(expected)] == expected
    assert len(found) == 12  # and then it starts over
    assert len({pair % 20 for pair in found}) == 12  # no coordinate twice, whichever way


def test_one_large_gain_explains_an_image_by_either_rule_and_small_ones_only_by_their_sum() -> None:
    small, other = [0.6, 0.5, 0.55, 0.1], [0.0, 0.0, 0.0, 0.4]
    gains = torch.zeros(4, 8)
    gains[:3, :4] = torch.tensor(small)
    gains[3, :4] = torch.tensor(other)
    sums = chosen_pairs(gains, count=3, enough=1.0, explained="cumulative")
    alone = chosen_pairs(gains, count=3, enough=1.0, explained="single")
    assert [pair for pair, _, _ in sums] == [0, 2, 3]  # after .6 + .55 only the last image is left
    assert [pair for pair, _, _ in alone] == [0, 2, 1]  # nobody ever gains 1 at once
    assert [images for _, _, images in sums] == [4, 4, 1]
    assert sums[2][1] == pytest.approx(0.4)


def test_what_helps_nobody_or_is_not_known_is_not_chosen() -> None:
    gains = torch.tensor([[1.0, -1.0, torch.nan, 0.0], [1.0, -5.0, torch.nan, 0.0]])
    assert chosen_pairs(gains, count=4, enough=0.5) == [(0, 1.0, 2)]
    assert chosen_pairs(-torch.ones(2, 4), count=4, enough=0.5) == []
    beyond = torch.tensor([[9.0, 2.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])  # nothing can help the second image
    assert [pair for pair, _, _ in chosen_pairs(beyond, count=4, enough=1.0)] == [0, 1]


def test_the_usual_gain_is_three_median_distances() -> None:
    logits = torch.tensor([[2.0, 0.0, 1.0], [1.0, 0.0, 5.0], [0.5, 0.0, 0.25]])
    assert usual_enough(logits, 1) == pytest.approx(6.0)


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(ValueError, match="expected `explained` in cumulative, single, got 'both'"):
        chosen_pairs(torch.zeros(1, 2), count=1, enough=1.0, explained="both")
