"""Corruption error and its means, normalised by AlexNet as on ImageNet-C.

Sums over severities are divided, not ratios averaged; a missing corruption is an error, never averaged away.

Reference:
    Hendrycks and Dietterich, Benchmarking Neural Network Robustness to Common Corruptions and Perturbations,
    ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.metrics.alexnet import (
    ALEXNET_CLEAN_ERROR,
    ALEXNET_MEAN_ERROR,
    ALEXNET_SEVERITY_ERROR,
    TEST_CORRUPTIONS,
)

__all__ = [
    "corruption_errors",
    "mean_corruption_error",
    "normalise",
    "normalise_relative",
    "relative_corruption_errors",
    "relative_mean_corruption_error",
    "severity_corruption_errors",
]

Errors = Mapping[str, Sequence[float] | npt.NDArray[np.float64]]


def normalise(name: str, mean_error: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """CE = 100 mean_s E[s] / mean_s E_AlexNet[s], in percent.

    Args:
        name: a corruption of :data:`ALEXNET_MEAN_ERROR`.
        mean_error: mean error over severities 1..5, a fraction; any shape, such as one figure per resample.

    Returns:
        The corruption error in percent, of the same shape.
    """
    return 100 * mean_error / ALEXNET_MEAN_ERROR[name]


def normalise_relative(
    name: str, mean_error: npt.NDArray[np.float64], clean_error: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Relative CE = 100 mean_s (E[s] - E[clean]) / mean_s (E_AlexNet[s] - E_AlexNet[clean]), in percent.

    Args:
        name: a corruption of :data:`ALEXNET_MEAN_ERROR`.
        mean_error: mean error over severities 1..5, a fraction; any shape.
        clean_error: error on clean images, a fraction; of a shape that broadcasts with ``mean_error``.

    Returns:
        The relative corruption error in percent, of the broadcast shape; it may exceed 100.
    """
    return 100 * (mean_error - clean_error) / (ALEXNET_MEAN_ERROR[name] - ALEXNET_CLEAN_ERROR)


def corruption_errors(errors: Errors) -> dict[str, float]:
    """CE of each corruption in percent: 100 is AlexNet, lower is better.

    Args:
        errors: {corruption: [error at severity 1..5]}, fractions; test and extra corruptions, not all needed.

    Returns:
        {corruption: CE in percent}, in the order given.

    Raises:
        ValueError: an unknown corruption, other than five severities, or an error outside [0, 1].

    Example:
        >>> corruption_errors({"fog": [0.4, 0.45, 0.5, 0.55, 0.7]})["fog"]
        63.466...
    """
    return {name: float(normalise(name, values.mean())) for name, values in _checked(errors).items()}


def relative_corruption_errors(errors: Errors, clean_error: float) -> dict[str, float]:
    """Relative CE of each corruption in percent: how much is lost from clean, next to what AlexNet loses.

    Args:
        errors: {corruption: [error at severity 1..5]}, fractions.
        clean_error: error on clean images, a fraction.

    Returns:
        {corruption: relative CE in percent}, in the order given.

    Raises:
        ValueError: as :func:`corruption_errors`, or ``clean_error`` outside [0, 1].
    """
    clean = _checked_clean(clean_error)
    return {name: float(normalise_relative(name, values.mean(), clean)) for name, values in _checked(errors).items()}


def severity_corruption_errors(errors: Errors) -> dict[str, tuple[float, ...]]:
    """Error over AlexNet's at the same severity, in percent, for each of the five severities.

    Args:
        errors: {corruption: [error at severity 1..5]}, fractions; test corruptions only.

    Returns:
        {corruption: (percent at severity 1, ..., 5)}.

    Raises:
        ValueError: as :func:`corruption_errors`, or an extra corruption, published without severities.
    """
    checked = _checked(errors)
    extras = [name for name in checked if name not in ALEXNET_SEVERITY_ERROR]
    if extras:
        raise ValueError(f"expected corruptions with AlexNet errors per severity, got {extras}; leave them out")
    return {
        name: tuple((100 * values / np.array(ALEXNET_SEVERITY_ERROR[name])).tolist())
        for name, values in checked.items()
    }


def mean_corruption_error(errors: Errors) -> float:
    """MCE: the mean of CE over the fifteen test corruptions, in percent.

    Args:
        errors: {corruption: [error at severity 1..5]}, fractions. All fifteen test corruptions; the four
            extras may be there and do not count.

    Returns:
        mCE in percent: 100 is AlexNet, 76.7 the ResNet-50 of the paper's time, lower is better.

    Raises:
        ValueError: a test corruption is missing (the message names it), or as :func:`corruption_errors`.

    Example:
        >>> round(mean_corruption_error({name: [0.5] * 5 for name in TEST_CORRUPTIONS}), 3)
        64.673
    """
    _require_all(errors)
    scores = corruption_errors(errors)
    return float(np.mean([scores[name] for name in TEST_CORRUPTIONS]))


def relative_mean_corruption_error(errors: Errors, clean_error: float) -> float:
    """Relative mCE: the mean of the relative CE over the fifteen test corruptions, in percent.

    Args:
        errors: as :func:`mean_corruption_error`.
        clean_error: error on clean images, a fraction.

    Returns:
        Relative mCE in percent; it may exceed 100.

    Raises:
        ValueError: as :func:`mean_corruption_error`, or ``clean_error`` outside [0, 1].
    """
    _require_all(errors)
    scores = relative_corruption_errors(errors, clean_error)
    return float(np.mean([scores[name] for name in TEST_CORRUPTIONS]))


def _require_all(errors: Errors) -> None:
    missing = [name for name in TEST_CORRUPTIONS if name not in errors]
    if missing:
        raise ValueError(
            f"expected all fifteen test corruptions, missing {missing}; "
            "report the unnormalised mean of those at hand under another name"
        )


def _checked(errors: Errors) -> dict[str, npt.NDArray[np.float64]]:
    unknown = [name for name in errors if name not in ALEXNET_MEAN_ERROR]
    if unknown:
        raise ValueError(f"expected corruptions with a published AlexNet error, got {unknown}")
    checked = {name: np.asarray(values, dtype=np.float64) for name, values in errors.items()}
    for name, values in checked.items():
        if values.shape != (5,):
            raise ValueError(f"expected errors at severities 1..5 for {name}, got shape {values.shape}")
        if not ((values >= 0) & (values <= 1)).all():  # also catches NaN
            raise ValueError(f"expected errors of {name} as fractions in [0, 1], got {values.tolist()}")
    return checked


def _checked_clean(clean_error: float) -> npt.NDArray[np.float64]:
    if not 0 <= clean_error <= 1:
        raise ValueError(f"expected `clean_error` as a fraction in [0, 1], got {clean_error}")
    return np.float64(clean_error)  # type: ignore[return-value]
