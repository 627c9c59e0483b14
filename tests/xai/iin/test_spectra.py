"""Factors are counted where they are, and only there."""

import pytest
import scipy.linalg
import torch
from torch import Tensor

from tests.xai.iin.gaussian_pairs import RHO, SIZES, WIDTH, columns, normal, planted
from xai.iin.pairs import join_pairs, pairs_alike
from xai.iin.spectra import factor_spectra


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def inside(directions: Tensor, axes: list[int]) -> float:
    """Smallest cosine between the span of directions and the axes."""
    return torch.linalg.svdvals(directions[axes])[-1].item()


def test_directions_sizes_and_correlation_of_factors_that_share() -> None:
    data = planted()
    for spectrum in factor_spectra(data.latents, data.pairs, generator=generator()):
        size = SIZES[spectrum.factor]
        assert spectrum.size == size
        assert inside(spectrum.directions, columns(spectrum.factor)) > 0.98
        assert torch.allclose(spectrum.values[:size], torch.tensor(RHO).double(), atol=0.015)
        assert spectrum.values[size:].abs().max() < spectrum.null
        assert f"{spectrum.factor}: {size} dimensions" in spectrum.statement
        assert spectrum.pairs == 1500


def test_directions_and_sizes_of_factors_that_alone_differ() -> None:
    data = planted(but=True)
    for spectrum in factor_spectra(data.latents, data.pairs, generator=generator()):
        assert spectrum.size == SIZES[spectrum.factor]
        assert inside(spectrum.directions, columns(spectrum.factor)) > 0.98
        assert spectrum.values[-1] == pytest.approx(1 - RHO, abs=0.01)


def test_a_coin_is_not_represented() -> None:
    features = normal(500, 16)
    absent = 0
    for seed in range(20):
        coin = torch.randint(2, (500,), generator=generator(seed))
        pairs = join_pairs({"coin": pairs_alike(coin, generator=generator(seed))})
        (spectrum,) = factor_spectra(features, pairs, generator=generator(seed))
        absent += spectrum.size == 0
        assert ("not represented" in spectrum.statement) == (spectrum.size == 0)
    assert absent >= 19


def test_an_edit_that_changes_nothing_is_not_represented() -> None:
    features = normal(40, 4)
    rows = torch.stack([torch.arange(40), torch.arange(40) + 40], 1)
    (spectrum,) = factor_spectra(features.repeat(2, 1), join_pairs({}, {"edit": rows}), generator=generator())
    assert spectrum.size == 0
    assert "not represented" in spectrum.statement


def test_contradictory_pairs_are_named() -> None:
    first = normal(300, 4)
    second = normal(300, 4, seed=1)
    second[:, 2] = -first[:, 2]
    rows = torch.stack([torch.arange(300), torch.arange(300) + 300], 1)
    (spectrum,) = factor_spectra(torch.cat([first, second]), join_pairs({"hue": rows}), generator=generator())
    assert spectrum.statement.startswith("hue: contradictory pairs; partners differ systematically")
    assert spectrum.size == 0


def test_certainty_is_shared_over_unshared_variance_up_to_a_bound() -> None:
    data = planted(300)
    for spectrum in factor_spectra(data.latents, data.pairs, generator=generator()):
        for value, certainty in zip(spectrum.values, spectrum.certainty, strict=False):
            assert certainty == pytest.approx(min(value.item() / (1 - value.item()), 99))
    rows = torch.stack([torch.arange(300), torch.arange(300)], 1)
    (same,) = factor_spectra(normal(300, 3), join_pairs({"all": rows}), generator=generator())
    assert same.certainty.tolist() == pytest.approx([99, 99, 99])


def test_sizes_are_capped_on_request_and_too_few_pairs_are_refused() -> None:
    data = planted(200)
    sizes = [one.size for one in factor_spectra(data.latents, data.pairs, largest=1, generator=generator())]
    assert sizes == [1, 1]
    single = join_pairs({"hue": torch.tensor([[0, 1]])})
    with pytest.raises(ValueError, match="expected at least 20 pairs that share 'hue' alone, .*, got 1 and 0"):
        factor_spectra(data.latents, single, generator=generator())


def test_the_spectrum_is_that_of_the_written_out_covariance() -> None:
    data = planted(100)
    spectrum = factor_spectra(data.latents, data.pairs, generator=generator())[1]
    first, second = data.latents[:100], data.latents[200:]
    centre = torch.cat([first, second]).mean(0)
    cross, within = (torch.zeros(WIDTH, WIDTH, dtype=torch.float64) for _ in range(2))
    for a, b in zip(first - centre, second - centre, strict=True):
        cross += (torch.outer(a, b) + torch.outer(b, a)) / 200
        within += (torch.outer(a, a) + torch.outer(b, b)) / 200
    pulled = (200 * within + WIDTH * torch.eye(WIDTH)) / (200 + WIDTH)
    values, vectors = scipy.linalg.eigh(cross.numpy(), pulled.numpy())
    assert spectrum.values.tolist() == pytest.approx(values[::-1].tolist())
    assert torch.linalg.svdvals(spectrum.directions.T @ torch.linalg.qr(torch.tensor(vectors[:, -1:])).Q) > 1 - 1e-9
