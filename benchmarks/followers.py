"""What every rank but the first does, and ranks that are started here, one for each device.

A follower resolves the same request on its own, takes units and writes their shards. It says nothing, and opens,
shows and finishes nothing: the first rank does.
"""

import contextlib
import json
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch
from torch.distributed import DistError

from benchmarks.engines import choose_device, running_engines
from benchmarks.plan import Plan
from benchmarks.ranks import HaltedError, LostRankError, Ranks, alone, client, host, join, world_size
from benchmarks.request import Request, Resolved, resolve
from benchmarks.runs import default_folder
from benchmarks.sweep import run_sweep
from reports.records import read_run

__all__ = ["Share", "announce_run", "follow", "gathered"]

_OPENED = "opened"


@dataclass(frozen=True, kw_only=True)
class Share:
    """How a rank takes part.

    Attributes:
        request: what all of them do.
        out: the run folder; one named after models and data if None.
        device: of this rank; its GPU, or the CPU, if None.
        batch_size: images a forward pass.
        max_bad: stop after more unreadable images, of all ranks, than this.
    """

    request: Request
    out: Path | None = None
    device: str | None = None
    batch_size: int = 64
    max_bad: int | None = None


@contextlib.contextmanager
def gathered(share: Share, devices: Sequence[str] = ()) -> Iterator[Ranks]:
    """The ranks that a launcher started, those of ``devices``, or this process alone.

    Args:
        share: what ranks that are started here do.
        devices: one process each; this one is the first.

    Raises:
        ValueError: devices are given beside a launcher's processes.
    """
    if not devices:
        with (join() if world_size() > 1 else alone()).at_work() as ranks:
            yield ranks
        return
    if world_size() > 1:
        raise ValueError("expected either --devices or torchrun, which starts the processes itself, got both")
    for device in devices:
        choose_device(device)
    _divide_threads(devices)
    crew: list[BaseProcess] = []
    ranks, port = host(len(devices), lambda rank: crew[rank - 1].exitcode is not None)
    with ranks.at_work(), _started(share, devices, port, crew):
        yield ranks


@contextlib.contextmanager
def _started(share: Share, devices: Sequence[str], port: int, crew: list[BaseProcess]) -> Iterator[None]:
    """Start a process for every device but the first; stop those that are still there at the end, whatever happens."""
    context = get_context("spawn")
    try:
        for rank, device in enumerate(devices):
            if rank:
                own = replace(share, device=device)
                arguments = (own, devices, rank, port)
                crew.append(context.Process(target=_serve, args=arguments, daemon=True))
                crew[-1].start()
        yield
    finally:
        for process in crew:
            process.terminate()
            process.join()


def _serve(share: Share, devices: Sequence[str], rank: int, port: int) -> None:
    """What a process that was started here does."""
    from benchmarks.allocator import keep_freed_pages, share_allocator

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the first rank's to handle
    keep_freed_pages()
    share_allocator()
    _divide_threads(devices)
    told = contextlib.suppress(ValueError, OSError)  # to the first rank, which says it
    with told, client(rank, len(devices), port).at_work() as ranks:
        follow(share, ranks)


def _divide_threads(devices: Sequence[str]) -> None:
    """Give each process on the CPU its part of the cores."""
    on_cpu = sum(torch.device(device).type == "cpu" for device in devices)
    if on_cpu > 1:
        torch.set_num_threads(max(1, min(torch.get_num_threads(), (os.cpu_count() or 1) // on_cpu)))


def announce_run(ranks: Ranks, plan: Plan, run: Path, *, work: bool) -> None:
    """Let the others know, as the first rank, that the run is open.

    Args:
        ranks: all of them.
        plan: of the run.
        run: its folder.
        work: whether anything is left to do.
    """
    ranks.tell(_OPENED, json.dumps({"fingerprint": plan.fingerprint(), "run": str(run), "work": work}))


def follow(share: Share, ranks: Ranks) -> None:
    """Take part in a sweep that the first rank leads, until no unit is left.

    Raises:
        ValueError: the request is another one here, the run folder is not the first rank's, or too many images are bad.
        LostRankError: the first rank is gone.
        SystemExit: another rank stopped the sweep, and says why itself.
    """
    try:
        _sweep(share, ranks)
    except HaltedError:
        raise SystemExit(2) from None
    except DistError as error:
        raise LostRankError(
            f"expected the store of rank 0 to answer, got {str(error).splitlines()[0]}; look there for the reason, "
            "then run the same command again"
        ) from error


def _sweep(share: Share, ranks: Ranks) -> None:
    if share.request.embedded:
        ranks.read(_OPENED)  # the first rank trains the network, if it must be trained
    resolved = _resolved(share.request, ranks)
    opened = json.loads(ranks.read(_OPENED))
    if not opened["work"]:
        return
    plan, run = resolved.plan, share.out or default_folder(resolved.plan)
    _check(plan, run, opened)
    where = ranks.device(choose_device(share.device))
    with running_engines(plan, device=where, batch_size=share.batch_size) as engines:
        run_sweep(plan, run, engines, max_bad=share.max_bad, ranks=ranks)


def _resolved(request: Request, ranks: Ranks) -> Resolved:
    """Resolve the request; a mistake in it is the first rank's to tell."""
    try:
        return resolve(request)
    except (ValueError, OSError):
        ranks.read(_OPENED)
        raise


def _check(plan: Plan, run: Path, opened: dict[str, str]) -> None:
    if plan.fingerprint() != opened["fingerprint"]:
        raise ValueError(
            "expected the same models, weights and images on every machine, got others here than those of rank 0; "
            "compare --model, --checkpoint and --data there and here"
        )
    if not (run / "run.json").exists() or read_run(run).get("run_fingerprint") != opened["fingerprint"]:
        raise ValueError(
            f"expected the run folder {opened['run']} of rank 0, got none at {run}; choose --out on a disk that all "
            "machines share, and start all of them in one folder"
        )
