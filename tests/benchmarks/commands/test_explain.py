from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reports.gallery import read_galleries
from reports.records import read_records
from tests.benchmarks.conftest import AUDIT, Cli


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
    explained = rows.groupby("image_id")[["at_random", "confidently_wrong"]].first()
    beside = ~explained.any(axis=1)  # correct ones that errors are held against come on top
    assert (~beside).sum() <= 6 and beside.sum() <= explained["confidently_wrong"].sum() <= 1
    summary = pd.read_csv(run / "tables" / "explanations_summary.csv")
    assert ((summary["low"] <= summary["value"]) & (summary["value"] <= summary["high"])).all()


def test_an_audit_gets_a_section_and_lends_its_records(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    run = tmp_path / "run"
    small = ["--images", "12", "--corruptions", "contrast", "--severities", "1,5"]
    assert cli(*AUDIT, *model_and_data, "--out", run, "--preset", "quick", *small).status == 0
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


def test_dissected_errors_carry_what_was_measured_of_the_same_image(
    cli: Cli, model_and_data: list[str], tmp_path: Path
) -> None:
    """Consistency comes from ``errors``, flips from the audit's records, all joined by image id."""
    run, few = tmp_path / "run", ["--corruptions", "contrast", "--severities", "1,5"]
    assert cli(*AUDIT, *model_and_data, "--out", run, "--preset", "quick", "--images", 12, *few).status == 0
    one = ["--attack-images", 0, "--corruptions", "fog", "--severities", "1"]
    assert cli("errors", *model_and_data, "--out", run, *one).status == 0
    outcome = cli("explain", *model_and_data, "--images", 4, "--out", run, "--methods", "gradient_x_input")
    assert outcome.status == 0, outcome.err
    scored = pd.read_parquet(run / "errors" / "scores.parquet")
    clean = scored[scored["condition_name"] == "clean"].set_index("image_id")["score_negative_kl"]
    records = read_records(run).astype({"condition_name": str})
    answers = records.pivot(index="image_id", columns=["condition_name", "condition_severity"], values="prediction")
    dissected = pd.read_csv(run / "tables" / "explanations_errors.csv", dtype={"image_id": str})
    gallery = next(one for one in read_galleries(run) if one.name == "dissected")
    assert len(dissected)
    for row in dissected.itertuples():
        changed = [answers.loc[row.image_id, ("contrast", severity)] for severity in (1, 5)]
        flips = np.mean([one != answers.loc[row.image_id, ("clean", 0)] for one in changed])
        assert row.consistency == pytest.approx(clean[row.image_id], rel=1e-5) and row.corrupted_flips == flips
        assert row.consistency_rank == pytest.approx((clean < clean[row.image_id]).mean(), abs=1e-6)  # as CSV rounds
        said = f"another answer under {flips:.0%} of 2 corruptions and severities; consistency {row.consistency:.3g}"
        assert any(row.image_id in strip.title and said in strip.title for strip in gallery.strips)


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
