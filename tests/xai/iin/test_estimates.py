"""The bootstrap against its textbook answer."""

import math

import pytest
import torch

from xai.iin.estimates import bootstrap, rate


def test_the_interval_of_a_mean_is_that_of_theory() -> None:
    x = torch.randn(400, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    (found,) = bootstrap(lambda w: w @ x / w.sum(1, keepdim=True), 400, convention="mean", resamples=4000)
    half = 1.96 * x.std(correction=0).item() / math.sqrt(400)
    assert found.value == pytest.approx(x.mean().item())
    assert found.low == pytest.approx(found.value - half, abs=0.05 * half)
    assert found.high == pytest.approx(found.value + half, abs=0.05 * half)
    assert (found.n, found.convention) == (400, "mean")


def test_every_resample_takes_as_many_images_and_chunks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[torch.Tensor] = []

    def first(weights: torch.Tensor) -> torch.Tensor:
        seen.append(weights.clone())
        return weights[:, :2]

    whole = bootstrap(first, 5, convention="", resamples=20, seed=3)
    drawn = torch.cat(seen[1:])
    assert drawn.shape == (20, 5)
    assert (drawn.sum(1) == 5).all()
    monkeypatch.setattr("xai.iin.estimates._CHUNK", 15)
    assert bootstrap(first, 5, convention="", resamples=20, seed=3) == whole


def test_undefined_resamples_are_left_out_and_one_image_has_no_spread() -> None:
    (found,) = bootstrap(lambda w: torch.where(w[:, :1] == 0, math.nan, 2.0), 3, convention="")
    assert (found.value, found.low, found.high) == (2.0, 2.0, 2.0)
    (single,) = bootstrap(lambda w: 7 * w, 1, convention="")
    assert (single.value, single.low, single.high, single.n) == (7.0, 7.0, 7.0, 1)
    with pytest.raises(ValueError, match="expected at least one image to judge by, got 0"):
        bootstrap(lambda w: w, 0, convention="")


def test_rates_have_wilsons_interval() -> None:
    found = rate(3, 10, convention="share")
    for end in (found.low, found.high):  # the ends are the rates that lie 1.96 of their own deviations from 0.3
        assert abs(end - 0.3) == pytest.approx(1.96 * math.sqrt(end * (1 - end) / 10), rel=1e-4)
    assert (rate(0, 5, convention="").low, rate(5, 5, convention="").high) == (0.0, 1.0)
    with pytest.raises(ValueError, match="expected `successes` in 0..`n` of at least one image, got 6 of 5"):
        rate(6, 5, convention="")
