"""The command line as a person uses it: what is printed, which files appear, which exit status comes back."""

import errno
import subprocess
import sys
import time

import pytest

from tests.benchmarks.conftest import Cli


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "resnet5O", "--data", "."], "close names"),
        (["--model", "resnet50"], "expected both --model and --data"),
        (["--model", "test_resnet", "--data", "no/such/folder"], "no/such/folder"),
        (["--preset", "enormous"], "expected --preset among"),
        (["--device", "abacus"], "expected --device"),
        (["--severities", "1,two"], "comma-separated whole numbers"),
    ],
)
def test_mistakes_are_messages_not_tracebacks(cli: Cli, arguments: list[str], message: str) -> None:
    outcome = cli("audit", *arguments)
    assert outcome.status == 2
    assert outcome.err.startswith("error: ") and message in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.EIO, "Input/output error"), "error: [Errno 5] Input/output error; put it right, then the same"),
        (PermissionError("expected a folder, got none"), "error: expected a folder, got none"),
        (MemoryError("expected room"), "error: expected room"),
    ],
)
def test_what_a_machine_does_is_a_message(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr("benchmarks.cli.app", fail)
    outcome = cli("doctor")
    assert outcome.status == 2 and outcome.err.startswith(message)


def test_an_error_without_a_number_is_no_machines(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError("cannot identify")

    monkeypatch.setattr("benchmarks.cli.app", fail)
    with pytest.raises(OSError, match="cannot identify"):
        cli("doctor")


def test_one_process_of_several_speaks(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.cli.app", lambda: sys.stdout.write("spoken\n"))
    monkeypatch.setenv("RANK", "0")
    assert cli("doctor").out == "spoken\n"
    monkeypatch.setenv("RANK", "1")
    assert cli("doctor").out == ""


def test_the_first_line_comes_at_once() -> None:
    start = time.monotonic()
    command = [sys.executable, "-m", "benchmarks", "doctor"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        waited = time.monotonic() - start
        process.kill()
    assert line.startswith("classifier-audit ")
    assert waited < 3
