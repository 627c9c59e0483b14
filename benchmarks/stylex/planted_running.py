"""The planted run: classifiers with known causes, a StylEx for each, and what its attributes move.

What is measured of a system is kept as soon as it is there, and a training that was stopped goes on; the same call
continues with what is missing.
"""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow as pa
import torch

from benchmarks.parts import read_part, write_part
from benchmarks.planted import AttributeOracle, Fitting, Scene, train_classifier, train_oracle
from benchmarks.stylex.data import planted_data
from benchmarks.stylex.fidelity import measure_fidelity
from benchmarks.stylex.planted_judging import JUDGED, judge_stylex
from benchmarks.stylex.planted_setting import PlantedStylex
from benchmarks.stylex.training import train_stylex
from benchmarks.zoo import wrap_classifier

__all__ = ["find_systems", "unfinished_work"]

_PARTS = 3  # of judging, a piece of work each

OnWork = Callable[[int], None]


def unfinished_work(systems: Sequence[PlantedStylex], run: Path) -> int:
    """Steps, and parts of judging, that :func:`find_systems` has still to do; more than that if nothing is there."""
    pending = [one for one in systems if read_part(*_place(one, run)) is None]
    oracles = sum(fitting.steps for _, fitting in {one.reading for one in pending})
    return oracles + sum(one.fitting.steps + one.recipe.steps + _PARTS for one in pending)


def find_systems(
    systems: Sequence[PlantedStylex],
    run: Path,
    *,
    device: torch.device | str = "cpu",
    on_work: OnWork = lambda _: None,
) -> pd.DataFrame:
    """Train and judge planted systems, or find what is there already.

    Args:
        systems: in order.
        run: finished systems are kept in ``stylex/<hash>`` there; judging them otherwise trains none again.
        device: where it all happens.
        on_work: called with numbers of steps and parts that are done.

    Returns:
        Columns ``system``, ``rule`` and those of :func:`~benchmarks.stylex.planted_judging.judge_stylex`, with the
        figures of fidelity and the classifier's accuracy among the questions.
    """

    @cache
    def oracle(scene: Scene, fitting: Fitting, held_out: int) -> AttributeOracle:
        return train_oracle(scene, fitting, held_out=held_out, device=device, on_step=on_work)

    found = []
    for one in systems:
        path, fingerprint = _place(one, run)
        part = read_part(path, fingerprint)
        if part is None:
            judged = _make(one, path.parent, oracle, device, on_work)
            part = pa.Table.from_pandas(judged, preserve_index=False)
            write_part(part, path, fingerprint)
        found.append(part.to_pandas().assign(system=one.name, rule=one.name.rpartition(", seed")[0]))
    table: pd.DataFrame = pd.concat(found, ignore_index=True)[["system", "rule", *JUDGED]]
    return table


def _make(
    one: PlantedStylex,
    folder: Path,
    oracle: Callable[[Scene, Fitting, int], AttributeOracle],
    device: torch.device | str,
    on_work: OnWork,
) -> pd.DataFrame:
    """Classifier, StylEx and what is known of both."""
    trained = train_classifier(one.design, one.fitting, held_out=one.held_out, device=device, on_step=on_work)
    model = wrap_classifier(trained.classifier, name=one.rule)
    data = planted_data(one.design, images=one.images, held_out=one.held_out)
    system = train_stylex(model, data, folder, setting=one.setting, device=device, on_step=on_work)
    accuracies = trained.accuracies.assign(question="accuracy").rename(columns={"variant": "attribute"})
    fidelity = measure_fidelity(system, data.held_out, seed=one.seed).rename(columns={"measure": "question"})
    reader = oracle(*one.reading, one.held_out)
    judged = judge_stylex(system, one.design, reader, images=one.judged, seed=one.seed, on_work=on_work)
    facts = pd.concat([accuracies, fidelity]).assign(rank=0, direction="both").fillna({"attribute": ""})
    return pd.concat([facts[JUDGED], judged], ignore_index=True)


def _place(one: PlantedStylex, run: Path) -> tuple[Path, str]:
    return run / "stylex" / one.training_fingerprint()[:12] / "judged.parquet", one.fingerprint()
