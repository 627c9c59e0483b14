"""Figures of each corruption: mean error over its severities, CE and relative CE."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.metrics import ALEXNET_MEAN_ERROR
from benchmarks.metrics.corruption import normalise, normalise_relative
from benchmarks.summary.cells import CellErrors
from benchmarks.summary.figures import FIGURE, resampled
from benchmarks.summary.panel import Panel, corrupted_cells

__all__ = ["CORRUPTIONS", "STORED", "CorruptionErrors", "corruption_errors", "corruption_rows", "origin"]

CORRUPTIONS = ["model", "condition_name", "metric", *FIGURE]
STORED = "images as stored"  # published ones, or an export of such a program: files do not say who made them

Array = npt.NDArray[np.float64]
Scores = dict[str, tuple[float, Array]]


@dataclass(frozen=True, kw_only=True)
class CorruptionErrors:
    """Errors of the corrupted conditions and what they give per corruption.

    Attributes:
        cells: places of the conditions that means over all corruptions count.
        places: {corruption: places of its conditions}, in the benchmark's order.
        severities: {corruption: its severities}.
        error: (S,) error of each condition, a fraction.
        error_samples: (S, B) resampled errors.
        ce, relative_ce: {corruption: (percent, (B,) resampled percents)}, where defined.
    """

    cells: list[int]
    places: dict[str, list[int]]
    severities: dict[str, list[int]]
    error: Array
    error_samples: Array
    ce: Scores
    relative_ce: Scores

    def describe(self) -> str:
        """How many corruptions and severities the means count."""
        counted = [name for name, places in self.places.items() if set(places) & set(self.cells)]
        numbers = {len(self.severities[name]) for name in counted}
        if len(numbers) == 1:
            return f"{len(counted)} corruptions x {numbers.pop()} severities"
        return f"{len(self.cells)} cells of {len(counted)} corruptions"


def corruption_errors(panel: Panel, errors: CellErrors, profile: str) -> CorruptionErrors:
    """Gather conditions by corruption; CE is defined on profile ``imagenet`` with all five severities."""
    places = _places(panel)
    severities = {name: [panel.conditions[s].severity for s in group] for name, group in places.items()}
    ce: Scores = {}
    relative: Scores = {}
    for name, group in places.items():
        if profile != "imagenet" or name not in ALEXNET_MEAN_ERROR or severities[name] != [1, 2, 3, 4, 5]:
            continue
        mean, samples = errors.error[group].mean(), errors.error_samples[group].mean(axis=0)
        ce[name] = float(normalise(name, mean)), normalise(name, samples)
        if panel.clean is not None:
            clean, clean_samples = errors.error[panel.clean], errors.error_samples[panel.clean]
            value = float(normalise_relative(name, mean, clean))
            relative[name] = value, normalise_relative(name, samples, clean_samples)
    return CorruptionErrors(
        cells=corrupted_cells(panel),
        places=places,
        severities=severities,
        error=errors.error,
        error_samples=errors.error_samples,
        ce=ce,
        relative_ce=relative,
    )


def corruption_rows(panel: Panel, corruptions: CorruptionErrors) -> Iterator[dict[str, Any]]:
    """Rows of the table ``corruptions``."""
    for name, group in corruptions.places.items():
        n = int(panel.ok[group].any(axis=0).sum())
        severities = ", ".join(map(str, corruptions.severities[name]))
        how = origin(panel, group)
        value, samples = corruptions.error[group].mean(), corruptions.error_samples[group].mean(axis=0)
        figures = {"mean_error": (float(value), samples, f"mean over severities {severities}, {how}")}
        if name in corruptions.ce:
            figures["ce"] = (*corruptions.ce[name], f"percent of AlexNet's error, {how}")
        if name in corruptions.relative_ce:
            drop = f"percent of AlexNet's drop from clean, {how}"
            figures["relative_ce"] = (*corruptions.relative_ce[name], drop)
        for metric, (score, resamples, note) in figures.items():
            figure = resampled(score, resamples, n, note)
            yield {"model": panel.model, "condition_name": name, "metric": metric, **figure._asdict()}


def origin(panel: Panel, places: list[int]) -> str:
    """Where corrupted images come from: stored JPEGs and images made on the fly score differently."""
    kinds = {panel.conditions[s].kind for s in places}
    if kinds == {"published"}:
        return STORED
    made = "made on the fly with a JPEG round trip" if panel.jpeg_roundtrip else "made on the fly"
    return f"{STORED} and images {made}" if "published" in kinds else made


def _places(panel: Panel) -> dict[str, list[int]]:
    """Conditions of each corruption; where a corruption is there twice, the published one."""
    places: dict[str, list[int]] = {}
    for s, condition in enumerate(panel.conditions):
        if condition.kind != "clean":
            places.setdefault(condition.name, []).append(s)
    for name, group in places.items():
        published = [s for s in group if panel.conditions[s].kind == "published"]
        places[name] = published or group
    return places
