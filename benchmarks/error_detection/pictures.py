"""Galleries: errors that the detector catches and the softmax misses, and the other way round."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from benchmarks.conditioning import apply_condition
from benchmarks.conditions import CLEAN, Condition
from benchmarks.error_detection.collecting import SCORE
from benchmarks.error_detection.direct_scores import BASELINE
from benchmarks.error_detection.fitted_scores import DETECTOR
from benchmarks.error_detection.table import Judged
from benchmarks.loading import load_sample
from benchmarks.plan import Plan, image_seed
from reports.gallery import Gallery, Picture, write_gallery

__all__ = ["disagreements", "write_disagreements"]

_SHOWN = 16
_ACCEPTED = 0.9  # share of the right answers that both scores accept: the same cost, so that catches compare


def write_disagreements(plan: Plan, run: Path, judged: Judged) -> None:
    """Write both galleries of a model; none where there is no detector."""
    if DETECTOR not in judged.scores or DETECTOR in judged.reasons:
        return
    position = next(place for place, model in enumerate(plan.models) if model.name == judged.model)
    suffix = f"_{position + 1}" if len(plan.models) > 1 else ""
    for name, title, catcher, other in (
        ("caught_by_detector", "Caught by the detector, missed by confidence", DETECTOR, BASELINE),
        ("caught_by_confidence", "Caught by confidence, missed by the detector", BASELINE, DETECTOR),
    ):
        found, errors = disagreements(judged, catcher, other)
        named = f"{title}, {judged.model}" if len(plan.models) > 1 else title
        gallery = Gallery(
            name=f"{name}{suffix}",
            title=named,
            explanation=_explanation(len(found), errors, catcher, other),
            pictures=tuple(_pictures(plan, position, found.head(_SHOWN))),
        )
        write_gallery(run, gallery)


def disagreements(judged: Judged, catcher: str, other: str) -> tuple[pd.DataFrame, int]:
    """Errors of the evaluation half that one score rejects and another accepts; both accept 90 % of what is right.

    Args:
        judged: one model's rows.
        catcher: the score that rejects.
        other: the score that accepts.

    Returns:
        The rows with columns ``rejected`` and ``accepted``, the shares of right answers with less confidence, widest
        gap first; and the number of all errors.
    """
    members = np.logical_or.reduce(list(judged.populations.values())) & judged.ok
    frame = judged.frame[members]
    right = frame["correct"].eq(True).to_numpy(dtype=np.bool_)
    standing = {name: _standing(frame[SCORE + name].to_numpy(), right) for name in (catcher, other)}
    rows = frame.assign(rejected=standing[catcher], accepted=standing[other])[~right]
    cut = 1 - _ACCEPTED
    found = rows[(rows["rejected"] < cut) & (rows["accepted"] >= cut)]
    order = (found["accepted"] - found["rejected"]).sort_values(ascending=False, kind="stable").index
    return found.loc[order].drop_duplicates("image_id"), len(rows)


def _standing(values: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Share of the right answers that are less confident, for every row."""
    known = np.sort(values[right])
    return np.asarray(np.searchsorted(known, values, side="left") / max(1, len(known)))


def _explanation(found: int, errors: int, catcher: str, other: str) -> str:
    names = {DETECTOR: "the detector", BASELINE: "the maximum softmax probability"}
    if not found:
        return f"None of {errors:,} errors is caught by {names[catcher]} alone."
    return (
        f"{min(found, _SHOWN)} of {found:,} images with an error that {names[catcher]} rejects and {names[other]} "
        f"accepts, out of {errors:,} errors in the evaluation half. Both accept {_ACCEPTED:.0%} of the right answers "
        "there; the widest disagreements come first."
    )


def _pictures(plan: Plan, position: int, rows: pd.DataFrame) -> Iterator[Picture]:
    by_id = {sample.image_id: sample for sample in plan.samples.entries}
    names, titles = plan.models[position].classifier.class_names, plan.models[position].titles
    preparation = next(one for one, positions in plan.groups.items() if position in positions)
    for row in rows.itertuples():
        condition = Condition(
            kind=str(row.condition_kind), name=str(row.condition_name), severity=int(str(row.condition_severity))
        )
        source = condition if condition.kind == "published" else CLEAN
        sample = by_id[str(row.image_id)]
        pixels = load_sample(plan.samples, sample, source, [preparation]).pixels[preparation][None]
        seeds = torch.tensor([image_seed(plan.seed, sample.image_id)])
        image = apply_condition(plan, condition, pixels, seeds=seeds)[0].permute(1, 2, 0).numpy()
        yield Picture(image=image, title=_words(condition), facts=_facts(row, names, titles))


def _facts(row: Any, names: Any, titles: Any) -> tuple[tuple[str, str], ...]:
    said = {"label": names[int(row.label)], "predicted": names[int(row.prediction)]}
    confidence = getattr(row, SCORE + BASELINE)
    return (
        *((word, str(titles.get(name, name))) for word, name in said.items()),
        ("softmax", f"{confidence:.3f}"),
        ("less sure, caught", f"{row.rejected:.1%} of right ones"),
        ("less sure, missed", f"{row.accepted:.1%} of right ones"),
    )


def _words(condition: Condition) -> str:
    return "clean" if condition == CLEAN else f"{condition.name.replace('_', ' ')} {condition.severity}"
