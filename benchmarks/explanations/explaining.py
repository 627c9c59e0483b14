"""From chosen images to maps with all their checks: one model and one method at a time, each kept when finished."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa
import torch
from torch import Tensor

from benchmarks.explanations.choosing import load_images
from benchmarks.explanations.maps import maps_column, read_maps
from benchmarks.explanations.methods import reason_against
from benchmarks.inference import Engine
from benchmarks.parts import note_of, read_part, write_part
from benchmarks.plan import Plan
from xai.attribution import Method, attribute
from xai.faithfulness import check_maps

__all__ = ["CHECKS", "Explained", "Maps", "Task", "explain", "unfinished_maps"]

CHECKS = (
    "insertion_blurred", "deletion_blurred", "insertion_mean_colour", "deletion_mean_colour",
    "sensitivity", "randomised_correlation", "relative_gap",
)  # fmt: skip
"""Every check of a map, by its column."""

_VERSION = "1"  # of what maps and checks mean; another one makes finished ones be computed again
_BLOCK = 8  # maps between two signs of progress

OnMaps = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Task:
    """One model with the images that are explained.

    Attributes:
        plan: where the model and the images are.
        position: of the model in the plan.
        chosen: N rows of :func:`benchmarks.explanations.choosing.choose_images`.
        seed: of everything that methods and checks draw.
    """

    plan: Plan
    position: int
    chosen: pd.DataFrame
    seed: int = 0

    @property
    def name(self) -> str:
        """The model's."""
        return self.plan.models[self.position].name

    @cached_property
    def asks(self) -> pd.DataFrame:
        """What is explained: (``row`` of the image, ``kind``, ``target``).

        The predicted class of every image, then the true class of the confident errors.
        """
        rows = pd.DataFrame({"row": range(len(self.chosen)), "target": self.chosen["prediction"].astype(int)})
        wrong = self.chosen["confidently_wrong"].to_numpy(dtype=bool)
        truth = rows[wrong].assign(target=self.chosen["label"].astype(int)[wrong])
        return pd.concat([rows.assign(kind="prediction"), truth.assign(kind="label")], ignore_index=True)

    @cached_property
    def images(self) -> Tensor:
        """(N, 3, H, W) uint8."""
        return load_images(self.plan, self.position, list(self.chosen["image_id"]))

    def place(self, run: Path, name: str, method: Method) -> tuple[Path, str]:
        """Where the maps of a method are kept, and the fingerprint of all that decides them."""
        model = self.plan.models[self.position]
        decided = [_VERSION, self.plan.samples.fingerprint, model.weights_sha256, str(model.preparation), repr(method)]
        decided += [str(self.seed), *self.chosen["image_id"], *map(str, self.asks["target"])]
        digest = hashlib.sha256(json.dumps(decided).encode()).hexdigest()
        return run / "explanations" / f"model-{self.position + 1:02d}" / f"{name}.parquet", digest


@dataclass(frozen=True, kw_only=True)
class Maps:
    """What one method gave for the asks of a task: (A, H, W) maps, and their checks, a row each."""

    maps: Tensor
    checks: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A task with its maps by method, and the reasons why other methods do not apply."""

    task: Task
    methods: Mapping[str, Maps]
    reasons: Mapping[str, str]


def unfinished_maps(task: Task, run: Path, methods: Mapping[str, Method]) -> int:
    """Maps that :func:`explain` has still to make and check."""
    return len(task.asks) * len(_pending(task, run, methods))


def explain(
    task: Task,
    run: Path,
    engine: Engine,
    methods: Mapping[str, Method],
    *,
    on_maps: OnMaps = lambda _: None,
) -> Explained:
    """Make the maps of all methods with their checks, or find what is there already.

    Args:
        task: the model and its images.
        run: finished methods are kept in ``explanations/model-*/<method>.parquet`` there.
        engine: of the model, running.
        methods: by name.
        on_maps: called with numbers of maps that are made and checked.
    """
    for name in _pending(task, run, methods):
        table, reason = _made(task, engine, methods[name], on_maps)
        write_part(table, *task.place(run, name, methods[name]), note=reason)
    there = {name: read_part(*task.place(run, name, method)) for name, method in methods.items()}
    found = {name: part for name, part in there.items() if part is not None}
    return Explained(
        task=task,
        methods={
            name: Maps(maps=read_maps(table), checks=table.select(list(CHECKS)).to_pandas())
            for name, table in found.items()
            if not note_of(table)
        },
        reasons={name: reason for name, table in found.items() if (reason := note_of(table))},
    )


def _pending(task: Task, run: Path, methods: Mapping[str, Method]) -> Sequence[str]:
    return [name for name, method in methods.items() if read_part(*task.place(run, name, method)) is None]


def _made(task: Task, engine: Engine, method: Method, on_maps: OnMaps) -> tuple[pa.Table, str]:
    size = task.images.shape[2:]
    first = task.images[:1].to(engine.device).float() / 255
    reason = reason_against(engine.classifier, first, method) if len(first) else "there is no image that can be read"
    if reason:
        on_maps(len(task.asks))
        empty = pa.array([], pa.float64())
        return pa.table({**dict.fromkeys(CHECKS, empty), "map": maps_column(torch.zeros(0, *size))}), reason
    maps, checks = [], []
    for start in range(0, len(task.asks), _BLOCK):
        block = task.asks.iloc[start : start + _BLOCK]
        images = task.images[list(block["row"])].to(engine.device).float() / 255
        targets = torch.tensor(list(block["target"]), device=engine.device)
        settings = {"method": method, "batch_size": engine.batch_size, "seed": task.seed}
        explained = attribute(engine.classifier, images, targets, **settings)  # type: ignore[arg-type]
        checked = check_maps(engine.classifier, images, targets, explained, **settings)  # type: ignore[arg-type]
        maps.append(explained.maps.cpu())
        checks.append(pd.DataFrame(checked.columns()).reindex(columns=list(CHECKS)))
        on_maps(len(block))
    columns = {name: pa.array(values.astype(float), from_pandas=False) for name, values in pd.concat(checks).items()}
    return pa.table({**columns, "map": maps_column(torch.cat(maps))}), ""
