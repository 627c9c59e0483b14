from pathlib import Path

from reports.tables import read_tables
from tests.benchmarks.conftest import Cli


def test_a_tiny_study_and_again(cli: Cli, tmp_path: Path) -> None:
    run = tmp_path / "study"
    wanted = ["error-study", "--classifiers", "convnet/30", "--seeds", "5", "--steps", 4, "--images", 40, "--out", run]
    first = cli(*wanted)
    assert first.status == 0, first.err
    assert first.last_line == str(run / "report.html")
    assert "convnet, 30 images, seed 5" in first.out and "classifiers that count" in first.out
    assert set(read_tables(run)) == {"error_study", "error_study_bars"}
    again = cli(*wanted)
    assert again.last_line == first.last_line and "training steps and images: " not in again.out


def test_mistakes_are_said(cli: Cli, tmp_path: Path) -> None:
    wrong = cli("error-study", "--classifiers", "convnet", "--out", tmp_path)
    assert wrong.status == 2 and "expected --classifiers as architecture/images" in wrong.err
