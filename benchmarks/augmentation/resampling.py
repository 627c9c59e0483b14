"""Intervals over two things that were drawn at random: the images of the test, and the seeds of the trainings.

Images and seeds are crossed: every trained network sees every image. Each resample draws both anew, the same images
and seeds for all recipes, so that differences are paired. Few seeds are a small sample, which two steps allow for:
one seed fewer is drawn than there are, which makes the resampled variance of their mean unbiased, and the percentiles
are taken as far out as Student's t with the interval's degrees of freedom lies beyond the normal distribution. The
degrees of freedom follow from how much of the variance is the seeds' (Satterthwaite), so that images, which are many,
cost nothing. Coverage is simulated in the tests.

Reference:
    Owen, The pigeonhole bootstrap, Annals of Applied Statistics 1, 2007 (crossed random effects).
    McCarthy and Snowden, The Bootstrap and Finite Population Sampling, 1985 (n - 1 draws).
    Hesterberg, What Teachers Should Know About the Bootstrap, 2015, section 5.3 (expanded percentiles).
    Satterthwaite, An Approximate Distribution of Estimates of Variance Components, Biometrics 2, 1946.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, t

from benchmarks.metrics import resample_counts, resamples_for
from benchmarks.summary.figures import Figure

__all__ = ["Draws", "Sampled", "draw_both", "joint_figure", "ratio_figure", "seed_figure"]

Array = npt.NDArray[np.float64]

_MANY = 1e6  # degrees of freedom that are as good as infinite


@dataclass(frozen=True, kw_only=True)
class Draws:
    """B resamples of N images and S seeds.

    Attributes:
        images: (B, N) how often each image is taken.
        seeds: (B, S) share of each seed; rows sum to 1.
    """

    images: npt.NDArray[np.uint8]
    seeds: Array


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """A figure of S networks that differ in their seed: values, and resamples over images alone.

    Attributes:
        values: (S,) on all images.
        samples: (S, B) on resampled images; (S, 1) of the value itself for a figure that no image enters.
        n: images behind each value.
        convention: what was computed.
    """

    values: Array
    samples: Array
    n: int
    convention: str

    def minus(self, other: "Sampled") -> "Sampled":
        """The difference of two figures on the same images and seeds."""
        return Sampled(
            values=self.values - other.values,
            samples=self.samples - other.samples,
            n=min(self.n, other.n),
            convention=self.convention,
        )


def draw_both(images: int, seeds: int, *, seed: int) -> Draws:
    """Draw the resamples that all figures of a comparison share.

    Args:
        images: N.
        seeds: S; one fewer is drawn, with replacement. A single seed is taken as it is.
        seed: of the draws.
    """
    resamples = resamples_for(images)
    generator = np.random.default_rng([seed, 1])
    taken = max(1, seeds - 1)
    chosen = generator.integers(seeds, size=(resamples, taken))
    shares = np.stack([np.bincount(row, minlength=seeds) for row in chosen]) / taken
    return Draws(images=resample_counts(images, resamples, seed), seeds=shares)


def joint_figure(sampled: Sampled, draws: Draws) -> Figure:
    """The mean over seeds with its interval over images and seeds.

    Seeds without a value (an AUROC without errors) leave the mean undefined.
    """
    mixed, of_images = _resampled_means(sampled, draws)
    return _figure(float(sampled.values.mean()), mixed, of_images, sampled)


def ratio_figure(numerator: Sampled, denominator: Sampled, draws: Draws) -> Figure:
    """The ratio of two means over seeds, as :func:`joint_figure`; ``numerator`` says n and the convention."""
    above, below = _resampled_means(numerator, draws), _resampled_means(denominator, draws)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = float(numerator.values.mean() / denominator.values.mean())
        return _figure(value, above[0] / below[0], above[1] / below[1], numerator)


def _resampled_means(sampled: Sampled, draws: Draws) -> tuple[Array, Array]:
    """(B,) means over seeds: of resampled seeds and images, and of resampled images alone."""
    samples = np.broadcast_to(sampled.samples, (len(sampled.values), len(draws.seeds)))
    return (draws.seeds * samples.T).sum(axis=1), samples.mean(axis=0)


def _figure(value: float, mixed: Array, of_images: Array, sampled: Sampled) -> Figure:
    seeds = len(sampled.values)
    low, high = _expanded(mixed, of_images, value, seeds=seeds)
    how = f"mean of {seeds} seeds; {len(mixed)} resamples of images and seeds, expanded percentile 95 %"
    return Figure(value, low, high, sampled.n, f"{sampled.convention}; {how}")


def seed_figure(sampled: Sampled, place: int) -> Figure:
    """The figure of one seed with its interval over images; without an interval where no image enters."""
    value, samples = float(sampled.values[place]), sampled.samples[place]
    how = f"one seed; {len(samples)} resamples of images, percentile 95 %"
    if len(samples) == 1:
        return Figure(value, value, value, sampled.n, f"{sampled.convention}; one seed, no interval")
    low, high = _percentiles(samples, value, 0.025)
    return Figure(value, low, high, sampled.n, f"{sampled.convention}; {how}")


def _expanded(mixed: Array, of_images: Array, value: float, *, seeds: int) -> tuple[float, float]:
    """Percentiles as far out as the degrees of freedom of the variance call for."""
    whole, images = _variance(mixed), _variance(of_images)
    of_seeds = max(whole - images, 0.0)
    freedom = _MANY
    if seeds > 1 and of_seeds > 0:
        freedom = min(_MANY, max(seeds - 1, whole**2 / (of_seeds**2 / (seeds - 1))))
    return _percentiles(mixed, value, float(norm.cdf(t.ppf(0.025, freedom))))


def _variance(samples: Array) -> float:
    """Of the defined ones; 0 where there are none."""
    defined = samples[~np.isnan(samples)]
    return float(defined.var()) if defined.size else 0.0


def _percentiles(samples: Array, value: float, share: float) -> tuple[float, float]:
    """The percentiles ``share`` from both ends, widened to hold ``value`` if need be; NaN if it is undefined."""
    defined = samples[~np.isnan(samples)]
    if np.isnan(value) or not defined.size:
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [share, 1 - share])
    return min(float(low), value), max(float(high), value)
