"""The command: from options to a comparison, and from tables to lines. What it carries out is tested beside it."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks import augmentation
from benchmarks.augmentation import DigitsBed, Execution, FoldersBed, PlantedBed
from tests.benchmarks.conftest import Cli
from tests.reports.augmentation_samples import augmentation_tables


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the command asks for; tables come back at once."""
    found: dict[str, Any] = {}

    def carried_out(comparison: Any, execution: Execution) -> dict[str, pd.DataFrame]:
        found.update(comparison=comparison, execution=execution)
        return augmentation_tables()

    monkeypatch.setattr(augmentation, "run_comparison", carried_out)
    return found


def test_ten_recipes_on_the_digits(cli: Cli, asked: dict[str, Any]) -> None:
    outcome = cli("augmentations")
    assert outcome.status == 0, outcome.err
    assert asked["comparison"] == augmentation.Comparison()
    assert isinstance(asked["comparison"].bed, DigitsBed)
    assert asked["execution"].run == Path("runs/augmentations-digits")
    assert asked["execution"].processes in {1, 2}
    assert "720 digits to train on, 179 to choose by" in outcome.out


def test_every_option_arrives(cli: Cli, asked: dict[str, Any], tmp_path: Path) -> None:
    outcome = cli(
        "augmentations", "--bed", "planted", "--recipes", "baseline,augmix+padain", "--seeds", "3,5", "--epochs", "2",
        "--padain-p", "0.2,0.4", "--images", "50", "--attack-eps", "4", "--attack-images", "9", "--workers", "3",
        "--out", tmp_path / "mine", "--architecture", "test_efficientnet",
    )  # fmt: skip
    assert outcome.status == 0, outcome.err
    comparison = asked["comparison"]
    assert isinstance(comparison.bed, PlantedBed)
    assert (comparison.recipes, comparison.seeds) == (("baseline", "augmix+padain"), (3, 5))
    assert (comparison.training.epochs, comparison.training.architecture) == (2, "test_efficientnet")
    assert (comparison.candidates, comparison.images) == ((0.2, 0.4), 50)
    assert (comparison.attack.eps, comparison.attack.images) == (4, 9)
    assert (asked["execution"].processes, asked["execution"].run) == (3, tmp_path / "mine")
    assert "chosen among (0.2, 0.4)" in outcome.out
    assert outcome.last_line == str(tmp_path / "mine" / "report.html")


def test_the_ranking_is_said_with_flags_and_verdicts(cli: Cli, asked: dict[str, Any]) -> None:
    lines = cli("augmentations").out.splitlines()
    ranked = [
        line.split()[0] for line in lines if " corrupted " in line and line.startswith(("base", "rand", "padain"))
    ]
    assert ranked == ["randaugment", "padain", "baseline"]
    assert next(line for line in lines if line.startswith("randaugment")).endswith("overlaps the test")
    assert any(line.startswith("holds  padain against baseline: lower mean corruption error: -0.050") for line in lines)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--bed", "letters"], "expected --bed among digits, planted"),
        (["--recipes", "magic"], "expected recipes among"),
        (["--seeds", "one"], "expected comma-separated whole numbers"),
        (["--padain-p", "few"], "expected --padain-p as comma-separated numbers"),
        (["--data", "x"], "got no --test"),
        (["--architecture", "resnet1"], "expected a timm model name"),
    ],
)
def test_mistakes_are_messages(cli: Cli, asked: dict[str, Any], more: list[str], message: str) -> None:
    outcome = cli("augmentations", *more)
    assert outcome.status == 2
    assert outcome.err.startswith("error: ") and message in outcome.err


def test_own_images_are_no_bed(cli: Cli, asked: dict[str, Any], colour_folder: Path) -> None:
    outcome = cli("augmentations", "--data", colour_folder, "--test", colour_folder, "--side", "16")
    assert outcome.status == 0, outcome.err
    assert asked["comparison"].bed == FoldersBed(train=str(colour_folder), test=str(colour_folder), side=16)
    assert asked["execution"].run == Path("runs/augmentations-own")
