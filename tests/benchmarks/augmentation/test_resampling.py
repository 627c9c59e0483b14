"""Laws of the joint resampling, and the coverage that its docstring promises."""

import numpy as np
import pytest

from benchmarks.augmentation.resampling import Draws, Sampled, draw_both, joint_figure, seed_figure

TRUTH = 0.02


def sampled(outcomes: np.ndarray, draws: Draws) -> Sampled:
    """The means of (S, N) outcomes."""
    weights = draws.images / draws.images.shape[1]
    return Sampled(values=outcomes.mean(axis=1), samples=outcomes @ weights.T, n=outcomes.shape[1], convention="mean")


def test_draws_are_repeatable_and_sum_up() -> None:
    draws = draw_both(30, 5, seed=3)
    assert np.array_equal(draws.images, draw_both(30, 5, seed=3).images)
    assert np.array_equal(draws.seeds, draw_both(30, 5, seed=3).seeds)
    assert not np.array_equal(draws.seeds, draw_both(30, 5, seed=4).seeds)
    assert draws.seeds.shape == (1000, 5) and np.allclose(draws.seeds.sum(axis=1), 1)
    assert set(np.unique(draws.seeds * 4)) <= {0, 1, 2, 3, 4}, "one seed fewer is drawn than there are"


def test_one_seed_fewer_makes_the_variance_unbiased() -> None:
    values = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    draws = draw_both(4, 5, seed=0)
    resampled = draws.seeds @ values
    assert np.var(resampled) == pytest.approx(values.var(ddof=1) / 5, rel=0.1)


def test_no_interval_where_nothing_varies() -> None:
    draws = draw_both(50, 3, seed=0)
    figure = joint_figure(sampled(np.full((3, 50), 0.25), draws), draws)
    assert figure.value == pytest.approx(0.25) and figure.low == pytest.approx(0.25) == figure.high


def test_a_single_seed_leaves_the_images_alone() -> None:
    outcomes = np.random.default_rng(0).normal(size=(1, 200))
    draws = draw_both(200, 1, seed=0)
    one = sampled(outcomes, draws)
    assert joint_figure(one, draws)[:3] == pytest.approx(seed_figure(one, 0)[:3], abs=1e-3)


def test_pairing_narrows_a_difference() -> None:
    generator = np.random.default_rng(0)
    hard, draws = generator.normal(size=200), draw_both(200, 5, seed=0)
    first = sampled(hard + generator.normal(0, 0.1, (5, 200)), draws)
    second = sampled(hard + 0.1 + generator.normal(0, 0.1, (5, 200)), draws)
    alone, paired = joint_figure(first, draws), joint_figure(second.minus(first), draws)
    assert paired.high - paired.low < 0.3 * (alone.high - alone.low)
    assert paired.low > 0


def test_a_figure_without_images_has_an_interval_over_seeds_alone() -> None:
    draws = draw_both(20, 4, seed=0)
    speed = Sampled(values=np.array([1.0, 1.1, 0.9, 1.0]), samples=np.array([[1.0], [1.1], [0.9], [1.0]]), n=4,
                    convention="")  # fmt: skip
    figure = joint_figure(speed, draws)
    assert 0.9 <= figure.low < 1.0 < figure.high <= 1.1
    assert seed_figure(speed, 1)[:3] == (1.1, 1.1, 1.1)


def test_undefined_values_stay_undefined() -> None:
    draws = draw_both(20, 2, seed=0)
    broken = Sampled(values=np.array([np.nan, 0.5]), samples=np.full((2, 1000), 0.5), n=20, convention="")
    assert np.isnan(joint_figure(broken, draws)[:3]).all()


@pytest.mark.parametrize(("seeds", "of_seeds"), [(3, 0.15), (5, 0.15), (5, 0.03), (5, 0.0)])
def test_coverage_is_near_95_percent(seeds: int, of_seeds: float) -> None:
    """Images, seeds and their interaction, in different proportions; the truth is known."""
    generator, draws = np.random.default_rng(seeds), draw_both(100, seeds, seed=0)
    thinned = Draws(images=draws.images[:400], seeds=draws.seeds[:400])
    hits = []
    for _ in range(150):
        images = generator.normal(0, 0.3, 100)
        shifts = generator.normal(0, of_seeds, (seeds, 1))
        outcomes = TRUTH + images + shifts + generator.normal(0, 0.3, (seeds, 100))
        figure = joint_figure(sampled(outcomes, thinned), thinned)
        hits.append(figure.low <= TRUTH <= figure.high)
    assert 0.87 <= np.mean(hits) <= 1.0
