import json
from pathlib import Path

import pandas as pd
import pytest

from tests.benchmarks.conftest import Cli


def test_train_then_audit_what_was_trained(cli: Cli, colour_folder: Path, tmp_path: Path) -> None:
    wanted = [
        "train", "--recipe", "cutout+padain:0.1", "--data", colour_folder, "--architecture", "test_resnet",
        "--epochs", 2, "--batch-size", 8, "--out", tmp_path / "run", "--validation", 0.2, "--device", "cpu",
    ]  # fmt: skip
    first = cli(*wanted)
    assert first.status == 0, first.err
    weights = tmp_path / "run" / "weights.safetensors"
    assert first.last_line == str(weights)
    assert "recipe      cutout+padain:0.1" in first.out and "24 of data, 6 more held out" in first.out
    assert f"audit --model test_resnet --checkpoint {weights} --data path/to/test" in first.out
    assert len(pd.read_csv(tmp_path / "run" / "log.csv")) == 2
    assert json.loads((tmp_path / "run" / "run.json").read_text())["status"] == "complete"
    again = cli(*wanted)
    assert again.status == 0 and "complete already, nothing left to do" in again.out
    assert again.last_line == first.last_line
    audit = cli(
        "audit", "--model", "test_resnet", "--checkpoint", weights, "--data", colour_folder,
        "--sections", "corruptions", "--corruptions", "contrast", "--severities", 1, "--out", tmp_path / "audit",
    )  # fmt: skip
    assert audit.status == 0, audit.err
    assert "centre crop 20x20" in audit.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--recipe", "mixup+augmix"], "train them apart"),
        (["--recipe", "augmax"], "expected recipes among"),
        (["--architecture", "resnet5O"], "close names"),
        (["--learning-rate", -1], "`learning_rate` in"),
        (["--data", "nowhere"], "nothing at nowhere"),
    ],
)
def test_mistakes_are_messages(cli: Cli, options: list[object], message: str) -> None:
    outcome = cli("train", *options)
    assert outcome.status == 2 and message in outcome.err


def test_overlaps_are_said_and_other_processes_are_silent(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = ["train", "--recipe", "randaugment", "--epochs", 1, "--batch-size", 450, "--out", tmp_path]
    told = cli(*short)
    assert told.status == 0 and "brightness" in told.out and "resemble test corruptions" in told.out
    assert "--data digits/test" in told.out
    monkeypatch.setenv("RANK", "1")
    silent = cli(*short)
    assert silent.status == 0 and silent.out == ""
