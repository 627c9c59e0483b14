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
from benchmarks.error_detection.halves import EVALUATION, split_halves
from benchmarks.error_detection.probing import Probe, make_probe
from benchmarks.error_detection.rows import ModelRows, model_rows
from benchmarks.error_detection.table import ERRORS, Judged
from benchmarks.inference import Engine
from benchmarks.loading import load_sample
from benchmarks.parts import read_part, write_part
from benchmarks.plan import Plan

__all__ = ["JudgedModel", "Setting", "attack", "collect", "finished_tables", "judge", "unfinished_blocks"]

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
    """

    plan: Plan
    draws: int = 20
    attacks: AttackSetting = field(default_factory=AttackSetting)

    @property
    def banks(self) -> tuple[tuple[ImageTransform, ...], ...]:
        """For each model, the transforms that make the copies."""
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


def judge(setting: Setting, run: Path) -> list[JudgedModel]:
    """Fit scores for every model on finished blocks, and judge all rows.

    Raises:
        ValueError: a block is not finished.
    """
    tables = finished_tables(setting, run)
    names = [model.name for model in setting.plan.models]
    return [_judge(setting, position, model_rows(tables, name)) for position, name in enumerate(names)]


def attack(
    setting: Setting,
    run: Path,
    models: Sequence[JudgedModel],
    engines: Sequence[Engine],
    *,
    on_attack: OnImages = lambda _: None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Attack every model, or read what an earlier call found: ``errors/attacks-*.parquet``.

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
        paths = [run / "errors" / f"{name}-{position:02d}.parquet" for name in ("attacks", "adversarial")]
        parts = [part for path in paths if (part := read_part(path, fingerprint)) is not None]
        if len(parts) < len(paths):
            victims = _victims(setting, position, model.judged, engine)
            frames = attack_rows(victims, model.judged, model.fitted, setting.attacks, on_attack)
            parts = [pa.Table.from_pandas(frame, preserve_index=False) for frame in frames]
            for part, path in zip(parts, paths, strict=True):
                write_part(part, path, fingerprint)
        tables += [part.to_pandas() for part in parts]
    return _joined(tables[::2], ATTACKS), _joined(tables[1::2], ERRORS)


def _joined(frames: Sequence[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)


def _judge(setting: Setting, position: int, rows: ModelRows) -> JudgedModel:
    passes = partial(forward_passes, copies=len(setting.banks[position]), draws=setting.draws)
    name, conditions = setting.plan.models[position].name, setting.plan.conditions
    before = Judged(model=name, frame=rows.frame, conditions=conditions, passes=passes, reasons={})
    calibration, seed = before.calibration, setting.plan.seed
    fitted = fit_scores(rows, calibration, seed=seed)
    scores = fitted(rows)
    if BASELINE not in rows.scores:  # no image was answered: the table still has its first row to say so
        scores[BASELINE] = np.full(len(rows.frame), np.nan)
    for score, values in cross_fitted(rows, calibration, seed=seed).items():
        scores[score] = np.where(calibration, values, scores[score])
    columns = {SCORE + score: values for score, values in scores.items()}
    return JudgedModel(
        judged=replace(before, frame=rows.frame.assign(**columns), reasons=fitted.reasons), fitted=fitted
    )


def _probe(setting: Setting, position: int, engine: Engine) -> Probe:
    size = setting.plan.models[position].preparation.size
    grey = torch.full((1, 3, *size), 128, dtype=torch.uint8)
    return make_probe(engine, setting.banks[position], grey, draws=setting.draws)


def _victims(setting: Setting, position: int, judged: Judged, engine: Engine) -> Victims:
    """Images of the evaluation half that are classified correctly, drawn by the seed."""
    plan, frame = setting.plan, judged.frame
    right = frame[frame["correct"].eq(True) & (frame["condition_severity"] == 0) & (frame["half"] == EVALUATION)]
    labels = dict(zip(right["image_id"], right["label"], strict=True))
    ids = sorted(labels, key=lambda one: draw_key(plan.seed, "attack", one))[: setting.attacks.images]
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
