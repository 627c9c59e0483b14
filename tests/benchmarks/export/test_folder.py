import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks.conditions import CLEAN, Condition
from benchmarks.datasets import open_samples
from benchmarks.export import LAYOUTS, Export, OtherExportError, open_export, write_export
from benchmarks.plan import Plan
from benchmarks.zoo import ZooModel
from tests.benchmarks.export.conftest import Sweep

CPU = torch.device("cpu")


def exported(plan: Plan, run: Path, export: Export) -> int:
    open_export(plan, export)
    return write_export(plan, run, export, device=CPU)


def evaluated(plan: Plan, folder: Path, run: Path, sweep: Sweep) -> pd.DataFrame:
    """Records of the plan's models on an exported folder."""
    samples = open_samples(folder)
    return sweep(replace(plan, samples=samples, conditions=samples.conditions, jpeg_roundtrip=False), run)


def comparable(records: pd.DataFrame, name: Callable[[str], str]) -> pd.DataFrame:
    """Scores of the corrupted images, by image and condition."""
    frame = records[records["condition_severity"] > 0]
    frame = frame.assign(image=frame["image_id"].map(name), condition=frame["condition_name"].astype(str))
    frame = frame.set_index(["image", "condition", "condition_severity"]).sort_index()
    return frame[["label", "prediction", "max_probability", "loss"]]


def test_an_exported_tree_gives_what_the_round_trip_gave(full_plan: Plan, sweep: Sweep, tmp_path: Path) -> None:
    plain = sweep(full_plan, tmp_path / "plain")
    for number, jpeg_roundtrip in enumerate((True, False)):
        plan = replace(full_plan, jpeg_roundtrip=jpeg_roundtrip)
        records = sweep(plan, tmp_path / f"run{number}")
        assert exported(plan, tmp_path / f"run{number}", Export(folder=tmp_path / f"tree{number}")) == 30
        again = evaluated(full_plan, tmp_path / f"tree{number}", tmp_path / f"again{number}", sweep)
        assert set(again["condition_kind"]) == {"published"} and len(again) == 300
        stored = comparable(again, lambda name: str(PurePosixPath(name).with_suffix("")))
        seen = comparable(records, lambda name: str(PurePosixPath(name).with_suffix("")))
        if jpeg_roundtrip:
            pd.testing.assert_frame_equal(stored, seen)
        else:
            assert not np.allclose(stored["loss"], seen["loss"]), "compressed, as published files are"
    assert len(plain) == 330


def test_exported_arrays_give_what_the_plain_run_gave(full_plan: Plan, sweep: Sweep, tmp_path: Path) -> None:
    records = sweep(full_plan, tmp_path / "run")
    assert exported(full_plan, tmp_path / "run", Export(folder=tmp_path / "npy", layout="cifar-c")) == 30
    again = evaluated(full_plan, tmp_path / "npy", tmp_path / "again", sweep)
    order = {f"{row:02d}": name for row, name in enumerate(full_plan.samples.entries.ids)}
    pd.testing.assert_frame_equal(comparable(again, order.__getitem__), comparable(records, str))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_unreadable_images_are_left_out(
    full_plan: Plan, sweep: Sweep, colour_folder: Path, tmp_path: Path, layout: str
) -> None:
    for name in ("blue/000.png", "red/009.png"):
        (colour_folder / name).write_bytes(b"")
    sweep(full_plan, tmp_path / "run")
    assert exported(full_plan, tmp_path / "run", Export(folder=tmp_path / "out", layout=layout)) == 28
    assert len(open_samples(tmp_path / "out").entries) == 28


def test_nothing_readable_is_nothing_written(
    full_plan: Plan, sweep: Sweep, colour_folder: Path, tmp_path: Path
) -> None:
    for path in colour_folder.rglob("*.png"):
        path.write_bytes(b"")
    sweep(full_plan, tmp_path / "run")
    assert exported(full_plan, tmp_path / "run", Export(folder=tmp_path / "out", layout="cifar-c")) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["export.json"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_finished_export_stays_as_it_is(full_plan: Plan, sweep: Sweep, tmp_path: Path, layout: str) -> None:
    sweep(full_plan, tmp_path / "run")
    export = Export(folder=tmp_path / "out", layout=layout)
    exported(full_plan, tmp_path / "run", export)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    assert exported(full_plan, tmp_path / "run", export) == 30
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")} == before


def test_another_export_is_refused_with_the_difference(full_plan: Plan, tmp_path: Path) -> None:
    export = Export(folder=tmp_path / "out")
    open_export(full_plan, export)
    open_export(replace(full_plan, jpeg_roundtrip=True, precision="auto"), export)  # the same files
    about = json.loads((tmp_path / "out" / "export.json").read_text())
    assert about["seed"] == 0 and about["profile"] == "cifar" and about["versions"]["torch"]
    with pytest.raises(OtherExportError, match=r"differs in profile, seed\); choose another folder with --export"):
        open_export(replace(full_plan, seed=3, profile="tiny"), export)
    with pytest.raises(OtherExportError, match=r"differs in data\)"):
        open_export(replace(full_plan, samples=full_plan.samples.select(range(9))), export)
    with pytest.raises(OtherExportError, match="differs in layout"):
        open_export(full_plan, replace(export, layout="cifar-c"))


def test_a_folder_with_other_files_is_left_alone(full_plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(OtherExportError, match="expected an empty or new folder for --export, got .* other files"):
        open_export(full_plan, Export(folder=tmp_path))
    assert not (tmp_path / "export.json").exists()


def test_what_cannot_be_exported_is_refused_before_any_work(
    full_plan: Plan, colour_model: ZooModel, tmp_path: Path
) -> None:
    export = Export(folder=tmp_path / "out")
    with pytest.raises(ValueError, match="expected --export-layout among imagenet-c, cifar-c, got 'zip'"):
        open_export(full_plan, replace(export, layout="zip"))
    stored = replace(full_plan, conditions=(CLEAN, Condition(kind="published", name="fog", severity=1)))
    with pytest.raises(ValueError, match="expected images that are corrupted here for --export"):
        open_export(stored, export)
    larger = replace(colour_model, name="larger", preparation=replace(colour_model.preparation, size=(20, 20)))
    with pytest.raises(ValueError, match="expected models that see the same pixels for --export"):
        open_export(replace(full_plan, models=(colour_model, larger)), export)
    assert not (tmp_path / "out").exists()
