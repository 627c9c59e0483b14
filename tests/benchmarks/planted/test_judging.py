import numpy as np
import pytest
import torch

from benchmarks.metrics import bootstrap, percentile_interval, resample_counts
from benchmarks.planted.judging import MEASURES, absolute_mass, pointing, positive_mass, random_maps

MAPS = torch.randn(40, 8, 9, generator=torch.Generator().manual_seed(0))
MASKS = torch.rand(40, 8, 9, generator=torch.Generator().manual_seed(1)) < 0.3


def slowly(measure: str, one: np.ndarray, mask: np.ndarray) -> float:
    inside, total, best = 0.0, 0.0, -np.inf
    for place in np.ndindex(one.shape):
        mass = abs(one[place]) if measure == "absolute_mass" else max(one[place], 0)
        total += mass
        inside += mass * mask[place]
        best = max(best, one[place])
    if measure != "pointing":
        return inside / total
    return float(np.mean([mask[place] for place in np.ndindex(one.shape) if one[place] == best]))


@pytest.mark.parametrize("measure", MEASURES)
def test_against_a_slow_reference(measure: str) -> None:
    fast = MEASURES[measure](MAPS, MASKS)
    assert fast.dtype == torch.float64
    slow = [slowly(measure, one.double().numpy(), mask.numpy()) for one, mask in zip(MAPS, MASKS, strict=True)]
    np.testing.assert_allclose(fast, slow, rtol=1e-12)
    assert measure == MEASURES[measure].__name__


@pytest.mark.parametrize("measure", MEASURES)
def test_laws(measure: str) -> None:
    score = MEASURES[measure]
    everything, nothing = torch.ones_like(MASKS), torch.zeros_like(MASKS)
    np.testing.assert_allclose(score(MAPS, everything), 1)
    assert (score(MAPS, nothing) == 0).all()
    np.testing.assert_allclose(score(MAPS, MASKS) + score(MAPS, ~MASKS), 1, err_msg="what is not inside is outside")
    np.testing.assert_allclose(score(MASKS.double(), MASKS), 1, err_msg="the mask as a map")
    assert (score((~MASKS).double(), MASKS) == 0).all()
    for scale in (1e-300, 1e300):
        np.testing.assert_allclose(score(MAPS.double() * scale, MASKS), score(MAPS, MASKS), err_msg=str(scale))


@pytest.mark.parametrize("measure", MEASURES)
def test_random_maps_score_the_area_share(measure: str) -> None:
    """Within the interval as often as an interval of 95 % should, over many draws."""
    counts, generator, runs = resample_counts(200, 300, seed=0), torch.Generator().manual_seed(3), 60
    within = 0
    for _ in range(runs):
        masks = torch.rand(200, 6, 6, generator=generator) < 0.2
        scores = MEASURES[measure](random_maps(masks, generator=generator), masks)
        excess = (scores - masks.double().mean((1, 2))).numpy()
        samples = bootstrap(lambda weights, gap=excess: weights @ gap / weights.sum(1), counts)
        low, high = percentile_interval(samples, excess.mean())
        within += low <= 0 <= high
    assert within / runs >= 0.85


def test_negative_attributions_count_for_the_absolute_mass_alone() -> None:
    maps = torch.tensor([[[4.0, -4.0], [0.0, 0.0]]])
    mask = torch.tensor([[[False, True], [False, False]]])
    assert positive_mass(maps, mask).item() == 0
    assert absolute_mass(maps, mask).item() == 0.5
    assert pointing(maps, mask).item() == 0


def test_a_constant_map_points_at_its_chance_and_not_at_the_first_pixel() -> None:
    mask = torch.zeros(1, 4, 4, dtype=torch.bool)
    mask[0, 0, 0] = True
    assert pointing(torch.zeros(1, 4, 4), mask).item() == 1 / 16


def test_what_has_no_answer_is_not_a_number() -> None:
    mask = torch.ones(4, 2, 2, dtype=torch.bool)
    maps = torch.stack([torch.zeros(2, 2), -torch.ones(2, 2), torch.eye(2) / 0, torch.full((2, 2), torch.nan)])
    assert positive_mass(maps, mask).isnan().tolist() == [True, True, True, True]
    assert absolute_mass(maps, mask).isnan().tolist() == [True, False, True, True]
    assert pointing(maps, mask).isnan().tolist() == [False, False, True, True]


def test_maps_may_carry_gradients_and_half_precision() -> None:
    assert not positive_mass(MAPS.clone().requires_grad_(), MASKS).requires_grad
    np.testing.assert_allclose(positive_mass(MAPS.half(), MASKS), positive_mass(MAPS, MASKS), atol=1e-3)


@pytest.mark.parametrize("measure", MEASURES)
def test_errors(measure: str) -> None:
    with pytest.raises(
        ValueError, match=r"expected maps and masks of one shape \(N, H, W\), got \(40, 8, 9\) and \(1,"
    ):
        MEASURES[measure](MAPS, MASKS[:1])
    with pytest.raises(TypeError, match="expected masks as bool, got torch.float32"):
        MEASURES[measure](MAPS, MASKS.float())
