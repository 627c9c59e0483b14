from pathlib import Path

from tests.benchmarks.conftest import Cli
from tests.benchmarks.formats.exported import write_exported


def test_results_are_exported_and_named(cli: Cli, tmp_path: Path) -> None:
    run = write_exported(tmp_path / "run")
    outcome = cli("export-results", run, "--hub-dataset", "timm/imagenet-1k")
    assert outcome.status == 0, outcome.err
    files = [Path(line) for line in outcome.out.splitlines()[1:]]
    assert len(files) == 5 and all(path.is_file() for path in files)
    assert files[0] == run / "export" / "results.csv"


def test_mistakes_are_messages(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("export-results", tmp_path)
    assert outcome.status == 2 and "expected a run folder with run.json" in outcome.err
    run = write_exported(tmp_path / "run")
    assert cli("export-results", run, "--hub-dataset", "").status == 2
