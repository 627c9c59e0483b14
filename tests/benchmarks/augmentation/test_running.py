"""A comparison from start to page: complete, resumable stage by stage, refusing foreign folders."""

import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from PIL import Image

from benchmarks.augmentation import FoldersBed, run_comparison, running
from benchmarks.runs import OtherRunError
from reports.records import read_run
from tests.benchmarks.augmentation.conftest import TINY, Finished, execution, here
from tests.starting import forked

TIMED = {"images_per_second", "relative_cost"}


def compare(run: Path) -> None:
    """The comparison without processes of its own, which tests/benchmarks/test_processes.py kills."""
    torch.set_num_threads(1)
    running.carry_out = here
    run_comparison(TINY, execution(run, {}, []))


def untimed(table: pd.DataFrame) -> pd.DataFrame:
    """What does not depend on how fast the machine is."""
    return table[~table["metric"].isin(TIMED)].reset_index(drop=True) if "metric" in table else table


def test_everything_is_there(finished: Finished) -> None:
    assert (finished.run / "report.html").exists()
    assert read_run(finished.run)["status"] == "complete"
    assert set(finished.tables) >= {
        "augmentations",
        "augmentations_differences",
        "augmentations_seeds",
        "augmentations_cells",
        "augmentations_claims",
        "augmentations_choice",
        "published",
    }
    table = finished.tables["augmentations"]
    assert set(table["recipe"]) == {"baseline", "padain", "reference"}
    figures = table[table["metric"] != "gap_closed"].dropna(subset=["value"])
    assert ((figures["low"] <= figures["value"]) & (figures["value"] <= figures["high"])).all()
    assert (table["convention"].str.len() > 0).all()


def test_every_stage_counts_to_its_end(finished: Finished) -> None:
    assert {title: stage.done for title, stage in finished.stages.items()} == {
        title: stage.total for title, stage in finished.stages.items()
    }
    assert any(line.startswith("pAdaIN      p = ") for line in finished.said)


def test_a_finished_comparison_does_nothing_again(finished: Finished) -> None:
    stages: dict[str, object] = {}
    tables = run_comparison(TINY, execution(finished.run, stages, []))  # type: ignore[arg-type]
    assert all(stage.total == 0 for stage in stages.values())  # type: ignore[attr-defined]
    for name, table in finished.tables.items():
        pd.testing.assert_frame_equal(tables[name], table, obj=name)


def test_another_comparison_is_refused(finished: Finished, tmp_path: Path) -> None:
    with pytest.raises(OtherRunError, match="this very comparison"):
        run_comparison(replace(TINY, seeds=(3,)), execution(finished.run, {}, []))
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(OtherRunError, match="empty or new folder"):
        run_comparison(TINY, execution(tmp_path, {}, []))


def test_killed_and_continued_ends_in_the_same_tables(
    finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGKILL while another process trains; the rest is done here."""
    run = tmp_path / "run"
    with forked(compare, run) as process:
        while not list(run.glob("trainings/*/weights.safetensors")):
            assert process.is_alive()
            time.sleep(0.01)
        process.kill()
    monkeypatch.setattr(running, "carry_out", here)
    stages: dict[str, object] = {}
    tables = run_comparison(TINY, execution(run, stages, []))  # type: ignore[arg-type]
    assert stages["images, choosing p"].total == 0  # type: ignore[attr-defined]
    for name, table in finished.tables.items():
        pd.testing.assert_frame_equal(untimed(tables[name]), untimed(table), obj=name)


def test_images_that_were_corrupted_before_they_were_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Own images to train on, and a tree as ImageNet-C has it: nothing clean, so nothing is attacked."""
    for folder in ("train", *(f"test/{name}/{level}" for name in ("fog", "contrast") for level in (1, 2))):
        for name, colour in (("red", (200, 0, 0)), ("blue", (0, 0, 200))):
            (tmp_path / folder / name).mkdir(parents=True)
            for number in range(10):
                Image.new("RGB", (32, 32), colour).save(tmp_path / folder / name / f"{number}.png")
    monkeypatch.setattr(running, "carry_out", here)
    bed = FoldersBed(train=str(tmp_path / "train"), test=str(tmp_path / "test"), held_out=0.2)
    comparison = replace(TINY, bed=bed, recipes=("baseline", "randaugment"), seeds=(0,), images=20)
    said: list[str] = []
    tables = run_comparison(comparison, execution(tmp_path / "run", {}, said))
    assert any("no clean test images" in line for line in said)
    table = tables["augmentations"]
    assert set(table["metric"]) & {"error", "accuracy_under_attack", "statistics_flip_rate", "gap_closed"} == set()
    means = table[table["metric"] == "mean_corruption_error"]
    assert (means["n"] == 20).all() and means["convention"].str.contains(
        "2 corruptions x 2 severities, images as"
    ).all()
    assert table.loc[table["recipe"] == "randaugment", "overlaps"].str.contains("brightness").all()
    assert "augmentations_choice" not in tables and "augmentations_claims" not in tables
