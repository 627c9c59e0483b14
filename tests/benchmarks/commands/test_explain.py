from pathlib import Path

import pandas as pd

from tests.benchmarks.conftest import Cli


def test_maps_with_their_checks_and_their_continuation(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    run = tmp_path / "run"
    wanted = ["explain", *model_and_data, "--images", 6, "--out", run, "--methods"]
    first = cli(*wanted, "gradient_x_input,lrp")
    assert first.status == 0, first.err
    assert first.last_line == str(run / "report.html")
    assert "lrp does not apply to test_resnet" in first.out
    again = cli(*wanted, "gradient_x_input,grad_cam")
    assert again.status == 0, again.err
    rows = pd.read_csv(run / "tables" / "explanations.csv")
    assert set(rows["method"]) == {"gradient_x_input", "grad_cam", "random"}
    assert rows["image_id"].nunique() <= 6
    summary = pd.read_csv(run / "tables" / "explanations_summary.csv")
    assert ((summary["low"] <= summary["value"]) & (summary["value"] <= summary["high"])).all()


def test_an_audit_gets_a_section_and_lends_its_records(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    run = tmp_path / "run"
    small = ["--images", "12", "--corruptions", "contrast", "--severities", "1,5"]
    assert cli("audit", *model_and_data, "--out", run, "--preset", "quick", *small).status == 0
    outcome = cli("explain", *model_and_data, "--images", 8, "--out", run, "--methods", "gradient_x_input")
    assert outcome.status == 0, outcome.err
    page = (run / "report.html").read_text(encoding="utf-8")
    assert 'id="corruptions"' in page and 'id="explanations"' in page
    rows = pd.read_csv(run / "tables" / "explanations.csv")
    assert (rows["conditions"] == 2).all() and rows["corrupted_flips"].between(0, 1).all()
    errors = pd.read_csv(run / "tables" / "explanations_errors.csv")
    assert len(errors) and set(errors["image_id"]) <= set(rows["image_id"])
    assert cli("report", run).status == 0
    assert (run / "report.html").read_text(encoding="utf-8") == page


def test_a_folder_of_other_data_is_refused(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "notes.txt").write_text("mine")
    outcome = cli("explain", *model_and_data, "--out", tmp_path / "run", "--methods", "gradient_x_input")
    assert outcome.status == 2 and "expected an empty or new folder for --out" in outcome.err


def test_models_are_told_apart(cli: Cli, two_models: list[str], colour_folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    wanted = ["explain", *two_models, "--data", colour_folder, "--images", 4, "--methods", "gradient_x_input"]
    outcome = cli(*wanted, "--out", run)
    assert outcome.status == 0, outcome.err
    rows = pd.read_csv(run / "tables" / "explanations.csv")
    assert set(rows["model"]) == {"test_resnet (1)", "test_resnet (2)"}
    galleries = {path.name for path in (run / "gallery").iterdir()}
    assert galleries == {
        f"{name}_{place}" for name in ("dissected", "explained", "explained_worst") for place in (1, 2)
    }
