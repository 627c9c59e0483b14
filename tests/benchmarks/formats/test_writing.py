from pathlib import Path

import pandas as pd
import pytest
import yaml

from benchmarks.formats.hugging_face import HubBenchmark
from benchmarks.formats.writing import export_results
from tests.benchmarks.formats.exported import HUB_NAME, headline, write_exported


def test_every_model_has_a_folder(tmp_path: Path) -> None:
    run, out = write_exported(tmp_path / "run"), tmp_path / "out"
    files = export_results(run, out, benchmark=HubBenchmark(dataset="timm/imagenet-1k"))
    assert {str(path.relative_to(out)) for path in files} == {
        "results.csv",
        "net.one/model-index.yml", "net.one/.eval_results/imagenet-1k.yaml",
        "a__b/model-index.yml", "a__b/.eval_results/imagenet-1k.yaml",
    }  # fmt: skip
    assert pd.read_csv(out / "results.csv")["top1"].tolist() == [90, 81.25]
    index = yaml.safe_load((out / "a__b" / "model-index.yml").read_text(encoding="utf-8"))
    assert index["model-index"][0]["name"] == HUB_NAME
    entries = yaml.safe_load((out / "net.one" / ".eval_results" / "imagenet-1k.yaml").read_text(encoding="utf-8"))
    assert entries[0]["value"] == 0.8125 and isinstance(entries[0]["date"], str)


def test_without_a_benchmark_there_are_no_eval_results(tmp_path: Path) -> None:
    files = export_results(write_exported(tmp_path / "run"), tmp_path / "out")
    assert not any(".eval_results" in str(path) for path in files)


def test_names_that_a_file_system_cannot_keep_apart_get_numbers(tmp_path: Path) -> None:
    run = write_exported(tmp_path / "run")
    table = headline().replace({"model": {"net.one": "a/ b"}})
    (run / "tables" / "headline.csv").write_text(table.to_csv(index=False))
    export_results(run, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a__b-1", "a__b-2", "results.csv"]


def test_unfinished_runs_and_other_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected a complete run in .*, got one that is running; continue it"):
        export_results(write_exported(tmp_path / "run", status="running"), tmp_path / "out")
    (tmp_path / "run" / "tables" / "headline.csv").unlink()
    with pytest.raises(FileNotFoundError, match="got none; audit first"):
        export_results(tmp_path / "run", tmp_path / "out")
    with pytest.raises(FileNotFoundError, match="expected a run folder"):
        export_results(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
