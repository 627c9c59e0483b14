from pathlib import Path

from reports.records import read_run
from reports.tables import read_tables
from tests.benchmarks.conftest import AUDIT, Cli

FEW = ["--corruptions", "gaussian_noise", "--severities", "1,4", "--images", 24]


def test_scores_of_a_model_and_again(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    run = tmp_path / "run"
    wanted = [
        "errors",
        *model_and_data,
        *FEW,
        "--out",
        run,
        "--attack-images",
        2,
        "--attack-sizes",
        "1",
        "--attack-steps",
        2,
    ]
    first = cli(*wanted)
    assert first.status == 0, first.err
    assert first.last_line == str(run / "report.html")
    for words in ("24, 24 left to classify", "test_resnet, mild: ", "max softmax (MSP)", "learned detector"):
        assert words in first.out
    assert {"clean", "severity 4", "adversarial"} <= set(read_tables(run)["errors"]["population"])
    again = cli(*wanted)
    assert "24, 0 left to classify" in again.out and again.last_line == first.last_line


def test_an_audit_gets_a_section_more_and_keeps_it(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    run = tmp_path / "run"
    audit = [*AUDIT, *model_and_data, "--corruptions", "brightness", "--severities", "2", "--out", run]
    assert cli(*audit).status == 0
    before = read_run(run)
    assert cli("errors", *model_and_data, *FEW, "--out", run, "--attack-images", 0).status == 0
    assert read_run(run) == before
    for _ in range(2):
        page = (run / "report.html").read_text()
        assert "Every score, judged on the same errors" in page and "Corruptions: what breaks it" in page
        assert cli("report", run).status == 0
    assert not len(read_tables(run)["errors_attacks"])


def test_mistakes_are_said(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    wrong = cli("errors", *model_and_data, *FEW, "--attack-sizes", "one")
    assert wrong.status == 2 and "expected --attack-sizes as comma-separated numbers" in wrong.err
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").write_text("mine")
    foreign = cli("errors", *model_and_data, *FEW, "--out", tmp_path / "other")
    assert foreign.status == 2 and "expected an empty or new folder" in foreign.err
