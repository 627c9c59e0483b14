"""The command line as a person uses it: what is printed, which files appear, which exit status comes back."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
import timm

from benchmarks.checkpoints import write_checkpoint
from benchmarks.cli import main
from benchmarks.embedded import EmbeddedTraining
from reports.records import SCHEMA, read_records, read_run
from reports.tables import read_tables
from robustness.corruptions import TEST_CORRUPTIONS, frost_available
from tests.conftest import COLOURS


class Outcome(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        return self.out.strip().splitlines()[-1]


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr("sys.argv", ["classifier-audit", *map(str, arguments)])
        try:
            main()
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return call


@pytest.fixture
def model_and_data(colour_folder: Path, tmp_path: Path) -> list[str]:
    """A small timm checkpoint that knows the folder's class names."""
    module = timm.create_model("test_resnet", num_classes=3)
    metadata = json.dumps({"input_size": [3, 32, 32], "crop_pct": 1.0})
    write_checkpoint(module, tmp_path / "w.safetensors", class_names=tuple(COLOURS), data_config=metadata)
    return ["--model", "test_resnet", "--checkpoint", str(tmp_path / "w.safetensors"), "--data", str(colour_folder)]


@pytest.fixture
def two_models(tmp_path: Path) -> list[str]:
    """Two small timm checkpoints with the names of the colours, for one data folder."""
    arguments = []
    for name in ("1", "2"):
        file = tmp_path / f"{name}.safetensors"
        module = timm.create_model("test_resnet", num_classes=3)
        metadata = json.dumps({"input_size": [3, 32, 32], "crop_pct": 1.0})
        write_checkpoint(module, file, class_names=tuple(COLOURS), data_config=metadata)
        arguments += ["--model", "test_resnet", "--checkpoint", str(file)]
    return arguments


def audit(model_and_data: list[str], run: Path, *more: str) -> list[str]:
    return ["audit", *model_and_data, "--out", str(run), "--preset", "quick", *more]


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
    assert read_run(run)["command"].startswith("classifier-audit audit --model test_resnet")


def test_a_complete_run_says_so_and_ends_well(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    cli(*audit(model_and_data, tmp_path / "run"))
    page = (tmp_path / "run" / "report.html").stat().st_mtime_ns
    outcome = cli(*audit(model_and_data, tmp_path / "run"))
    assert outcome.status == 0
    assert "complete already" in outcome.out
    assert outcome.last_line.endswith("report.html")
    assert (tmp_path / "run" / "report.html").stat().st_mtime_ns == page


def test_another_audit_never_lands_in_the_same_folder(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    cli(*audit(model_and_data, tmp_path / "run"))
    outcome = cli(*audit(model_and_data, tmp_path / "run", "--seed", "1"))
    assert outcome.status == 2
    assert "differs in plan.seed" in outcome.err and "--out" in outcome.err


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


def answers(records: pd.DataFrame) -> pd.DataFrame:
    frame = records[records["condition_severity"] > 0].astype({"model": str, "condition_name": str})
    frame["image"] = frame["image_id"].str.rsplit(".", n=1).str[0]
    keys = ["model", "condition_name", "condition_severity", "image"]
    return frame.set_index(keys).sort_index()[["label", "prediction", "loss"]].astype(float)


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


def test_doctor_lists_versions(cli: Cli) -> None:
    outcome = cli("doctor")
    assert outcome.status == 0
    assert "torch" in outcome.out and "cache folder" in outcome.out


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
