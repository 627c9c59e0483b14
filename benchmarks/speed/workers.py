"""Processes that take turns: each keeps its own settings, none runs while another is timed."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

__all__ = ["Worker", "started"]

Start = Callable[[], Callable[..., Any]]


class Worker:
    """A process that was set up once and answers each call with one round of its work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def round(self, *arguments: Any) -> Any:
        """Run one round with these arguments and return its result."""
        self._connection.send(arguments)
        return self._connection.recv()


@contextmanager
def started(start: Start) -> Iterator[Worker]:
    """Start a fresh process.

    Args:
        start: called once in the process, returns the function that does one round; both importable by name.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(start, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Worker(ours)
    finally:
        ours.close()
        process.join(timeout=30)
        process.kill()


def _serve(start: Start, connection: Connection) -> None:
    work = start()
    while True:
        try:
            arguments = connection.recv()
        except EOFError:
            return
        connection.send(work(*arguments))
