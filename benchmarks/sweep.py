"""The sweep: idempotent units of work, one atomic shard of records each, resumed by the same command."""

import os
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.conditioning import apply_condition
from benchmarks.conditions import Condition
from benchmarks.inference import Engine
from benchmarks.loading import DataGoneError, Loaded, load_sample
from benchmarks.plan import Plan, image_seed
from benchmarks.preparation import Preparation
from benchmarks.ranks import Ranks, alone
from benchmarks.rows import condition_rows
from reports.records import is_whole, write_records

__all__ = ["TooManyBadImagesError", "finished_blocks", "run_sweep", "shard_path"]


class TooManyBadImagesError(ValueError):
    """More images could not be read than the caller allows."""


def shard_path(run: Path, block: int) -> Path:
    """Where the records of unit ``block`` live."""
    return run / "records" / f"block-{block:06d}.parquet"


def finished_blocks(plan: Plan, run: Path) -> set[int]:
    """Find the units whose shards are whole; damaged shards are removed, so that they are computed again."""
    finished = set()
    for block in plan.blocks:
        path = shard_path(run, block)
        if not path.exists():
            continue
        if is_whole(path, rows=len(plan.block(block)) * len(plan.conditions) * len(plan.models)):
            finished.add(block)
        else:
            path.unlink(missing_ok=True)
    return finished


def run_sweep(
    plan: Plan,
    run: Path,
    engines: Sequence[Engine],
    *,
    max_bad: int | None = None,
    blocks: Collection[int] | None = None,
    ranks: Ranks | None = None,
    on_unit: Callable[[int], None] = lambda _: None,
) -> None:
    """Run every unit of ``plan`` that has no shard in ``run`` yet.

    Args:
        plan: what to run.
        run: the run folder.
        engines: one for each of the plan's models, in :meth:`Engine.running`.
        max_bad: stop when more images than this could not be read in this call; None never stops.
        blocks: the units of this call, where several processes share a plan without ranks; all of them if None.
        ranks: the processes that call this for the same run; this one alone if None. The first of them returns when
            every unit has its shard, the others when they can take no more.
        on_unit: called after each unit with the number of images that all ranks have done since.

    Raises:
        TooManyBadImagesError: after writing the unit in which the limit was passed.
        DataGoneError: images are gone that were there when the data was indexed.
        HaltedError: another rank raised something.
    """
    team = ranks or alone()
    pending: list[int] = []
    if team.leads:
        finished = finished_blocks(plan, run)
        pending = [one for one in plan.blocks if one not in finished and (blocks is None or one in blocks)]
        team.hand_out(pending)
    _run_units(plan, run, engines, team.units(), team, max_bad=max_bad, on_unit=on_unit)
    team.end()
    if team.leads:
        team.await_others(on_unit)
        lost = [one for one in pending if not shard_path(run, one).exists()]
        _run_units(plan, run, engines, lost, team, max_bad=max_bad, on_unit=on_unit)


def _run_units(
    plan: Plan,
    run: Path,
    engines: Sequence[Engine],
    units: Iterable[int],
    ranks: Ranks,
    *,
    max_bad: int | None,
    on_unit: Callable[[int], None],
) -> None:
    """Compute units and write their shards."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        loaded = _read_ahead(plan, units, pool)
        for block, first in loaded:
            sources = [first, *(next(loaded)[1] for _ in plan.sources[1:])]
            _check_there(plan, block, sources)
            write_records(_unit_table(plan, block, sources, engines), shard_path(run, block))
            bad = [i.path for i, one in zip(plan.block(block), sources[0], strict=True) if one.status != "ok"]
            _check_bad(bad, ranks.count_bad(len(bad)), max_bad)
            on_unit(ranks.count(len(plan.block(block))))


def _check_there(plan: Plan, block: int, sources: Sequence[Sequence[Loaded]]) -> None:
    """Tell stored conditions that lack an image, which its records say, from data that is taken away meanwhile."""
    if plan.published and all(one.status == "missing" for loaded in sources for one in loaded):
        raise DataGoneError(plan.block(block)[0].path)


def _check_bad(bad: Sequence[str], count: int, max_bad: int | None) -> None:
    if max_bad is not None and count > max_bad:
        among = f", among them {', '.join(bad[:3])}" if bad else ""
        raise TooManyBadImagesError(
            f"expected at most {max_bad} unreadable images (--max-bad), got {count} so far{among}; repair them or "
            "allow more, then run the same command again"
        )


def _read_ahead(plan: Plan, blocks: Iterable[int], pool: ThreadPoolExecutor) -> Iterator[tuple[int, list[Loaded]]]:
    """Yield the images of every (block, source); the next one is decoded while this one is computed."""
    preparations = tuple(plan.groups)
    queue: deque[tuple[int, list[Future[Loaded]]]] = deque()
    for block in blocks:
        for source, _ in plan.sources:
            images = [pool.submit(load_sample, plan.samples, one, source, preparations) for one in plan.block(block)]
            queue.append((block, images))
            if len(queue) > 1:
                yield _fetched(queue)
    while queue:
        yield _fetched(queue)


def _fetched(queue: "deque[tuple[int, list[Future[Loaded]]]]") -> tuple[int, list[Loaded]]:
    block, images = queue.popleft()
    return block, [future.result() for future in images]


def _unit_table(plan: Plan, block: int, sources: list[list[Loaded]], engines: Sequence[Engine]) -> pa.Table:
    """All records of one unit: conditions outside, models inside, so that each corruption is computed once."""
    images = plan.block(block)
    seeds = np.array([image_seed(plan.seed, image.image_id) for image in images], dtype=np.int64)
    tables = []
    for loaded, (_, conditions) in zip(sources, plan.sources, strict=True):
        for condition in conditions:
            # Rows of all models after the last forward pass: kept beside the features of every pass, each would hold
            # a page that the next pass could have used.
            for position, logits in _logits(plan, condition, loaded, seeds, engines):
                rows = condition_rows(
                    plan, position, condition, images=images, loaded=loaded, logits=logits, seeds=seeds
                )
                tables.append(rows)
    return pa.concat_tables(tables)


def _logits(
    plan: Plan,
    condition: Condition,
    loaded: Sequence[Loaded],
    seeds: NDArray[np.int64],
    engines: Sequence[Engine],
) -> list[tuple[int, Tensor | None]]:
    """What every model says of the readable images of a block: (position of the model, logits or None)."""
    found: list[tuple[int, Tensor | None]] = []
    for preparation, positions in plan.groups.items():
        pixels = _conditioned(plan, condition, loaded, preparation, seeds, engines[0].device)
        found += [(position, engines[position].logits(pixels) if len(pixels) else None) for position in positions]
    return found


def _conditioned(
    plan: Plan,
    condition: Condition,
    loaded: Sequence[Loaded],
    preparation: Preparation,
    seeds: NDArray[np.int64],
    device: torch.device,
) -> Tensor:
    """The readable images of a block under a condition, (M, 3, H, W) uint8 on ``device``."""
    usable = np.array([one.status == "ok" for one in loaded])
    if not usable.any():
        return torch.empty(0, 3, 1, 1, dtype=torch.uint8)
    pixels = torch.stack([one.pixels[preparation] for one in loaded if one.status == "ok"]).to(device)
    own = torch.from_numpy(seeds[usable]).to(device)
    return apply_condition(plan, condition, pixels, seeds=own)
