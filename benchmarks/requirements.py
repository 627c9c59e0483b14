"""Requirements on a finished run: ``accuracy>=0.9`` holds or fails, for use in continuous integration."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

__all__ = ["Requirement", "Verdict", "judge", "parse_requirement"]

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_PATTERN = re.compile(r"\s*(\w+)(?:\.(value|low|high))?\s*(>=|<=|>|<)\s*([-+.\deE]+)\s*")


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """A bound on a headline metric: ``metric``, the ``figure`` of it (value, low or high), comparison, bound."""

    metric: str
    figure: str
    comparison: str
    bound: float

    def __str__(self) -> str:
        figure = "" if self.figure == "value" else f".{self.figure}"
        return f"{self.metric}{figure}{self.comparison}{self.bound:g}"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a requirement met in one row of the headline table."""

    requirement: Requirement
    model: str
    value: float
    low: float
    high: float
    n: int
    holds: bool


def parse_requirement(text: str) -> Requirement:
    """Read a requirement.

    Args:
        text: ``metric`` or ``metric.low`` or ``metric.high``, one of ``>= <= > <``, a number. ``.low`` and
            ``.high`` put the bound on an end of the 95 % interval, so that chance alone does not pass it.

    Raises:
        ValueError: the text has another form.

    Example:
        >>> str(parse_requirement("accuracy.low >= 0.9"))
        'accuracy.low>=0.9'
    """
    match = _PATTERN.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        bound = float(match[4])
    except ValueError:
        raise ValueError(
            f"expected a requirement such as 'accuracy>=0.9' or 'accuracy.low>=0.9', got {text!r}"
        ) from None
    return Requirement(metric=match[1], figure=match[2] or "value", comparison=match[3], bound=bound)


def judge(requirement: Requirement, headline: pd.DataFrame) -> list[Verdict]:
    """Compare a requirement with every model of a run. An undefined figure does not hold.

    Raises:
        ValueError: the run has no such metric.
    """
    rows = headline[headline["metric"] == requirement.metric]
    if rows.empty:
        known = ", ".join(dict.fromkeys(headline["metric"]))
        raise ValueError(f"expected a metric among {known}, got {requirement.metric!r}")
    compare = _OPERATORS[requirement.comparison]
    return [
        Verdict(
            requirement=requirement,
            model=str(row["model"]),
            value=float(row["value"]),
            low=float(row["low"]),
            high=float(row["high"]),
            n=int(row["n"]),
            holds=compare(float(row[requirement.figure]), requirement.bound),
        )
        for _, row in rows.iterrows()
    ]
