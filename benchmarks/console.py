"""What a person sees while work goes on: bars on a terminal, plain lines anywhere else."""

import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console as RichConsole
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ["Console", "ProgressBar", "Silence", "describe_bytes", "describe_seconds"]

_SECONDS_BETWEEN_LINES = 5.0


class ProgressBar(Protocol):
    """Counts finished things."""

    def advance(self, count: int) -> None:
        """Count ``count`` more."""


@dataclass(kw_only=True)
class _Lines:
    """A progress bar as plain lines: one at most every five seconds, and one at the end."""

    title: str
    total: int
    started: float
    spoke: float
    done: int = 0

    def advance(self, count: int) -> None:
        self.done += count
        now = time.monotonic()
        if now - self.spoke < _SECONDS_BETWEEN_LINES and self.done < self.total:
            return
        self.spoke = now
        left = (now - self.started) / max(self.done, 1) * (self.total - self.done)
        rest = f", about {describe_seconds(left)} left" if self.done < self.total else ""
        print(f"{self.title}: {self.done:,} of {self.total:,}{rest}", flush=True)


@dataclass(kw_only=True)
class _Bar:
    """A progress bar on a terminal."""

    progress: Progress
    task: int

    def advance(self, count: int) -> None:
        self.progress.advance(self.progress.task_ids[self.task], count)


class Console:
    """Prints to standard output."""

    def say(self, text: str) -> None:
        """Print one line at once, also into a pipe."""
        print(text, flush=True)

    @contextlib.contextmanager
    def progress(self, title: str, *, total: int) -> Iterator[ProgressBar]:
        """Show how much of ``total`` is done."""
        if not sys.stdout.isatty():
            now = time.monotonic()
            yield _Lines(title=title, total=total, started=now, spoke=now)
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=RichConsole()) as progress:
            progress.add_task(title, total=total)
            yield _Bar(progress=progress, task=0)


class Silence(Console):
    """A console for calls from Python: says and shows nothing."""

    def say(self, text: str) -> None:
        """Say nothing."""

    @contextlib.contextmanager
    def progress(self, title: str, *, total: int) -> Iterator[ProgressBar]:  # noqa: ARG002 - as of a console
        """Count without showing it."""
        yield _Uncounted()


class _Uncounted:
    """A progress bar that nobody sees."""

    def advance(self, count: int) -> None:
        """Forget ``count``."""


def describe_seconds(seconds: float) -> str:
    """A duration in words.

    Example:
        >>> describe_seconds(3), describe_seconds(200), describe_seconds(9000)
        ('3 s', '3 min 20 s', '2 h 30 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def describe_bytes(count: float) -> str:
    """A size in words.

    Example:
        >>> describe_bytes(900), describe_bytes(2_500_000)
        ('900 B', '2.5 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")
