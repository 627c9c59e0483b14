"""Attacks as figures: how many images they fool, how well each score finds those, how little change is enough."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from torch import Tensor

from benchmarks.error_detection.attacking import (
    LARGEST,
    AttackSetting,
    Victims,
    aware_attack,
    eps_that_fools,
    score_images,
    smallest_evasion,
    unaware_attack,
)
from benchmarks.error_detection.cells import RISKS, cell_figures, score_samples
from benchmarks.error_detection.direct_scores import BASELINE
from benchmarks.error_detection.fitted_scores import DETECTOR, HARDENED, FittedScores
from benchmarks.error_detection.resampling import Rows
from benchmarks.error_detection.table import ERRORS, Judged
from benchmarks.metrics import resample_counts, resamples_for
from benchmarks.summary.figures import FIGURE, Figure, rate, resampled, tidy
from robustness.consistency.scores import negative_kl, tta_confidence

__all__ = ["ADVERSARIAL", "ATTACKS", "RADII", "attack_rows", "attackable_scores", "count_attacks"]

ATTACKS = ["model", "adversary", "score", "eps", "metric", *FIGURE]
RADII = ["model", "image_id", "smallest_fooling", "smallest_evading"]
"""Columns of the smallest change that an attack needs for one image, of any pixel, infinite where none was found: to
fool the classifier, and to fool it past the first score that an adversary is set on."""
ADVERSARIAL = "adversarial"

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
LogitScore = Callable[[Tensor], Tensor]

_ACCEPTED = 0.95
_BARS = {1.0: 0.8, 2.0: 0.3}  # AUROC that an attack which knows the score should reach; above, it may be the weak one
_SHOWN = {"auroc", "fpr95", "auroc_gain"}  # what does not depend on how many clean images stand beside the attacked


def attackable_scores(fitted: FittedScores) -> dict[str, LogitScore]:
    """The scores of copies that an aware adversary is set on: {name: logits (N, T + 1, K) to (N,) confidence}."""
    detectors = {DETECTOR: fitted.detector, HARDENED: fitted.hardened}
    found: dict[str, LogitScore] = {name: one for name, one in detectors.items() if one is not None}
    return found | {"tta_confidence": tta_confidence, "negative_kl": negative_kl}


def count_attacks(setting: AttackSetting) -> int:
    """How often :func:`attack_rows` reports one of its steps, at most."""
    return len(setting.multiples) * 5 + 2 if setting.images else 0


def attack_rows(
    victims: Victims,
    judged: Judged,
    fitted: FittedScores,
    setting: AttackSetting,
    on_attack: Callable[[int], None] = lambda _: None,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Attack a model's images in all ways.

    Args:
        victims: N images that it classifies correctly.
        judged: its rows; right clean answers of the calibration half set what passes.
        fitted: its scores.
        setting: how much is attacked.
        on_attack: called with 1 after each attack.

    Returns:
        Columns :data:`ATTACKS`; the rows of population ``adversarial`` for the table of errors: clean images against
        those that the unaware attack fools at the radius where it fools 99 %; and columns :data:`RADII`.
    """
    if not len(victims.ids):
        return tidy([], ATTACKS), tidy([], ERRORS), tidy([], RADII)
    attacker = _Attacker(
        victims=victims,
        judged=judged,
        fitted=fitted,
        setting=setting,
        clean=score_images(victims, victims.images, fitted)[0],
        thresholds={name: _passing(judged, name) for name in attackable_scores(fitted)},
        on_attack=on_attack,
    )
    eps, smallest = eps_that_fools(victims)
    on_attack(1)
    rows, evading = list(attacker.sizes(eps)), attacker.evading(eps)
    rows += attacker.smallest(eps, smallest, evading)
    table = tidy(({"model": judged.model} | row for row in rows), ATTACKS)
    found = zip(victims.ids, smallest, evading, strict=True)
    radii = tidy((dict(zip(RADII, (judged.model, *row), strict=True)) for row in found), RADII)
    return table, tidy(attacker.population(eps), ERRORS), radii


def _passing(judged: Judged, score: str) -> float:
    """The confidence that 95 % of the right clean answers of the calibration half reach."""
    frame = judged.frame[judged.calibration]
    right = frame[frame["correct"].eq(True) & (frame["condition_severity"] == 0)]
    values = right[f"score_{score}"].to_numpy(dtype=np.float64)
    return float(np.quantile(values, 1 - _ACCEPTED)) if len(values) and not np.isnan(values).any() else float("inf")


def _verdict(row: dict[str, Any], multiple: float) -> str:
    """What detection far too good says of the attack."""
    bar = _BARS.get(multiple, np.inf)
    if row["metric"] != "auroc" or not row["value"] > bar:
        return ""
    return f"; above {bar:g} at {multiple:g} times the change that fools 99 %: the attack is called too weak"


@dataclass(frozen=True, kw_only=True)
class _Attacker:
    """Attacks one model's images; ``clean`` holds the scores of the images as they are."""

    victims: Victims
    judged: Judged
    fitted: FittedScores
    setting: AttackSetting
    clean: Mapping[str, Array]
    thresholds: Mapping[str, float]
    on_attack: Callable[[int], None]

    def sizes(self, eps: float) -> Iterator[dict[str, Any]]:
        """Detection at every radius."""
        found = {name: self._aware(score, eps) for name, score in attackable_scores(self.fitted).items()}
        for multiple in self.setting.multiples:
            radius = multiple * eps
            attacked, flags = unaware_attack(self.victims, radius, steps=self.setting.steps)
            note = f"PGD, {self.setting.steps} steps; " + ("; ".join(flags.values()) or "no sanity flag")
            yield from self._judged_attack("unaware", list(self.thresholds), radius, attacked, note)
            self.on_attack(1)
            for name, by_size in found.items():
                images = by_size[multiple]
                note = f"attack through all copies; {self._broken(images, radius) or 'no sanity flag'}"
                for row in self._judged_attack("aware", [name], radius, images, note):
                    yield row | {"convention": row["convention"] + _verdict(row, multiple)}

    def _aware(self, score: LogitScore, eps: float) -> dict[float, Tensor]:
        """Attacked images by size; each begins with what the next larger one led to."""
        found: dict[float, Tensor] = {}
        starts = None
        for multiple in sorted(self.setting.multiples, reverse=True):
            starts = aware_attack(self.victims, score, multiple * eps, self.setting.aware, starts=starts)
            found[multiple] = starts
            self.on_attack(1)
        return found

    def _judged_attack(
        self, adversary: str, names: list[str], eps: float, attacked: Tensor, note: str
    ) -> Iterator[dict[str, Any]]:
        scores, wrong = score_images(self.victims, attacked, self.fitted)
        count = len(wrong)
        for name in names:
            head = {"adversary": adversary, "score": name, "eps": eps}
            evaded = int((wrong & (scores[name] >= self.thresholds[name])).sum())
            yield head | {"metric": "fooled"} | rate(int(wrong.sum()), count, note)._asdict()
            passes = f"wrong and above what {_ACCEPTED:.0%} of right clean calibration answers reach"
            yield head | {"metric": "fooled_and_evaded"} | rate(evaded, count, passes)._asdict()
            figures = dict(self._figures(name, scores, wrong, None))
            yield head | {"metric": "auroc"} | figures["auroc"]._asdict()

    def population(self, eps: float) -> Iterator[dict[str, Any]]:
        """Every score on clean against fooling images."""
        attacked, _ = unaware_attack(self.victims, eps, steps=self.setting.steps)
        scores, wrong = score_images(self.victims, attacked, self.fitted)
        baseline = self._samples(BASELINE, scores, wrong)
        for name in (name for name in self.judged.scores if name in scores):
            figures = self._figures(name, scores, wrong, None if name == BASELINE else baseline, eps=eps)
            head: dict[str, Any] = {"model": self.judged.model, "population": ADVERSARIAL, "score": name}
            head["passes"] = self.judged.passes(name)
            yield from (head | {"metric": metric} | figure._asdict() for metric, figure in figures if metric in _SHOWN)

    def evading(self, eps: float) -> Array:
        """(N,) the smallest change found that fools and evades the first score; infinite where there is none."""
        name, score = next(iter(attackable_scores(self.fitted).items()))
        largest = eps * max(self.setting.multiples)
        return smallest_evasion(self.victims, score, self.thresholds[name], maximum=largest, setting=self.setting)

    def smallest(self, eps: float, fooling: Array, evading: Array) -> Iterator[dict[str, Any]]:
        """Median over images of the smallest change that fools, and that fools and evades the detector."""
        head = {"adversary": "unaware", "score": "", "eps": np.nan, "metric": "smallest_fooling"}
        yield head | self._median(fooling, LARGEST, "fools; PGD with bisection, an upper bound")._asdict()
        name = next(iter(attackable_scores(self.fitted)))
        largest = eps * max(self.setting.multiples)
        note = f"fools and evades, among changes up to {largest:.4f}; an upper bound"
        head = {"adversary": "aware", "score": name, "eps": np.nan, "metric": "smallest_evading"}
        yield head | self._median(evading, largest, note)._asdict()
        self.on_attack(1)

    def _median(self, values: Array, largest: float, convention: str) -> Figure:
        # What was not found is at least the largest change tried; a median beyond it is none.
        capped = np.minimum(values, largest)
        repeats = [np.median(np.repeat(capped, row)) for row in self._counts()]
        missing = int(np.isinf(values).sum())
        said = f"median over images of the smallest change that {convention}; none found for {missing} of {len(values)}"
        value = float(np.median(capped))
        if 2 * missing >= len(values):
            return Figure(float("nan"), float("nan"), float("nan"), len(values), f"undefined: {said}")
        return resampled(value, np.array(repeats), len(values), said)

    def _figures(
        self, name: str, scores: Mapping[str, Array], wrong: Mask, baseline: Array | None, eps: float | None = None
    ) -> Iterator[tuple[str, Figure]]:
        rows, samples = self._rows(name, scores, wrong), self._samples(name, scores, wrong)
        note = (
            f": clean images and those fooled by PGD at {eps:.4f}" if eps is not None else ": clean and fooled images"
        )
        return cell_figures(rows, samples, baseline, note=note, reason=self.judged.reasons.get(name, ""))

    def _rows(self, name: str, scores: Mapping[str, Array], wrong: Mask) -> Rows:
        places = np.arange(len(wrong))
        return Rows(
            confidence=np.concatenate([self.clean[name], scores[name][wrong]]),
            correct=np.concatenate([np.ones(len(wrong), dtype=bool), np.zeros(int(wrong.sum()), dtype=bool)]),
            image=np.concatenate([places, places[wrong]]),
        )

    def _samples(self, name: str, scores: Mapping[str, Array], wrong: Mask) -> Array | None:
        none = np.full(len(RISKS), np.nan)
        return score_samples(self._rows(name, scores, wrong), self._counts(), thresholds=none)

    def _counts(self) -> npt.NDArray[np.uint8]:
        count = len(self.victims.ids)
        return resample_counts(count, resamples_for(count), self.victims.seed)

    def _broken(self, attacked: Tensor, eps: float) -> str:
        """What is wrong with attacked images, if anything."""
        excess = float((attacked - self.victims.images).abs().max()) - eps
        inside = bool(((attacked >= 0) & (attacked <= 1)).all())
        return "; ".join(
            said
            for said, wrong in (
                (f"the longest perturbation exceeds eps by {excess:.3g}", excess > 1e-6),
                ("some pixels are outside [0, 1]", not inside),
            )
            if wrong
        )
