from pathlib import Path

import pandas as pd
import pytest

from tests.benchmarks.conftest import Cli


def test_a_stylex_is_trained_continued_and_measured(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    out = tmp_path / "stylex"
    wanted = [
        "stylex", "train", *model_and_data, "--classes", "red,blue", "--side", 8, "--steps", 3, "--batch-size", 4,
        "--label-dropout", 0.5, "--out", out, "--anyway", "--device", "cpu",
    ]  # fmt: skip
    first = cli(*wanted)
    assert first.status == 0, first.err
    assert first.last_line == str(out / "stylex.safetensors")
    assert "images      16 of data at 8 px, 4 held out" in first.out
    assert "check       accuracy" in first.out
    fidelity = pd.read_csv(out / "fidelity.csv")
    assert ((fidelity["low"] <= fidelity["value"]) & (fidelity["value"] <= fidelity["high"])).all()
    again = cli(*wanted)
    assert again.status == 0 and "complete already, nothing left to do" in again.out
    other = cli(*wanted, "--seed", 1)
    assert other.status == 2 and "choose another folder with --out" in other.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--recipe", "wgan"], "expected --recipe among reconstruction, adversarial, alternating, got 'wgan'"),
        (["--classes", "red,pink"], "expected two or more different classes of test_resnet"),
        (["--side", 20], "expected `side` among 8, 16, 32"),
        (["--precision", "half"], "expected --precision among"),
        (["--perceptual", "nowhere.safetensors"], "expected LPIPS weights in nowhere.safetensors, got no such file"),
    ],
)
def test_mistakes_are_messages(cli: Cli, model_and_data: list[str], options: list[object], message: str) -> None:
    outcome = cli("stylex", "train", *model_and_data, *options)
    assert outcome.status == 2 and message in outcome.err, outcome.err


def test_a_classifier_that_guesses_is_refused(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    outcome = cli("stylex", "train", *model_and_data, "--side", 8, "--out", tmp_path / "stylex")
    assert outcome.status == 2 and "expected a classifier with reasons to show" in outcome.err
    assert not (tmp_path / "stylex").exists()
