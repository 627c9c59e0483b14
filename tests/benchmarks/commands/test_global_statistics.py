from pathlib import Path

from reports.records import read_run
from reports.tables import read_tables
from tests.benchmarks.conftest import AUDIT, Cli


def test_a_model_and_again(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    wanted = ["global-statistics", *model_and_data, "--draws", 1, "--out", tmp_path / "run"]
    first = cli(*wanted)
    assert first.status == 0, first.err
    assert first.last_line == str(tmp_path / "run" / "report.html")
    for words in (
        "30 of 30, for test_resnet",
        "pixels, act1, layer1, layer2, layer3",
        "answers: 300 of 300",
        "flips: ",
    ):
        assert words in first.out
    again = cli(*wanted)
    assert "answers:" not in again.out and again.last_line == first.last_line


def test_an_audit_gets_a_section_more_and_keeps_it(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    run = tmp_path / "run"
    small = ["--images", "12", "--corruptions", "contrast", "--severities", "1"]
    assert cli(*AUDIT, *model_and_data, "--out", run, *small).status == 0
    before = read_run(run)
    outcome = cli("global-statistics", *model_and_data, "--out", run, "--depths", "sites", "--draws", 1)
    assert outcome.status == 0, outcome.err
    assert read_run(run) == before
    page = (run / "report.html").read_text(encoding="utf-8")
    assert 'id="corruptions"' in page and 'id="statistics"' in page
    assert read_tables(run)["global_statistics"]["depth"].nunique() > 6


def test_mistakes_are_said(cli: Cli, model_and_data: list[str], colour_folder: Path, tmp_path: Path) -> None:
    wrong = cli("global-statistics", *model_and_data, "--depths", "all")
    assert wrong.status == 2 and "expected --depths among stages, sites, got 'all'" in wrong.err
    for path in sorted(colour_folder.rglob("*.png"))[1:]:
        path.unlink()
    one = cli("global-statistics", *model_and_data, "--out", tmp_path / "one")
    assert one.status == 2 and "expected at least two images" in one.err
