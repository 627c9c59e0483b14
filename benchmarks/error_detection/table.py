"""From scored rows to the table of figures, paired by one bootstrap over the images of the evaluation half."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.conditions import Condition
from benchmarks.error_detection.cells import RISKS, cell_figures, score_samples
from benchmarks.error_detection.collecting import SCORE
from benchmarks.error_detection.direct_scores import BASELINE
from benchmarks.error_detection.halves import EVALUATION
from benchmarks.error_detection.populations import MILD, populations
from benchmarks.error_detection.resampling import Rows, risk_threshold
from benchmarks.metrics import resample_counts, resamples_for
from benchmarks.summary.figures import FIGURE, tidy

__all__ = ["ERRORS", "Judged", "error_table"]

ERRORS = ["model", "population", "score", "passes", "metric", *FIGURE]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One model's rows with all scores.

    Attributes:
        model: its name.
        frame: R rows of both halves with ``image_id``, ``half``, ``status``, ``condition_severity``, ``correct`` and
            the columns ``score_<name>``.
        conditions: of the plan.
        passes: forward passes an image under a score.
        reasons: {score: why there is none}.
    """

    model: str
    frame: pd.DataFrame
    conditions: Sequence[Condition]
    passes: Callable[[str], int]
    reasons: Mapping[str, str]

    @property
    def scores(self) -> list[str]:
        """Names of the scores; the one that others are compared with comes first."""
        names = [name.removeprefix(SCORE) for name in self.frame.columns if name.startswith(SCORE)]
        return sorted(names, key=lambda name: name != BASELINE)

    @property
    def populations(self) -> dict[str, Mask]:
        """(R,) rows of the evaluation half by population, those without an answer included."""
        evaluated = (self.frame["half"] == EVALUATION).to_numpy()
        return {name: mask & evaluated for name, mask in populations(self.frame, self.conditions).items()}

    @property
    def calibration(self) -> Mask:
        """(R,) rows to fit on and to set thresholds with: clean and mildly corrupted ones with an answer."""
        mild = populations(self.frame, self.conditions).get(MILD, np.zeros(len(self.frame), dtype=np.bool_))
        return np.asarray(mild & self.ok & (self.frame["half"] != EVALUATION).to_numpy())

    @property
    def ok(self) -> Mask:
        """(R,) rows with an answer."""
        return (self.frame["status"] == "ok").to_numpy(dtype=np.bool_)

    def rows(self, score: str, chosen: Mask) -> Rows:
        """Some of the rows under a score; images are numbered within the evaluation half, in the order of their ids."""
        own = self.frame[chosen]
        return Rows(
            confidence=own[SCORE + score].to_numpy(dtype=np.float64),
            correct=own["correct"].eq(True).to_numpy(dtype=np.bool_),
            image=self._places[chosen],
        )

    @cached_property
    def _places(self) -> npt.NDArray[np.intp]:
        """(R,) numbers of the images of the evaluation half; -1 outside."""
        evaluated = (self.frame["half"] == EVALUATION).to_numpy()
        places = np.full(len(self.frame), -1, dtype=np.intp)
        places[evaluated] = pd.factorize(self.frame.loc[evaluated, "image_id"], sort=True)[0]
        return places

    def thresholds(self, score: str) -> Array:
        """(2,) what calibration sets for the risks; infinite if its surest rows err more, NaN without a score."""
        rows = self.rows(score, self.calibration)
        if np.isnan(rows.confidence).any() or not len(rows.confidence):
            return np.full(len(RISKS), np.nan)
        return np.array([risk_threshold(rows.confidence, rows.correct, risk) for risk in RISKS])


def error_table(judged: Sequence[Judged], *, seed: int) -> pd.DataFrame:
    """Figures of every model, population and score on the evaluation half.

    ``auroc``, ``fpr95``, ``aurc``, ``e_aurc`` and ``augrc``; coverage and risk at the threshold that the calibration
    half, clean and mildly corrupted, sets for 1 % and 5 % risk; and the differences in AUROC and AUGRC to the maximum
    softmax probability, on the same resamples.

    Args:
        judged: one for each model, on the same images.
        seed: of the bootstrap over images, which all figures share.

    Returns:
        Columns :data:`ERRORS`; a figure that the rows leave undefined is NaN and its convention says why.
    """
    return tidy((row for one in judged for row in _model_rows(one, seed)), ERRORS)


def _model_rows(judged: Judged, seed: int) -> Iterator[dict[str, Any]]:
    images = judged.frame.loc[judged.frame["half"] == EVALUATION, "image_id"].nunique()
    counts = resample_counts(images, resamples_for(images), seed)
    thresholds = {name: judged.thresholds(name) for name in judged.scores}
    for population, members in judged.populations.items():
        chosen, baseline = members & judged.ok, None
        left_out = int(members.sum()) - int(chosen.sum())
        note = f", {left_out:,} more without an answer" if left_out else ""
        for name in judged.scores:
            rows = judged.rows(name, chosen)
            samples = score_samples(rows, counts, thresholds=thresholds[name])
            figures = cell_figures(rows, samples, baseline, note=note, reason=judged.reasons.get(name, ""))
            head = {"model": judged.model, "population": population, "score": name, "passes": judged.passes(name)}
            yield from (head | {"metric": metric} | figure._asdict() for metric, figure in figures)
            baseline = samples if name == BASELINE else baseline
