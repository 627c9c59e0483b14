"""Several processes that work through a list of jobs, each alone with its job.

Small networks gain nothing from threads, but two of them train twice as fast in two processes. Processes are spawned,
which works beside threads and accelerators. They do not outlive their parent: a process whose parent is gone finds its
pipe broken at the next sign of progress. Ctrl-C is the parent's to handle.
"""

import contextlib
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

__all__ = ["carry_out"]

Job = TypeVar("Job")
Work = Callable[[Job, Callable[[int], None]], None]

_MORE, _DONE, _REFUSED, _FAILED = "more", "done", "refused", "failed"


def carry_out(
    work: Work[Job], jobs: Sequence[Job], *, processes: int, on_progress: Callable[[int], None] = lambda _: None
) -> None:
    """Do every job in one of several processes, in any order.

    Args:
        work: a function of some module, called with a job and with what it shall call to report progress.
        jobs: what can be pickled.
        processes: how many work at once.
        on_progress: called here with what any of them reports.

    Raises:
        ValueError: ``processes`` is below 1, or a job raised one; the other processes are stopped.
        RuntimeError: a job failed in another way, with its traceback, or a process died.
    """
    if processes < 1:
        raise ValueError(f"expected at least one process, got {processes}")
    pending = deque(jobs)
    with _crew(work, min(processes, len(jobs))) as crew:
        busy = {pipe: process for pipe, process in crew if _give_job(pipe, pending)}
        while busy:
            ready = wait(list(busy))
            for pipe in [one for one in busy if one in ready]:
                kind, content = _receive(pipe, busy[pipe])
                if kind == _MORE:
                    on_progress(content)
                elif kind == _REFUSED:
                    raise ValueError(content)
                elif kind == _FAILED:
                    raise RuntimeError(f"expected every job to succeed, got in one of the processes:\n{content}")
                elif not _give_job(pipe, pending):
                    del busy[pipe]


@contextlib.contextmanager
def _crew(work: Work[Job], count: int) -> Iterator[list[tuple[Connection, BaseProcess]]]:
    """Start processes; stop those that are still there at the end, whatever happens."""
    context = get_context("spawn")
    crew: list[tuple[Connection, BaseProcess]] = []
    try:
        for _ in range(count):
            here, there = context.Pipe()
            process: BaseProcess = context.Process(target=_serve, args=(work, there), daemon=True)
            process.start()
            there.close()
            crew.append((here, process))
        yield crew
    finally:
        for pipe, process in crew:
            pipe.close()
            process.terminate()
            process.join()


def _give_job(pipe: Connection, pending: "deque[Job]") -> bool:
    if not pending:
        return False
    pipe.send(pending.popleft())
    return True


def _receive(pipe: Connection, process: BaseProcess) -> tuple[str, Any]:
    try:
        message: tuple[str, Any] = pipe.recv()
    except EOFError:
        process.join()
        raise RuntimeError(
            f"expected a process to work on, got exit code {process.exitcode} (-9 is often lack of memory); "
            "run the same command again, with fewer processes if it repeats"
        ) from None
    return message


def _serve(work: Work[Any], pipe: Connection) -> None:
    """What a process does: jobs until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            job = pipe.recv()
            try:
                work(job, lambda count: pipe.send((_MORE, count)))
            except BrokenPipeError:
                return
            except ValueError as error:
                pipe.send((_REFUSED, str(error)))
            except Exception:
                pipe.send((_FAILED, traceback.format_exc()))
            else:
                pipe.send((_DONE, None))
