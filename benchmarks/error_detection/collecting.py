"""From images to rows: every model asked about every image under every condition, block by block.

A row holds the scores that need no fitting, and what the fitted ones start from: log-odds of every copy, logits of the
original, penultimate features. The logits of the copies are not kept; of 1,000 classes they would take gigabytes.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.conditioning import apply_condition
from benchmarks.conditions import Condition
from benchmarks.datasets import Sample
from benchmarks.error_detection.direct_scores import RANDOM, direct_scores, dropout_scores, random_score
from benchmarks.error_detection.probing import Answers, Probe
from benchmarks.loading import Loaded, load_sample
from benchmarks.plan import Plan, image_seed
from benchmarks.preparation import Preparation
from robustness.consistency.features import log_odds

__all__ = ["SCORE", "VECTORS", "answer_columns", "collect_blocks"]

SCORE = "score_"  # what the columns of scores begin with
VECTORS = ("log_odds", "logits", "features")  # columns of what fitted scores start from
_FIXED = pa.schema(
    [
        pa.field("model", pa.string()),
        pa.field("image_id", pa.string()),
        pa.field("condition_kind", pa.string()),
        pa.field("condition_name", pa.string()),
        pa.field("condition_severity", pa.int8()),
        pa.field("half", pa.string()),
        pa.field("status", pa.string()),
        pa.field("label", pa.int32()),
        pa.field("prediction", pa.int32()),
        pa.field("correct", pa.bool_()),
    ]
)


@dataclass(frozen=True, kw_only=True)
class _Unit:
    """The images of a block as one source gives them."""

    samples: Sequence[Sample]
    loaded: Sequence[Loaded]
    condition: Condition


def collect_blocks(
    plan: Plan, blocks: Sequence[int], probes: Sequence[Probe], halves: Mapping[str, str], pool: ThreadPoolExecutor
) -> Iterator[pa.Table]:
    """Collect the rows of some blocks, one table for each.

    Args:
        plan: models, images and conditions.
        blocks: which of the plan's units.
        probes: one for each of the plan's models.
        halves: {image id: half}.
        pool: decodes ahead.

    Yields:
        One row for each model, image and condition; images that could not be read or classified have a status other
        than ``ok``, and gaps.
    """
    sources = _read_ahead(plan, blocks, pool)
    for block in blocks:
        samples, tables = plan.block(block), []
        for _, conditions in plan.sources:
            loaded = next(sources)
            for condition in conditions:
                unit = _Unit(samples=samples, loaded=loaded, condition=condition)
                tables += [
                    table for group in plan.groups.items() for table in _tables(plan, unit, group, probes, halves)
                ]
        yield pa.concat_tables(tables, promote_options="default")


def _read_ahead(plan: Plan, blocks: Sequence[int], pool: ThreadPoolExecutor) -> Iterator[list[Loaded]]:
    """Decode every (block, source) in order; the next one is decoded while this one is computed."""
    preparations = tuple(plan.groups)
    queue: deque[list[Future[Loaded]]] = deque()
    for block in blocks:
        for source, _ in plan.sources:
            images = plan.block(block)
            queue.append([pool.submit(load_sample, plan.samples, one, source, preparations) for one in images])
            if len(queue) > 1:
                yield [future.result() for future in queue.popleft()]
    while queue:
        yield [future.result() for future in queue.popleft()]


def _tables(
    plan: Plan,
    unit: _Unit,
    group: tuple[Preparation, list[int]],
    probes: Sequence[Probe],
    halves: Mapping[str, str],
) -> Iterator[pa.Table]:
    """The rows of one condition, for one after the other of the models that see the same pixels."""
    preparation, positions = group
    seeds = [image_seed(plan.seed, sample.image_id) for sample in unit.samples]
    usable = np.array([one.status == "ok" for one in unit.loaded])
    if usable.any():
        device = probes[positions[0]].engine.device
        readable = [one.pixels[preparation] for one in unit.loaded if one.status == "ok"]
        own = torch.tensor(seeds)[torch.from_numpy(usable)].to(device)
        pixels = apply_condition(plan, unit.condition, torch.stack(readable).to(device), seeds=own)
    for position in positions:
        answers = probes[position](pixels, seed=plan.seed) if usable.any() else None
        yield _table(plan, unit, position, answers, halves)


def _table(plan: Plan, unit: _Unit, position: int, answers: Answers | None, halves: Mapping[str, str]) -> pa.Table:
    ids = [sample.image_id for sample in unit.samples]
    status = np.array([one.status for one in unit.loaded], dtype=object)
    if answers is not None:
        finite = answers.finite
        status[np.flatnonzero(status == "ok")[~finite.numpy()]] = "nonfinite_logits"
        answers = answers[finite]
    indices, condition = plan.label_indices[position], unit.condition
    labels = np.array([indices[sample.class_name] for sample in unit.samples], dtype=np.int32)
    columns: dict[str, Any] = {
        "model": [plan.models[position].name] * len(ids),
        "image_id": ids,
        "condition_kind": [condition.kind] * len(ids),
        "condition_name": [condition.name] * len(ids),
        "condition_severity": [condition.severity] * len(ids),
        "half": [halves[one] for one in ids],
        "status": list(status),
        "label": labels,
    }
    found = answer_columns(answers, labels[status == "ok"]) if answers is not None and len(answers.logits) else {}
    where = f"{condition.kind} {condition.name} {condition.severity}"
    found[SCORE + RANDOM] = random_score(ids, seed=plan.seed, condition=where)[status == "ok"]
    missing: dict[str, list[Any]] = {"prediction": [], "correct": []}
    return _arrow(columns, missing | found, status == "ok")


def answer_columns(answers: Answers, labels: NDArray[np.integer]) -> dict[str, Any]:
    """Columns of N finite answers: prediction, correct, scores without fitting, and what fitted ones start from."""
    logits = answers.logits
    prediction = logits[:, 0].argmax(dim=1).numpy().astype(np.int32)
    scores = direct_scores(logits)
    if answers.dropout is not None:
        scores |= dropout_scores(answers.dropout)
    columns: dict[str, Any] = {"prediction": prediction, "correct": prediction == labels}
    columns |= {SCORE + name: values for name, values in scores.items()}
    columns |= {"log_odds": log_odds(logits), "logits": logits[:, 0]}
    return columns if answers.features is None else columns | {"features": answers.features}


def _arrow(columns: Mapping[str, Any], found: Mapping[str, Any], usable: NDArray[np.bool_]) -> pa.Table:
    """Arrow columns of fixed types; what was found goes to the usable rows, the others stay null."""
    places = np.cumsum(usable) - 1
    taken = pa.array(np.where(usable, places, 0), mask=~usable)
    arrays = {name: pa.array(values, type=_FIXED.field(name).type) for name, values in columns.items()}
    for name, values in found.items():
        if name in VECTORS:
            rows = _vectors(values)
        else:
            rows = pa.array(values, type=_FIXED.field(name).type if name in _FIXED.names else pa.float64())
        arrays[name] = rows.take(taken)
    return pa.table(arrays)


def _vectors(rows: Tensor) -> pa.Array:
    """(N, F) as lists of float64 or float32, as they come."""
    flat, width = rows.contiguous().numpy(), rows.shape[1]
    return pa.ListArray.from_arrays(np.arange(0, (len(flat) + 1) * width, width, dtype=np.int32), flat.reshape(-1))
