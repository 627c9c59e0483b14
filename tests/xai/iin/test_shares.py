"""Shares of variance: 0 within the interval where nothing is shared, and the planted share where something is."""

import pytest
import torch

from tests.xai.iin.gaussian_pairs import RHO, normal, planted
from xai.iin.pairs import RESIDUAL, join_pairs, pairs_alike
from xai.iin.shares import factor_shares, softmax_sizes


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_independent_pairs_share_nothing() -> None:
    features = normal(300, 6)
    covered = 0
    for seed in range(20):
        coin = torch.randint(2, (300,), generator=generator(seed))
        pairs = join_pairs({"coin": pairs_alike(coin, generator=generator(seed))})
        share = factor_shares(features, pairs, resamples=200, seed=seed)["coin"]
        covered += share.low <= 0 <= share.high
        assert abs(share.value) < 0.15
    assert covered >= 18


def test_planted_shares_are_found() -> None:
    """Whitened latents: the share of a factor is its correlation times its part of the dimensions."""
    data = planted()
    shares = factor_shares(data.latents, data.pairs, resamples=200)
    for factor, size in (("shape", 2), ("hue", 1)):
        expected = RHO * size / 12
        assert shares[factor].value == pytest.approx(expected, abs=0.02)
        assert shares[factor].low < expected < shares[factor].high
        assert shares[factor].low > 0
        assert shares[factor].n == 4500


def test_the_share_is_the_written_out_formula_in_standardised_units() -> None:
    data = planted(50)
    share = factor_shares(data.features * torch.linspace(1, 100, 12) + 7, data.pairs, resamples=10)["hue"]
    units = (data.features - data.features.mean(0)) / data.features.std(0, correction=0)
    rows = data.pairs.sharing("hue")
    mean = units[rows.flatten()].mean(0)
    covariance = sum(((units[a] - mean) * (units[b] - mean)).sum().item() for a, b in rows.tolist()) / len(rows)
    assert share.value == pytest.approx(covariance / 12)


def test_more_units_than_images_are_no_other_case() -> None:
    data = planted(30)
    wide = torch.cat([data.features] * 10, 1)
    narrow, same = (factor_shares(x, data.pairs, resamples=50)["hue"] for x in (data.features, wide))
    for end in ("value", "low", "high"):
        assert getattr(same, end) == pytest.approx(getattr(narrow, end))


def test_constant_units_do_not_matter_and_single_pairs_are_taken_as_they_are() -> None:
    features = normal(100, 4)
    dead = torch.cat([features, torch.full((100, 1), 0.1).double()], 1)
    pairs = join_pairs({"hue": torch.tensor([[0, 1]])})
    alive, also = (factor_shares(x, pairs, resamples=50)["hue"] for x in (features, dead))
    assert also.value == pytest.approx(alive.value)
    with pytest.raises(ValueError, match="expected finite features"):
        factor_shares(features.index_fill(0, torch.tensor(1), torch.nan), pairs)


def test_softmax_sizes_are_those_of_the_paper() -> None:
    """CompVis/iin, README: 64 dimensions of a classifier of coloured digits are 22, 11 and 31."""
    logits = torch.tensor([22.5, 11.5, 30.0]).log()
    shares = (logits - logits[2] + 1).tolist()
    assert softmax_sizes({"digit": shares[0], "colour": shares[1]}, 64) == {"digit": 22, "colour": 11, RESIDUAL: 31}
    assert sum(softmax_sizes({str(i): 0.1 for i in range(9)}, 17).values()) == 17
