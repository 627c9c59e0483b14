"""The stability run: one perturbation after the other, each kept when it is finished; then table and figure.

Frames are classified in plain float32: the five best classes of a frame can be closer to each other than
bfloat16 tells apart, and a distance between orders counts every such exchange.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import torch

from benchmarks.engines import running_engines
from benchmarks.inference import Engine
from benchmarks.parts import read_part, write_part
from benchmarks.plan import Plan
from benchmarks.request import Resolved
from benchmarks.runs import open_run
from benchmarks.stability.sequences import score_sequences
from benchmarks.stability.table import averaged_perturbations, stability_table
from reports.records import write_atomically
from reports.stability import draw_stability
from reports.tables import write_tables
from robustness.perturbations import PERTURBATIONS

__all__ = ["choose_perturbations", "measure_stability", "run_stability", "unfinished_perturbations"]

_VERSION = "1"  # of what scores mean; another one makes finished perturbations be computed again

OnImages = Callable[[int], None]


def choose_perturbations(names: Sequence[str], *, profile: str) -> tuple[str, ...]:
    """Resolve the user's choice: the profile's ten test perturbations if none, all fourteen for ``all``.

    Raises:
        ValueError: a name that does not exist.

    Example:
        >>> choose_perturbations(["tilt", "snow"], profile="cifar")
        ('snow', 'tilt')
    """
    wanted = set(names or averaged_perturbations(profile))
    if wanted == {"all"}:
        wanted = set(PERTURBATIONS)
    unknown = sorted(wanted - set(PERTURBATIONS))
    if unknown:
        raise ValueError(f"expected --perturbations among {', '.join(PERTURBATIONS)}, got {unknown[0]!r}")
    return tuple(name for name in PERTURBATIONS if name in wanted)


def measure_stability(
    plan: Plan, engines: Sequence[Engine], *, names: Sequence[str] = (), on_images: OnImages = lambda _: None
) -> pd.DataFrame:
    """Measure stability in memory, without a run folder.

    Args:
        plan: models, images, profile and seed; its conditions do not matter.
        engines: one for each of the plan's models, in :meth:`Engine.running`.
        names: perturbations; see :func:`choose_perturbations`.
        on_images: called with numbers of images; altogether each image counts once for each perturbation.

    Returns:
        Columns ``model``, ``perturbation``, ``metric``, ``value``, ``low``, ``high``, ``n``, ``convention``.

    Raises:
        ValueError: no such perturbation, or data that was corrupted before it was stored.
    """
    chosen = choose_perturbations(names, profile=plan.profile)
    scores = {name: score_sequences(plan, engines, name, on_images=on_images) for name in chosen}
    return stability_table(scores, profile=plan.profile, seed=plan.seed)


def run_stability(
    resolved: Resolved,
    run: Path,
    *,
    device: torch.device,
    batch_size: int = 64,
    names: Sequence[str] = (),
    command: str = "",
    on_images: OnImages = lambda _: None,
) -> pd.DataFrame:
    """Measure stability into a run folder: ``tables/stability.csv`` and ``figures/stability.svg``.

    Every finished perturbation stays in ``stability/<name>.parquet``, one row for each model and image, and the
    same call continues where the last one stopped. The folder may be that of an audit with the same plan. The
    table covers all perturbations that are finished there, those of earlier calls too.

    Args:
        resolved: models and data.
        run: the run folder, made if it is not there.
        device: where models and perturbations run.
        batch_size: frames a forward pass; halved if memory runs out.
        names: perturbations; see :func:`choose_perturbations`.
        command: the command line, for ``run.json``.
        on_images: called with numbers of images; altogether each image counts once for each perturbation of
            :func:`unfinished_perturbations`.

    Returns:
        The table, as :func:`measure_stability`.

    Raises:
        ValueError: no such perturbation, data that was corrupted before it was stored, or a folder that holds
            another run.
    """
    plan = replace(resolved.plan, precision="exact")
    pending = unfinished_perturbations(resolved, run, names)
    open_run(resolved, run, device=device, command=command)
    if pending:
        with running_engines(plan, device=device, batch_size=batch_size) as engines:
            for name in pending:
                scores = score_sequences(plan, engines, name, on_images=on_images)
                table = pa.Table.from_pandas(scores, preserve_index=False)
                write_part(table, _path(run, name), _fingerprint(plan, name))
    found = {name: read_part(_path(run, name), _fingerprint(plan, name)) for name in PERTURBATIONS}
    finished = {name: part.to_pandas() for name, part in found.items() if part is not None}
    stability = stability_table(finished, profile=plan.profile, seed=plan.seed)
    write_tables(run, {"stability": stability})
    write_atomically(run / "figures" / "stability.svg", draw_stability(stability))
    return stability


def unfinished_perturbations(resolved: Resolved, run: Path, names: Sequence[str] = ()) -> tuple[str, ...]:
    """The perturbations among ``names`` that ``run`` does not hold yet; damaged and foreign ones count as such.

    Raises:
        ValueError: no such perturbation.
    """
    plan = replace(resolved.plan, precision="exact")
    chosen = choose_perturbations(names, profile=plan.profile)
    return tuple(name for name in chosen if read_part(_path(run, name), _fingerprint(plan, name)) is None)


def _path(run: Path, name: str) -> Path:
    return run / "stability" / f"{name}.parquet"


def _fingerprint(plan: Plan, name: str) -> str:
    """What decides the scores of one perturbation."""
    return hashlib.sha256(f"{_VERSION}\0{name}\0{plan.fingerprint()}".encode()).hexdigest()
