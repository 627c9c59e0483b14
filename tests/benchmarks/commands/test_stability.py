from pathlib import Path

import pandas as pd

from tests.benchmarks.conftest import Cli


def test_flips_of_two_perturbations_and_then_of_a_third(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    run = tmp_path / "run"
    wanted = ["stability", *model_and_data, "--images", 6, "--out", run, "--perturbations"]
    first = cli(*wanted, "gaussian_noise,brightness")
    assert first.status == 0, first.err
    assert first.last_line == str(run / "figures" / "stability.svg")
    again = cli(*wanted, "brightness,translate")
    assert "sequences   translate; 6 images" in again.out
    table = pd.read_csv(run / "tables" / "stability.csv")
    assert set(table["perturbation"]) == {"gaussian_noise", "brightness", "translate"}
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()


def test_an_unknown_perturbation_is_named(cli: Cli, model_and_data: list[str]) -> None:
    outcome = cli("stability", *model_and_data, "--perturbations", "wobble")
    assert outcome.status == 2
    assert "got 'wobble'" in outcome.err
