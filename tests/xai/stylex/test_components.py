"""Numbers that vary by themselves are found, however they are mixed."""

import pytest
import torch
from torch import Tensor

from xai.stylex.components import independent_readings


def sources(n: int, *, seed: int = 0) -> Tensor:
    """A coin, an even number and one of three values, each with variance 1."""
    generator = torch.Generator().manual_seed(seed)
    coin = torch.rand(n, generator=generator).round() * 2 - 1
    even = (torch.rand(n, generator=generator) * 2 - 1) * 3**0.5
    third = (torch.randint(3, (n,), generator=generator) - 1) * 1.5**0.5
    return torch.stack([coin, even, third], 1)


def mixed(parts: Tensor, *, size: int = 20) -> Tensor:
    """Styles that each hold a little of everything."""
    return 5 + parts @ torch.randn(parts.shape[1], size, generator=torch.Generator().manual_seed(1))


def test_sources_come_back_from_any_mixture() -> None:
    parts = sources(4000)
    found = torch.stack([reading.of(mixed(parts)) for reading in independent_readings(mixed(parts))], 1)
    together = torch.corrcoef(torch.cat([parts, found], 1).T)[:3, 3:].abs()
    assert together.shape == (3, 3)
    assert (together.amax(1) > 0.99).all()
    assert set(together.argmax(1).tolist()) == {0, 1, 2}


def test_readings_have_unit_variance_and_name_first_what_goes_with_them() -> None:
    styles = mixed(sources(2000))
    for reading in independent_readings(styles):
        number = reading.of(styles)
        assert number.std().item() == pytest.approx(1, rel=1e-3)
        together = torch.corrcoef(torch.cat([styles, number[:, None]], 1).T)[-1, :-1].abs()
        named = together[list(reading.coordinates)]
        assert (named.diff() <= 1e-6).all() and sorted(reading.coordinates) == list(range(20))


def test_what_never_moves_is_no_obstacle() -> None:
    styles = torch.cat([mixed(sources(1000)), torch.full((1000, 3), 0.1)], 1)
    found = independent_readings(styles)
    assert len(found) == 3
    assert all(set(reading.coordinates[-3:]) == {20, 21, 22} for reading in found)


def test_few_images_find_few_components_or_none() -> None:
    assert independent_readings(mixed(sources(199))) == []
    assert len(independent_readings(mixed(sources(200)))) == 2
    assert len(independent_readings(mixed(sources(1000)), most=2)) == 2


def test_the_search_is_the_same_for_the_same_seed() -> None:
    styles = mixed(sources(1000))
    assert independent_readings(styles, seed=3) == independent_readings(styles, seed=3)
