"""The run: every model of a plan, one depth and one draw of partners at a time, each kept when it is finished."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import torch
from torch import Tensor, nn

from benchmarks.engines import running_engines
from benchmarks.global_statistics.depths import Depth, every_site, stages
from benchmarks.global_statistics.exchange import UNDECIDED, clean_predictions
from benchmarks.global_statistics.outcomes import (
    OTHER,
    PAIRS,
    SAME,
    Answers,
    SwapOutcomes,
    answers_at,
    draw_partners,
)
from benchmarks.global_statistics.partners import NOBODY
from benchmarks.global_statistics.table import RELIANCE, reliance_table
from benchmarks.inference import Engine
from benchmarks.loading import load_sample
from benchmarks.parts import read_part, write_part
from benchmarks.plan import Plan
from benchmarks.preparation import Preparation
from reports.tables import write_tables

__all__ = ["DEPTHS", "Task", "exchange_tasks", "left_to_answer", "open_tasks", "write_reliance"]

DEPTHS: dict[str, Callable[[nn.Module, Tensor], tuple[Depth, ...]]] = {"stages": stages, "sites": every_site}
"""Choices of depths, by name."""

_VERSION = "1"  # of what answers mean; another one makes finished ones be computed again

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Task:
    """One model with its images and the depths at which they exchange statistics.

    Attributes:
        plan: where the model and the images are.
        position: of the model in the plan.
        ids: N images that can be read and classified.
        images: (N, 3, H, W) uint8, as the model sees them.
        labels: (N,) classes.
        clean: (N,) predictions without exchange.
        depths: pixels first.
        draws: partners of each kind for every image.
    """

    plan: Plan
    position: int
    ids: Sequence[str]
    images: Tensor
    labels: Places
    clean: Places
    depths: Sequence[Depth]
    draws: int

    @property
    def name(self) -> str:
        """The model's."""
        return self.plan.models[self.position].name

    def partners(self, draw: int) -> dict[str, Places]:
        """The partners of one draw."""
        return draw_partners(self.labels, seed=self.plan.seed, draw=draw)

    def place(self, run: Path, depth: int, draw: int) -> tuple[Path, str]:
        """Where the answers at a depth are kept, and the fingerprint of all that decides them."""
        model = self.plan.models[self.position]
        decided = [_VERSION, self.plan.samples.fingerprint, model.weights_sha256, str(model.preparation)]
        decided += [self.depths[depth].name, str(draw), str(self.plan.seed), *self.ids, *map(str, self.labels)]
        words = "".join(letter if letter.isalnum() else "_" for letter in self.depths[depth].name)[:60]
        name = f"{depth:03d}-{words}-draw-{draw + 1}.parquet"
        folder = run / "global_statistics" / f"model-{self.position + 1:02d}"
        return folder / name, hashlib.sha256(json.dumps(decided).encode()).hexdigest()


def open_tasks(
    plan: Plan, *, depths: str = "stages", draws: int = 3, device: torch.device, batch_size: int
) -> list[Task]:
    """Read the images, classify them and find the depths of every model.

    Args:
        plan: models and images, of precision ``exact``; of its conditions the first counts.
        depths: a key of :data:`DEPTHS`.
        draws: partners of each kind for every image.
        device: where models run.
        batch_size: images a forward pass.

    Raises:
        ValueError: no such choice of depths, no draw, or fewer than two images that can be read and classified.
    """
    if depths not in DEPTHS:
        raise ValueError(f"expected --depths among {', '.join(DEPTHS)}, got {depths!r}")
    if draws < 1:
        raise ValueError(f"expected --draws of at least 1, got {draws}")
    read = {preparation: _read(plan, preparation) for preparation in plan.groups}
    with running_engines(plan, device=device, batch_size=batch_size) as engines:
        return [
            _open(plan, position, read[preparation], engines[position], (depths, draws))
            for preparation, positions in plan.groups.items()
            for position in positions
        ]


def left_to_answer(tasks: Sequence[Task], run: Path) -> int:
    """How many answers :func:`exchange_tasks` has still to get."""
    return sum(_answers(task, draw) for task in tasks for _, draw in _pending(task, run))


def exchange_tasks(
    tasks: Sequence[Task],
    run: Path,
    *,
    device: torch.device,
    batch_size: int,
    on_images: Callable[[int], None] = lambda _: None,
) -> pd.DataFrame:
    """Get every answer that ``run`` does not hold yet, and average them.

    Args:
        tasks: of :func:`open_tasks`.
        run: the run folder; answers are kept in ``global_statistics/model-*/*.parquet`` there, and beside them, in
            ``images.parquet``, the share of partners of other classes and of its own that change an image's answer.
        device: where models run.
        batch_size: images a forward pass; halved if memory runs out.
        on_images: called with numbers of answers.

    Returns:
        Column ``model``, then those of :data:`benchmarks.global_statistics.table.RELIANCE`.
    """
    with running_engines(tasks[0].plan, device=device, batch_size=batch_size) as engines:
        for task in tasks:
            for depth, draw in _pending(task, run):
                partners = task.partners(draw)
                name = task.depths[depth].name
                answers = answers_at(engines[task.position], task.images, partners, name, on_images=on_images)
                write_part(pa.table(dict(answers.predictions)), *task.place(run, depth, draw))
    frames = []
    for task in sorted(tasks, key=lambda task: task.position):
        outcomes = _outcomes(task, run)
        _keep_images(task, run, outcomes)
        frames.append(reliance_table(outcomes, seed=task.plan.seed).assign(model=task.name))
    return pd.concat(frames, ignore_index=True)[["model", *RELIANCE]]


def write_reliance(table: pd.DataFrame, run: Path) -> None:
    """Write ``tables/global_statistics.csv``, which a report finds."""
    write_tables(run, {"global_statistics": table})


def _keep_images(task: Task, run: Path, outcomes: SwapOutcomes) -> None:
    """Write what exchanges did to every image, a row for each image and depth."""
    other, same = outcomes.flipped(OTHER), outcomes.flipped(SAME)
    table = pa.table(
        {
            "image_id": np.tile(np.array(task.ids), len(task.depths)).tolist(),
            "depth": [depth.name for depth in task.depths for _ in task.ids],
            OTHER: other.ravel(),
            SAME: same.ravel(),
        }
    )
    write_part(table, run / "global_statistics" / f"model-{task.position + 1:02d}" / "images.parquet", task.name)


def _read(plan: Plan, preparation: Preparation) -> Mapping[int, Tensor]:
    """The pixels of all images that can be read, by place in the plan."""
    source = plan.sources[0][0]
    with ThreadPoolExecutor() as pool:
        loaded = pool.map(lambda one: load_sample(plan.samples, one, source, [preparation]), plan.samples.entries)
        return {place: one.pixels[preparation] for place, one in enumerate(loaded) if one.status == "ok"}


def _open(plan: Plan, position: int, read: Mapping[int, Tensor], engine: Engine, how: tuple[str, int]) -> Task:
    images = torch.stack(list(read.values())) if read else torch.empty(0, 3, 1, 1, dtype=torch.uint8)
    clean = clean_predictions(engine, images) if len(images) else np.empty(0, dtype=np.int64)
    usable = clean != UNDECIDED
    if usable.sum() < 2:
        raise ValueError(
            f"expected at least two images that can be read and classified in {plan.samples.name}, to exchange "
            f"statistics, got {int(usable.sum())}"
        )
    samples = [plan.samples.entries[place] for place, fine in zip(read, usable, strict=True) if fine]
    depths, draws = how
    return Task(
        plan=plan,
        position=position,
        ids=[sample.image_id for sample in samples],
        images=images[torch.from_numpy(usable)],
        labels=np.array([plan.label_indices[position][sample.class_name] for sample in samples], dtype=np.int64),
        clean=clean[usable],
        depths=DEPTHS[depths](engine.classifier, images[:1].to(engine.device).float() / 255),
        draws=draws,
    )


def _pending(task: Task, run: Path) -> list[tuple[int, int]]:
    parts = [(depth, draw) for depth in range(len(task.depths)) for draw in range(task.draws)]
    return [part for part in parts if read_part(*task.place(run, *part)) is None]


def _answers(task: Task, draw: int) -> int:
    return sum(int((partners != NOBODY).sum()) for partners in task.partners(draw).values())


def _outcomes(task: Task, run: Path) -> SwapOutcomes:
    return SwapOutcomes(
        depths=tuple(task.depths),
        labels=task.labels,
        clean=task.clean,
        answers=[[_kept(task, run, depth, draw) for draw in range(task.draws)] for depth in range(len(task.depths))],
    )


def _kept(task: Task, run: Path, depth: int, draw: int) -> Answers:
    path, fingerprint = task.place(run, depth, draw)
    part = read_part(path, fingerprint)
    if part is None:
        raise ValueError(f"expected finished answers in {path}, got none; run the same command again")
    return Answers(partners=task.partners(draw), predictions={name: part[name].to_numpy() for name in PAIRS})
