"""The whole run: rows, fits, attacks, then tables and pictures, and the page."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import torch

from benchmarks.engines import running_engines
from benchmarks.error_detection.attacking import AttackSetting
from benchmarks.error_detection.choosing import choice_table, choose_transforms, chosen_before, unfinished_pilot
from benchmarks.error_detection.curves import curve_table
from benchmarks.error_detection.pictures import write_disagreements
from benchmarks.error_detection.running import (
    JudgedModel,
    Setting,
    attack,
    collect,
    judge,
    practise_all,
    unfinished_blocks,
)
from benchmarks.error_detection.table import error_table
from benchmarks.parts import write_part
from benchmarks.request import Resolved
from benchmarks.sections import close_section, open_section
from reports.tables import write_tables
from robustness.consistency.storage import save_detector

__all__ = ["collect_errors", "finish_errors", "run_errors", "setting_of", "unfinished_images"]


def setting_of(resolved: Resolved, attacks: AttackSetting | None = None, *, budget: int | None = None) -> Setting:
    """What a request comes to: classified in plain float32, since scores compare answers that differ by little.

    Raises:
        ValueError: no condition is left of those that the data store.
    """
    if not resolved.plan.conditions:
        raise ValueError(
            f"expected --severities and --corruptions that {resolved.plan.samples.name} holds, got none of them"
        )
    return Setting(plan=replace(resolved.plan, precision="exact"), attacks=attacks or AttackSetting(), budget=budget)


def run_errors(
    resolved: Resolved,
    run: Path,
    *,
    device: torch.device,
    batch_size: int = 256,
    attacks: AttackSetting | None = None,
    budget: int | None = None,
    command: str = "",
) -> pd.DataFrame:
    """Measure how well every score finds a model's errors, into a run folder.

    ``tables/errors.csv``, ``errors_curves.csv`` and ``errors_attacks.csv``, ``figures/errors_*.svg``, galleries, the
    detectors as ``errors/detector-*.safetensors``, all scores of all rows as ``errors/scores.parquet``, and the page.
    The same call continues where the last one stopped. In the folder of an audit of the same models and data, the
    audit's page gets a section more.

    Args:
        resolved: models, data and conditions.
        run: the run folder, made if it is not there.
        device: where models and transforms run.
        batch_size: images and copies a forward pass; halved if memory runs out.
        attacks: how much is attacked.
        budget: forward passes for an image and its copies, for which transforms are chosen; None takes the default
            transforms.
        command: the command line, for ``run.json``.

    Returns:
        The table of errors, columns :data:`benchmarks.error_detection.table.ERRORS`.

    Raises:
        ValueError: the folder holds something else.
    """
    setting = collect_errors(
        resolved,
        setting_of(resolved, attacks, budget=budget),
        run,
        device=device,
        batch_size=batch_size,
        command=command,
    )
    table = finish_errors(setting, run, device=device, batch_size=batch_size)
    close_section(run)
    return table


def collect_errors(
    resolved: Resolved,
    setting: Setting,
    run: Path,
    *,
    device: torch.device,
    batch_size: int = 256,
    command: str = "",
    on_images: Callable[[int], None] = lambda _: None,
) -> Setting:
    """Do the first half of :func:`run_errors`: open the folder, choose transforms, classify all copies of all images.

    Args:
        resolved: models, data and conditions.
        setting: of :func:`setting_of`.
        run: the run folder.
        device: where models and transforms run.
        batch_size: images and copies a forward pass.
        command: the command line, for ``run.json``.
        on_images: called after each block with the number of its images.

    Returns:
        The setting with the transforms that were used, for :func:`finish_errors`.
    """
    open_section(resolved, run, section="errors", device=device, command=command)
    with running_engines(setting.plan, device=device, batch_size=batch_size) as engines:
        setting = choose_transforms(setting, run, engines, on_images=on_images)
        collect(setting, run, engines, on_images=on_images)
    return setting


def unfinished_images(setting: Setting, run: Path) -> int:
    """Images that :func:`collect_errors` has still to go through, those of the pilot included."""
    chosen = chosen_before(setting, run)
    pilot = 0 if chosen is not None else unfinished_pilot(setting, run)
    # Without a choice nothing is classified under it yet.
    blocks = setting.plan.blocks if chosen is None else unfinished_blocks(chosen, run)
    return pilot + sum(len(setting.plan.block(block)) for block in blocks)


def finish_errors(
    setting: Setting,
    run: Path,
    *,
    device: torch.device,
    batch_size: int = 256,
    on_attack: Callable[[int], None] = lambda _: None,
) -> pd.DataFrame:
    """Do the second half of :func:`run_errors` up to the page: fits, attacks, tables and pictures.

    Args:
        setting: of :func:`setting_of`.
        run: the run folder.
        device: where models and attacks run.
        batch_size: images and copies a forward pass.
        on_attack: called with 1 after each attack.

    Returns:
        The table of errors.
    """
    with running_engines(setting.plan, device=device, batch_size=batch_size) as engines:
        practise_all(setting, run, engines)
        models = judge(setting, run)
        attacked, adversarial = attack(setting, run, models, engines, on_attack=on_attack)
    judged = [model.judged for model in models]
    natural = error_table(judged, seed=setting.plan.seed)
    table = pd.concat([natural, adversarial], ignore_index=True) if len(adversarial) else natural
    tables = {"errors": table, "errors_curves": curve_table(judged), "errors_attacks": attacked}
    if setting.budget is not None:
        tables["errors_transforms"] = choice_table(setting, run)
    write_tables(run, tables)
    _keep(setting, run, models)
    for one in judged:
        write_disagreements(setting.plan, run, one)
    return table


def _keep(setting: Setting, run: Path, models: Sequence[JudgedModel]) -> None:
    """Write the scores of all rows, and the detectors."""
    frames = pd.concat([model.judged.frame for model in models], ignore_index=True)
    write_part(
        pa.Table.from_pandas(frames, preserve_index=False), run / "errors" / "scores.parquet", setting.fingerprint()
    )
    for position, model in enumerate(models):
        detectors = {"detector": model.fitted.detector, "hardened": model.fitted.hardened}
        for name, detector in detectors.items():
            if detector is not None:
                save_detector(detector, run / "errors" / f"{name}-{position:02d}.safetensors")
