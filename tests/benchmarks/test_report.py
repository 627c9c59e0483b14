import json
from pathlib import Path

import pytest
import torch

from benchmarks.audit import finish_run
from benchmarks.engines import running_engines
from benchmarks.report import write_report
from benchmarks.request import Resolved
from benchmarks.runs import open_run
from benchmarks.sweep import run_sweep
from reports.tables import read_tables
from tests.conftest import COLOURS, MakePlan, write_images

CPU = torch.device("cpu")


def finished(make_plan: MakePlan, data: Path, run: Path, **changes: object) -> Path:
    plan = make_plan(data, **changes)
    resolved = Resolved(plan=plan, label_match="3 of 3", preset="quick")
    metadata = open_run(resolved, run, device=CPU, command="classifier-audit audit")
    with running_engines(plan, device=CPU, batch_size=16) as engines:
        run_sweep(plan, run, engines)
    finish_run(plan, run, metadata)
    return run


def test_runs_of_one_model_are_told_apart(make_plan: MakePlan, colour_folder: Path, tmp_path: Path) -> None:
    runs = [finished(make_plan, colour_folder, tmp_path / name) for name in ("before", "after")]
    write_report(runs, tmp_path / "both")
    headline = read_tables(tmp_path / "both")["headline"]
    values = headline.pivot(index="metric", columns="model", values="value")
    assert list(values.columns) == ["colour (after)", "colour (before)"]
    assert values["colour (after)"].equals(values["colour (before)"])
    page = (tmp_path / "both" / "report.html").read_text(encoding="utf-8")
    assert "Most confidently wrong: before" in page and "Most confidently wrong: after" in page


def test_a_comparison_says_whose_images_passed_through_jpeg(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path
) -> None:
    plain = finished(make_plan, colour_folder, tmp_path / "plain")
    jpeg = finished(make_plan, colour_folder, tmp_path / "jpeg", jpeg_roundtrip=True)
    write_report([plain, jpeg], tmp_path / "both")
    rows = read_tables(tmp_path / "both")["corruptions"].set_index("model")["convention"]
    assert "made on the fly;" in rows["colour (plain)"]
    assert "made on the fly with a JPEG round trip;" in rows["colour (jpeg)"]
    assert "made on the fly with a JPEG round trip;" in read_tables(jpeg)["corruptions"]["convention"][0]
    assert "with a JPEG round trip" in (jpeg / "report.html").read_text(encoding="utf-8")


def test_moved_images_are_the_first_finding_of_their_audit_and_are_drawn(make_plan: MakePlan, tmp_path: Path) -> None:
    for name in COLOURS:
        write_images(tmp_path / "data", name, 40)
    for number in range(0, 40, 2):  # half of the red images lie among the green ones
        (tmp_path / "data" / "red" / f"{number:03d}.png").rename(tmp_path / "data" / "green" / f"moved-{number}.png")
    run = finished(make_plan, tmp_path / "data", tmp_path / "run")
    findings = read_tables(run)["findings"]
    first = findings.iloc[0]
    assert (first["check"], first["subject"]) == ("seen_as", "green") and "seen as “red”" in first["statement"]
    assert all("moved-" in name for name in json.loads(first["images"])[:3])
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "Images behind the findings" in page and "What was tested" in page
    before = (run / "tables" / "findings.csv").read_bytes()
    write_report([run], run)
    assert (run / "tables" / "findings.csv").read_bytes() == before
    assert "Images behind the findings" in (run / "report.html").read_text(encoding="utf-8")


def test_a_folder_without_a_problem_has_no_finding_and_says_so(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path
) -> None:
    run = finished(make_plan, colour_folder, tmp_path / "run")
    tables = read_tables(run)
    assert tables["findings"].empty and tables["findings_tested"]["candidates"].sum() > 5
    assert "None of them holds" in (run / "report.html").read_text(encoding="utf-8")


def test_runs_with_other_conditions_cannot_be_compared(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path
) -> None:
    runs = [finished(make_plan, colour_folder, tmp_path / profile, profile=profile) for profile in ("cifar", "tiny")]
    with pytest.raises(ValueError, match="expected runs with the same profile to compare, got"):
        write_report(runs, tmp_path / "both")


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"expected a run folder with run\.json"):
        write_report([tmp_path], tmp_path)
