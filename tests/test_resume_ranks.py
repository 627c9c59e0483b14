"""Many processes on one run: any number of them, on two nodes, one after the other's death, always the same bytes."""

import errno
import fcntl
import re
import shlex
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

import benchmarks.ranks
from reports.records import read_run
from tests.starting import called, finished, forked, free_port, results, shards, torchrun

ROOT = Path(__file__).parents[1]


def impatient() -> None:
    benchmarks.ranks._PATIENCE = 8.0  # beats come every second, also on a busy machine


def launched(command: list[str], world: int, stack: ExitStack, output: Path | None = None) -> list[BaseProcess]:
    """Start ranks as srun does: an environment for each, and nobody who watches them."""
    port = free_port()
    return [
        stack.enter_context(
            called(
                *command,
                output=output if rank == 0 else None,
                prepare=impatient,
                RANK=rank,
                WORLD_SIZE=world,
                MASTER_ADDR="127.0.0.1",
                MASTER_PORT=port,
            )
        )
        for rank in range(world)
    ]


def wait_for(run: Path, units: int, process: BaseProcess) -> None:
    while shards(run) < units and process.is_alive():
        time.sleep(0.002)


def test_killed_twice_and_continued_by_other_numbers_of_ranks(
    seven: list[str], whole: dict[str, bytes], tmp_path: Path
) -> None:
    """Two ranks with a batch of 16 are killed, three with 64 are killed, one with 16 ends it."""
    run = tmp_path / "run"
    for world, batch, units in ((2, 16, 1), (3, 64, 3)):
        with ExitStack() as stack:
            ranks = launched([*seven, "--out", str(run), "--batch-size", str(batch)], world, stack)
            wait_for(run, units, ranks[0])
            for rank in ranks:
                rank.kill()
        assert shards(run) > 0, "some units were done"
    assert not (run / "report.html").exists(), "the kills hit a run at work"
    assert finished(*seven, "--out", run, "--batch-size", 16) == 0
    assert results(run) == whole


def test_what_a_dead_rank_had_taken_is_computed_at_the_end(
    seven: list[str], whole: dict[str, bytes], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    with ExitStack() as stack:
        ranks = launched([*seven, "--out", str(run)], 3, stack, output=tmp_path / "said")
        wait_for(run, 1, ranks[0])
        ranks[2].kill()
        ranks[0].join(300)
        ranks[1].join(300)
        assert (ranks[0].exitcode, ranks[1].exitcode, ranks[2].exitcode) == (0, 0, -signal.SIGKILL)
    assert results(run) == whole
    said = (tmp_path / "said").read_text()
    assert "3 processes" in said and "images: 448 of 448" in said
    assert read_run(run)["processes"] == 3


def test_too_many_unreadable_images_stop_every_rank(seven: list[str], tmp_path: Path) -> None:
    """One image is unreadable, and one rank meets it; the first one says so."""
    with ExitStack() as stack:
        ranks = launched([*seven, "--out", str(tmp_path / "run"), "--max-bad", "0"], 2, stack, output=tmp_path / "said")
        for rank in ranks:
            rank.join(300)
        assert [rank.exitcode for rank in ranks] == [2, 2]
    said = (tmp_path / "said").read_text()
    assert "expected at most 0 unreadable images (--max-bad), got 1 so far" in said and "Traceback" not in said


def test_one_process_for_each_device(seven: list[str], whole: dict[str, bytes], tmp_path: Path) -> None:
    run, said = tmp_path / "run", tmp_path / "said"
    assert finished(*seven, "--out", run, "--devices", "cpu,cpu", output=said) == 0, said.read_text()
    assert results(run) == whole
    assert "2 processes" in said.read_text()


def lockless() -> None:
    """As some network disks are."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    fcntl.flock = refuse


@pytest.mark.parametrize("prepare", [None, lockless])
def test_two_identical_commands_at_once(
    seven: list[str], whole: dict[str, bytes], tmp_path: Path, prepare: Callable[[], None] | None
) -> None:
    """One works and the other says so; where there are no locks both do the same."""
    run, said = tmp_path / "run", [tmp_path / "said-0", tmp_path / "said-1"]
    with ExitStack() as stack:
        both = [stack.enter_context(called(*seven, "--out", run, output=file, prepare=prepare)) for file in said]
        for process in both:
            process.join(300)
        codes = [process.exitcode for process in both]
    assert 0 in codes, said[0].read_text() + said[1].read_text()
    for code, file in zip(codes, said, strict=True):
        assert code == 0 or (prepare is None and "another process at work there" in file.read_text()), file.read_text()
    assert results(run) == whole


def nodes(command: list[str]) -> Iterator[list[str]]:
    """The two commands of the guide, one for each node, with another audit and a port that is free here."""
    endpoint = f"127.0.0.1:{free_port()}"
    text = (ROOT / "docs" / "many_machines.md").read_text(encoding="utf-8")
    (block,) = (one for one in re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL) if "127.0.0.2" in one)
    for line in block.replace("\\\n", " ").strip().splitlines():
        first, *words = shlex.split(line.replace("127.0.0.1:29500", endpoint).removesuffix("&"))
        assert first == "torchrun"
        yield [*words[: words.index("benchmarks") + 1], *command]


def test_two_nodes_under_torchrun(seven: list[str], whole: dict[str, bytes], tmp_path: Path) -> None:
    files = [tmp_path / "said-0", tmp_path / "said-1"]
    with ExitStack() as stack:
        commands = nodes([*seven, "--out", str(tmp_path / "run")])
        started = [stack.enter_context(forked(torchrun, *pair)) for pair in zip(commands, files, strict=True)]
        try:
            for node in started:
                node.join(300)
            assert [node.exitcode for node in started] == [0, 0], files[0].read_text()
        finally:
            for node in started:
                node.terminate()  # which ends its ranks too
                node.join(60)
    said = [file.read_text() for file in files]
    assert results(tmp_path / "run") == whole
    assert sorted("report.html" in one for one in said) == [False, True], "one rank speaks"
    assert read_run(tmp_path / "run")["processes"] == 2
