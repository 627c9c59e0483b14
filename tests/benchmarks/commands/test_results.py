"""What is done with finished runs."""

from pathlib import Path

import pandas as pd

from tests.benchmarks.conftest import AUDIT, Cli


def audit(model_and_data: list[str], run: Path, *more: str) -> list[str]:
    few = ["--corruptions", "gaussian_noise,contrast", "--severities", "1,5"]
    return [*AUDIT, *model_and_data, "--out", str(run), "--preset", "quick", *few, *more]


def test_report_rebuilds_without_the_data(
    cli: Cli,
    model_and_data: list[str],
    colour_folder: Path,
    tmp_path: Path,
) -> None:
    run = tmp_path / "run"
    cli(*audit(model_and_data, run))
    before = {path.name: path.read_bytes() for path in (run / "tables").iterdir()}
    colour_folder.rename(tmp_path / "gone")
    for path in [*(run / "tables").iterdir(), *(run / "figures").iterdir(), run / "report.html"]:
        path.unlink()
    outcome = cli("report", run)
    assert outcome.status == 0, outcome.err
    assert {path.name: path.read_bytes() for path in (run / "tables").iterdir()} == before
    assert (run / "report.html").exists()


def test_several_runs_make_one_comparison(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    cli(*audit(model_and_data, tmp_path / "first"))
    cli(*audit(model_and_data, tmp_path / "second", "--precision", "exact"))
    assert cli("report", tmp_path / "first", tmp_path / "second").status == 2
    outcome = cli("report", tmp_path / "first", tmp_path / "second", "--out", tmp_path / "both")
    assert outcome.status == 0, outcome.err
    headline = pd.read_csv(tmp_path / "both" / "tables" / "headline.csv")
    assert set(headline["model"]) == {"test_resnet (first)", "test_resnet (second)"}
    page = (tmp_path / "both" / "report.html").read_text(encoding="utf-8")
    assert "test_resnet (first)" in page and "test_resnet (second)" in page


def test_check_fails_with_the_failing_rows(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    cli(*audit(model_and_data, tmp_path / "run"))
    good = cli("check", tmp_path / "run", "--require", "accuracy>=0", "--require", "mean_corruption_error<=1")
    assert good.status == 0
    bad = cli("check", tmp_path / "run", "--require", "accuracy>=0", "--require", "accuracy>1")
    assert bad.status == 1
    assert [line.split()[:2] for line in bad.out.splitlines()] == [["holds", "accuracy>=0"], ["FAILS", "accuracy>1"]]
    assert cli("check", tmp_path / "run", "--require", "acuracy>0").status == 2
    assert cli("check", tmp_path, "--require", "accuracy>0").status == 2
