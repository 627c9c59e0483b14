"""Transforms for a budget: chosen for each model on its own calibration images, by the detector's own errors.

A pilot classifies calibration images under all transforms worth a try; what it chooses is then all that is computed
for the other images. The evaluation half has no part in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import torch

from benchmarks.error_detection.bank import candidates_for, copies_for
from benchmarks.error_detection.fitted_scores import stand_in_logits
from benchmarks.error_detection.halves import CALIBRATION, mild_severity
from benchmarks.error_detection.rows import ModelRows, model_rows
from benchmarks.error_detection.running import Setting, collect, finished_tables, unfinished_blocks
from benchmarks.inference import Engine
from benchmarks.parts import read_part, write_part
from benchmarks.plan import Plan
from benchmarks.summary.figures import FIGURE, tidy
from robustness.consistency import TooFewErrorsError, Transform, parse_transform, select_transforms

__all__ = ["CHOICES", "choice_table", "choose_transforms", "chosen_before", "pilot_of", "unfinished_pilot"]

CHOICES = ["model", "place", "transform", "passes", "metric", *FIGURE]

_IMAGES = 250  # of the pilot: enough for the order of the transforms


def pilot_of(setting: Setting) -> Setting:
    """What is classified to choose from: calibration images, clean and mildly corrupted, under every candidate."""
    plan = setting.plan
    halves = setting.halves
    own = [place for place, one in enumerate(plan.samples.entries.ids) if halves[one] == CALIBRATION]
    mild = mild_severity(plan.conditions)
    pilot: Plan = replace(
        plan,
        samples=plan.samples.select(own[:_IMAGES]),
        conditions=tuple(one for one in plan.conditions if one.severity <= mild),
    )
    return replace(setting, plan=pilot, chosen=tuple(candidates_for(model.preparation) for model in plan.models))


def unfinished_pilot(setting: Setting, run: Path) -> int:
    """Images of the pilot that are still to be classified."""
    pilot = pilot_of(setting)
    return sum(len(pilot.plan.block(block)) for block in unfinished_blocks(pilot, _folder(run)))


def choose_transforms(
    setting: Setting,
    run: Path,
    engines: Sequence[Engine],
    *,
    on_images: Callable[[int], None] = lambda _: None,
) -> Setting:
    """Choose the transforms of every model, or read what an earlier call chose: ``errors/choice-*.parquet``.

    Args:
        setting: what is measured; without a budget there is nothing to choose.
        run: the run folder.
        engines: one for each model, running.
        on_images: called with the numbers of images that the pilot has classified.

    Returns:
        The setting with the chosen transforms.
    """
    chosen = chosen_before(setting, run)
    if chosen is None:
        pilot = pilot_of(setting)
        collect(pilot, _folder(run), engines, on_images=on_images)
        tables = finished_tables(pilot, _folder(run))
        for position, model in enumerate(setting.plan.models):
            table = _choose(setting, position, model_rows(tables, model.name))
            write_part(pa.Table.from_pandas(table, preserve_index=False), *_place(setting, run, position))
        chosen = chosen_before(setting, run)
    if chosen is None:
        raise OSError(f"expected to read back what was just written to {run / 'errors'}")
    return chosen


def chosen_before(setting: Setting, run: Path) -> Setting | None:
    """The setting with the transforms that an earlier call chose, or with the default ones where no budget is set."""
    if setting.budget is None:
        return setting
    names = [part["transform"].to_pylist()[1:] for part in _parts(setting, run)]
    if len(names) < len(setting.plan.models):
        return None
    return replace(setting, chosen=tuple(tuple(parse_transform(one) for one in own) for own in names))


def choice_table(setting: Setting, run: Path) -> pd.DataFrame:
    """What was chosen, columns :data:`CHOICES`: the original first, then the transforms, best first."""
    frames = [part.to_pandas() for part in _parts(setting, run)] if setting.budget is not None else []
    return pd.concat(frames, ignore_index=True) if frames else tidy([], CHOICES)


def _choose(setting: Setting, position: int, rows: ModelRows) -> pd.DataFrame:
    """The choice; the first of the default transforms where there is none to make."""
    preparation, answered = setting.plan.models[position].preparation, rows.frame[rows.ok]
    candidates, correct = candidates_for(preparation), answered["correct"].to_numpy(dtype=np.bool_).tolist()
    budget = setting.budget or len(candidates) + 1
    groups = torch.from_numpy(pd.factorize(answered["image_id"])[0])
    logits = stand_in_logits(rows.log_odds)
    try:
        found = select_transforms(logits, correct, budget=budget, groups=groups, seed=setting.plan.seed)
        chosen, reason = [candidates[place] for place in found.chosen], "no transform raises the AUROC"
    except TooFewErrorsError as error:
        chosen, reason = [], str(error)
    if chosen:
        return _table(setting, position, chosen, found.aurocs, len(correct), "")
    first = copies_for(preparation)[: budget - 1]
    return _table(setting, position, first, [float("nan")] * (len(first) + 1), len(correct), reason)


def _table(
    setting: Setting, position: int, chosen: Sequence[Transform], aurocs: Sequence[float], count: int, reason: str
) -> pd.DataFrame:
    said = "cross-validated on calibration images; the value that was maximised, so others show less"
    names = ["original", *map(str, chosen)]
    rows = (
        {
            "model": setting.plan.models[position].name,
            "place": place,
            "transform": name,
            "passes": place + 1,
            "metric": "auroc",
            "value": auroc,
            "low": float("nan"),
            "high": float("nan"),
            "n": count,
            "convention": f"undefined: not chosen but taken in order, {reason}" if reason else said,
        }
        for place, (name, auroc) in enumerate(zip(names, aurocs, strict=True))
    )
    return tidy(rows, CHOICES)


def _folder(run: Path) -> Path:
    return run / "errors" / "pilot"


def _place(setting: Setting, run: Path, position: int) -> tuple[Path, str]:
    fingerprint = pilot_of(setting).fingerprint("choice", setting.budget)
    return run / "errors" / f"choice-{position:02d}.parquet", fingerprint


def _parts(setting: Setting, run: Path) -> list[pa.Table]:
    """The choices that are there, one for each model."""
    parts = (read_part(*_place(setting, run, position)) for position in range(len(setting.plan.models)))
    return [part for part in parts if part is not None]
