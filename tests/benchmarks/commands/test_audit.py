"""Audits as a person runs them: what is printed, which files appear, which exit status comes back."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.embedded import EmbeddedTraining
from reports.records import SCHEMA, read_records, read_run
from reports.tables import read_tables
from robustness.corruptions import TEST_CORRUPTIONS, frost_available
from tests.benchmarks.conftest import AUDIT, Cli


def answers(records: pd.DataFrame) -> pd.DataFrame:
    frame = records[records["condition_severity"] > 0].astype({"model": str, "condition_name": str})
    frame["image"] = frame["image_id"].str.rsplit(".", n=1).str[0]
    keys = ["model", "condition_name", "condition_severity", "image"]
    return frame.set_index(keys).sort_index()[["label", "prediction", "loss"]].astype(float)


def audit(model_and_data: list[str], run: Path, *more: str) -> list[str]:
    return [*AUDIT, *model_and_data, "--out", str(run), "--preset", "quick", *more]


def test_an_audit_from_start_to_page(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    run = tmp_path / "run"
    outcome = cli(*audit(model_and_data, run))
    assert outcome.status == 0, outcome.err
    assert outcome.last_line == str(run / "report.html")
    for word in ("device", "model", "transform", "images", "labels", "units", "estimated"):
        assert word in outcome.out
    assert "3 of 3 data classes match" in outcome.out
    records = read_records(run)
    assert list(records.columns) == SCHEMA.names
    assert len(records) == 30 * 11
    headline = pd.read_csv(run / "tables" / "headline.csv")
    assert {"value", "low", "high", "n", "convention"} <= set(headline.columns)
    assert read_run(run)["status"] == "complete"
    assert read_run(run)["command"].startswith("classifier-audit audit --sections corruptions --model test_resnet")


def test_a_complete_run_says_so_and_another_audit_never_lands_in_its_folder(
    cli: Cli, model_and_data: list[str], tmp_path: Path
) -> None:
    wanted = audit(model_and_data, tmp_path / "run", "--corruptions", "contrast", "--severities", "1")
    cli(*wanted)
    page = (tmp_path / "run" / "report.html").stat().st_mtime_ns
    outcome = cli(*wanted)
    assert outcome.status == 0
    assert "complete already" in outcome.out
    assert outcome.last_line.endswith("report.html")
    assert (tmp_path / "run" / "report.html").stat().st_mtime_ns == page
    other = cli(*wanted, "--seed", "1")
    assert other.status == 2
    assert "differs in plan.seed" in other.err and "--out" in other.err


def test_models_share_a_pass_over_corrupted_images_which_are_exported(
    cli: Cli, two_models: list[str], colour_folder: Path, tmp_path: Path
) -> None:
    """Two models, the JPEG round trip, the exported tree, and the tree evaluated: the same answers twice."""
    (colour_folder / "red" / "000.png").write_bytes(b"")
    run, tree = tmp_path / "run", tmp_path / "tree"
    wanted = ["corruptions", *two_models, "--data", colour_folder, "--out", run, "--corruptions", "fog,contrast"]
    wanted += ["--severities", "1,5", "--precision", "exact", "--jpeg-roundtrip", "--export", tree]
    outcome = cli(*wanted)
    assert outcome.status == 0, outcome.err
    assert outcome.last_line == str(run / "report.html")
    assert "stored as   JPEG of quality 85" in outcome.out
    assert f"exported    29 images under 4 conditions to {tree}; 1 left out that could not be read" in outcome.out
    assert read_run(run)["plan"]["jpeg_roundtrip"] is True
    records = read_records(run)
    assert len(records) == 30 * 5 * 2
    assert set(records["model"]) == {"test_resnet (1)", "test_resnet (2)"}
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "2 models compared" in page and "made on the fly with a JPEG round trip" in page

    again = cli("corruptions", *two_models, "--data", tree, "--out", tmp_path / "again", "--precision", "exact")
    assert again.status == 0, again.err
    stored = read_records(tmp_path / "again")
    assert set(stored["condition_kind"]) == {"published"}
    pd.testing.assert_frame_equal(answers(stored), answers(records[records["status"] == "ok"]))

    (tree / "fog" / "5" / "blue" / "003.JPEG").unlink()
    complete = cli(*wanted)
    assert complete.status == 0 and "complete already" in complete.out and "exported    29 images" in complete.out
    assert (tree / "fog" / "5" / "blue" / "003.JPEG").exists()
    assert "differs in profile" in cli(*wanted, "--out", tmp_path / "other", "--profile", "tiny").err


def test_corruptions_without_arguments_take_the_whole_benchmark(
    cli: Cli, short_training: EmbeddedTraining, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Profile ``imagenet`` only makes this test see mCE; digits have a smaller one of their own."""
    for module in ("request", "terminal"):
        monkeypatch.setattr(f"benchmarks.{module}.EmbeddedTraining", lambda: short_training)
    outcome = cli("corruptions", "--images", "20", "--profile", "imagenet", "--out", tmp_path / "run")
    assert outcome.status == 0, outcome.err
    made = [name for name in TEST_CORRUPTIONS if frost_available() or name != "frost"]
    tables = read_tables(tmp_path / "run")
    cells = tables["cells"]
    accuracy = cells[(cells["metric"] == "accuracy") & (cells["condition_kind"] == "corruption")]
    assert accuracy.groupby("condition_name").size().to_dict() == dict.fromkeys(made, 5)
    rows = tables["corruptions"]
    assert set(rows["metric"]) == {"mean_error", "ce", "relative_ce"}
    assert ((rows["low"] <= rows["value"]) & (rows["value"] <= rows["high"])).all()
    headline = tables["headline"].set_index("metric")
    assert ("mCE" in headline.index) == frost_available(), "never averaged over fourteen"
    if frost_available():
        assert headline.loc["mCE", "convention"].startswith("mCE-like: made on the fly, not the published files")
        assert "mCE-like: made on the fly, not the published files" in outcome.out
    else:
        assert "missing     frost:" in outcome.out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--checkpoint", "third.safetensors"], "expected one --checkpoint for each --model"),
        (["--export", "out", "--export-layout", "zip"], "expected --export-layout among imagenet-c, cifar-c"),
        (["--export", "out", "--export-layout", "cifar-c", "--severities", "1"], "expected all five severities"),
        (["--corruptions", "everything"], "expected --corruptions among gaussian_noise"),
    ],
)
def test_mistakes_in_corruptions_are_messages_too(
    cli: Cli, two_models: list[str], colour_folder: Path, tmp_path: Path, more: list[str], message: str
) -> None:
    outcome = cli("corruptions", *two_models, "--data", colour_folder, "--out", tmp_path / "run", *more)
    assert outcome.status == 2
    assert outcome.err.startswith("error: ") and message in outcome.err


def test_too_many_bad_images_stop_the_command(
    cli: Cli,
    model_and_data: list[str],
    colour_folder: Path,
    tmp_path: Path,
) -> None:
    for path in (colour_folder / "red").iterdir():
        path.write_bytes(b"<html>not found</html>")
    stopped = cli(*audit(model_and_data, tmp_path / "run", "--max-bad", "3"))
    assert stopped.status == 2 and "--max-bad" in stopped.err
    continued = cli(*audit(model_and_data, tmp_path / "run"))
    assert continued.status == 0
    assert "10 images without a prediction" in continued.out
    skipped = pd.read_csv(tmp_path / "run" / "tables" / "skipped.csv")
    assert skipped["status"].tolist() == ["unreadable"] * 10


def test_a_section_that_fails_is_told_and_tried_again_and_the_rest_stands(
    cli: Cli, model_and_data: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(*_: object, **__: object) -> None:
        raise RuntimeError("no memory for maps")

    run = tmp_path / "run"
    command = ["audit", *model_and_data, "--out", run, "--preset", "quick", "--corruptions", "contrast"]
    command += ["--severities", "1", "--sections", "global-statistics,invariances"]
    with monkeypatch.context() as broken:
        broken.setattr("benchmarks.audit_sections.global_statistics.exchange_statistics", no_memory)
        outcome = cli(*command)
    assert outcome.status == 0, "there is a page, and it says what it is without"
    assert "global-statistics: did not finish, because RuntimeError: no memory for maps" in outcome.out
    assert "sections    corruptions, global-statistics, invariances" in outcome.out
    assert "Missing from this page" in (run / "report.html").read_text(encoding="utf-8")

    again = cli(*command)
    assert again.status == 0 and "global-statistics: finished" in again.out and "images: " not in again.out
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "Missing from this page" not in page and 'id="statistics"' in page and 'id="images"' in page
    outcomes = read_tables(run)["sections"].set_index("section")
    assert outcomes["status"].to_dict() == {"corruptions": "ok", "global-statistics": "ok", "invariances": "skipped"}
    images = pd.read_parquet(run / "tables" / "images.parquet")
    assert len(images) == 30 and images["statistics_flips_pixels"].notna().all()
    assert "complete already" in cli(*command).out


def test_sections_that_do_not_exist_and_folders_without_stylex_are_refused(cli: Cli, tmp_path: Path) -> None:
    assert "expected --sections among corruptions, errors" in cli("audit", "--sections", "robustness").err
    assert "expected --stylex as a folder of `stylex train`" in cli("audit", "--stylex", tmp_path).err
