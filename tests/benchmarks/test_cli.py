"""The command line as a person uses it: what is printed, which files appear, which exit status comes back."""

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
