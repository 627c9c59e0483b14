"""The error detection run: blocks of rows, each kept when it is finished; then fits, attacks, tables and pictures."""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from torch import Tensor

from benchmarks.conditions import CLEAN
from benchmarks.datasets.subsets import draw_key
from benchmarks.error_detection.attack_table import ATTACKS, attack_rows
from benchmarks.error_detection.attacking import AttackSetting, Victims
from benchmarks.error_detection.bank import copies_for
from benchmarks.error_detection.collecting import SCORE, collect_blocks
from benchmarks.error_detection.direct_scores import BASELINE, forward_passes
from benchmarks.error_detection.fitted_scores import FittedScores, cross_fitted, fit_scores
from benchmarks.error_detection.halves import CALIBRATION, EVALUATION, split_halves
from benchmarks.error_detection.practice import Practice
from benchmarks.error_detection.practising import practise
from benchmarks.error_detection.probing import Probe, make_probe
from benchmarks.error_detection.rows import ModelRows, model_rows
from benchmarks.error_detection.table import ERRORS, Judged
from benchmarks.inference import Engine
from benchmarks.loading import load_sample
from benchmarks.parts import read_part, write_part
from benchmarks.plan import Plan

__all__ = [
    "JudgedModel",
    "Setting",
    "attack",
    "collect",
    "finished_tables",
    "judge",
    "practise_all",
    "unfinished_blocks",
]

OnImages = Callable[[int], None]
ImageTransform = Callable[[Tensor], Tensor]

_VERSION = "1"  # of what rows mean; another one makes finished blocks be computed again


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is measured.

    Attributes:
        plan: models, images, conditions and seed.
        draws: of Monte Carlo dropout, for networks with dropout.
        attacks: how much is attacked.
        budget: forward passes for an image and its copies, for which transforms are chosen on the calibration half;
            None takes the default transforms.
        chosen: for each model, the transforms that make the copies; the default ones if None.
    """

    plan: Plan
    draws: int = 20
    attacks: AttackSetting = field(default_factory=AttackSetting)
    budget: int | None = None
    chosen: tuple[tuple[ImageTransform, ...], ...] | None = None

    def __post_init__(self) -> None:
        if self.budget is not None and self.budget < 2:
            raise ValueError(f"expected --budget of at least 2 passes, the original and a copy, got {self.budget}")

    @property
    def banks(self) -> tuple[tuple[ImageTransform, ...], ...]:
        """For each model, the transforms that make the copies."""
        if self.chosen is not None:
            return self.chosen
        return tuple(copies_for(model.preparation) for model in self.plan.models)

    @property
    def halves(self) -> dict[str, str]:
        """{image id: half}."""
        return split_halves([sample.image_id for sample in self.plan.samples.entries], seed=self.plan.seed)

    def fingerprint(self, *more: object) -> str:
        """What decides the rows, and whatever else is given."""
        names = [str(transform) for bank in self.banks for transform in bank]
        parts = [_VERSION, self.plan.fingerprint(), str(self.draws), *names, *map(repr, more)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class JudgedModel:
    """One model's rows under all scores, and the fits behind them."""

    judged: Judged
    fitted: FittedScores


def unfinished_blocks(setting: Setting, run: Path) -> list[int]:
    """Blocks of images that ``run`` does not hold yet; damaged and foreign ones count as such."""
    fingerprint = setting.fingerprint()
    return [block for block in setting.plan.blocks if read_part(_block(run, block), fingerprint) is None]


def collect(setting: Setting, run: Path, engines: Sequence[Engine], *, on_images: OnImages = lambda _: None) -> None:
    """Collect every block that ``run`` does not hold yet into ``errors/block-*.parquet``.

    Args:
        setting: what is measured.
        run: the run folder.
        engines: one for each of the plan's models, running.
        on_images: called after each block with the number of its images.
    """
    plan, fingerprint, pending = setting.plan, setting.fingerprint(), unfinished_blocks(setting, run)
    if not pending:
        return
    probes = [_probe(setting, position, engine) for position, engine in enumerate(engines)]
    with ThreadPoolExecutor() as pool:
        for block, table in zip(pending, collect_blocks(plan, pending, probes, setting.halves, pool), strict=True):
            write_part(table, _block(run, block), fingerprint)
            on_images(len(plan.block(block)))


def finished_tables(setting: Setting, run: Path) -> list[pa.Table]:
    """The rows of all blocks.

    Raises:
        ValueError: a block is not finished.
    """
    fingerprint = setting.fingerprint()
    parts = {block: read_part(_block(run, block), fingerprint) for block in setting.plan.blocks}
    if missing := [block for block, part in parts.items() if part is None]:
        raise ValueError(f"expected all blocks in {run / 'errors'}, got none for {missing[:5]}; run it again")
    return [part for part in parts.values() if part is not None]


def practise_all(setting: Setting, run: Path, engines: Sequence[Engine]) -> None:
    """Attack calibration images of every model that ``run`` has none of yet: ``errors/practice-*.parquet``.

    Args:
        setting: what is measured; without attacks there is nothing to do.
        run: the run folder, all blocks finished.
        engines: one for each model, running.
    """
    pending = [
        place for place in range(len(engines)) if setting.attacks.images and _practice(setting, run, place) is None
    ]
    tables = finished_tables(setting, run) if pending else []
    for position in pending:
        rows = model_rows(tables, setting.plan.models[position].name)
        victims = _victims(setting, position, rows.frame, engines[position], CALIBRATION, setting.attacks.practice)
        write_part(practise(victims).to_arrow(), *_practice_place(setting, run, position))


def judge(setting: Setting, run: Path) -> list[JudgedModel]:
    """Fit scores for every model on finished blocks, and judge all rows.

    A detector that learned from attacks too is among them where :func:`practise_all` left some.

    Raises:
        ValueError: a block is not finished.
    """
    tables = finished_tables(setting, run)
    names = [model.name for model in setting.plan.models]
    return [
        _judge(setting, position, model_rows(tables, name), _practice(setting, run, position))
        for position, name in enumerate(names)
    ]


def attack(
    setting: Setting,
    run: Path,
    models: Sequence[JudgedModel],
    engines: Sequence[Engine],
    *,
    on_attack: OnImages = lambda _: None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Attack every model, or read what an earlier call found: ``errors/attacks-*.parquet``.

    The smallest change that each image took stays in ``errors/radii-*.parquet``.

    Args:
        setting: what is measured.
        run: the run folder.
        models: what :func:`judge` gave.
        engines: one for each model, running.
        on_attack: called with 1 after each attack.

    Returns:
        The table of attacks, and the rows of population ``adversarial`` for the table of errors.
    """
    fingerprint = setting.fingerprint(setting.attacks)
    tables: list[pd.DataFrame] = []
    for position, (model, engine) in enumerate(zip(models, engines, strict=True)):
        paths = [run / "errors" / f"{name}-{position:02d}.parquet" for name in ("attacks", "adversarial", "radii")]
        parts = [part for path in paths if (part := read_part(path, fingerprint)) is not None]
        if len(parts) < len(paths):
            victims = _victims(setting, position, model.judged.frame, engine, EVALUATION, setting.attacks.images)
            frames = attack_rows(victims, model.judged, model.fitted, setting.attacks, on_attack)
            parts = [pa.Table.from_pandas(frame, preserve_index=False) for frame in frames]
            for part, path in zip(parts, paths, strict=True):
                write_part(part, path, fingerprint)
        tables += [part.to_pandas() for part in parts]
    return _joined(tables[::3], ATTACKS), _joined(tables[1::3], ERRORS)


def _joined(frames: Sequence[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)


def _practice_place(setting: Setting, run: Path, position: int) -> tuple[Path, str]:
    return run / "errors" / f"practice-{position:02d}.parquet", setting.fingerprint(
        "practice", setting.attacks.practice
    )


def _practice(setting: Setting, run: Path, position: int) -> Practice | None:
    part = read_part(*_practice_place(setting, run, position)) if setting.attacks.images else None
    return None if part is None else Practice.from_arrow(part)


def _judge(setting: Setting, position: int, rows: ModelRows, practice: Practice | None) -> JudgedModel:
    passes = partial(forward_passes, copies=len(setting.banks[position]), draws=setting.draws)
    name, conditions = setting.plan.models[position].name, setting.plan.conditions
    before = Judged(model=name, frame=rows.frame, conditions=conditions, passes=passes, reasons={})
    calibration, seed = before.calibration, setting.plan.seed
    fitted = fit_scores(rows, calibration, seed=seed, practice=practice)
    scores = fitted(rows)
    if BASELINE not in rows.scores:  # no image was answered: the table still has its first row to say so
        scores[BASELINE] = np.full(len(rows.frame), np.nan)
    for score, values in cross_fitted(rows, calibration, seed=seed, practice=practice).items():
        scores[score] = np.where(calibration, values, scores[score])
    columns = {SCORE + score: values for score, values in scores.items()}
    return JudgedModel(
        judged=replace(before, frame=rows.frame.assign(**columns), reasons=fitted.reasons), fitted=fitted
    )


def _probe(setting: Setting, position: int, engine: Engine) -> Probe:
    size = setting.plan.models[position].preparation.size
    grey = torch.full((1, 3, *size), 128, dtype=torch.uint8)
    return make_probe(engine, setting.banks[position], grey, draws=setting.draws)


def _victims(setting: Setting, position: int, frame: pd.DataFrame, engine: Engine, half: str, count: int) -> Victims:
    """Clean images of a half that are classified correctly, drawn by the seed."""
    plan = setting.plan
    right = frame[frame["correct"].eq(True) & (frame["condition_severity"] == 0) & (frame["half"] == half)]
    labels = dict(zip(right["image_id"], right["label"], strict=True))
    ids = sorted(labels, key=lambda one: draw_key(plan.seed, "attack", one))[:count]
    by_id = {sample.image_id: sample for sample in plan.samples.entries}
    preparation = next(one for one, positions in plan.groups.items() if position in positions)
    loaded = [load_sample(plan.samples, by_id[one], CLEAN, [preparation]).pixels[preparation] for one in ids]
    pixels = torch.stack(loaded) if loaded else torch.empty(0, 3, 1, 1)
    return Victims(
        ids=ids,
        images=pixels.to(engine.device) / 255,
        labels=torch.tensor([int(labels[one]) for one in ids], dtype=torch.int64, device=engine.device),
        probe=_probe(setting, position, engine),
        seed=plan.seed,
    )


def _block(run: Path, block: int) -> Path:
    return run / "errors" / f"block-{block:06d}.parquet"
