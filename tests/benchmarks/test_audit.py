import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.audit import audit_classifier, estimate, finish_run
from benchmarks.classifier import Classifier
from benchmarks.engines import running_engines
from benchmarks.request import Resolved
from benchmarks.runs import is_complete, open_run
from benchmarks.sweep import run_sweep
from benchmarks.zoo import ZooModel
from reports.records import read_records, read_run
from reports.tables import read_tables
from tests.conftest import SIDE, ColourNet, MakePlan

CPU = torch.device("cpu")
BASE = ("corruptions",)


def test_work_is_estimated_in_seconds_and_bytes(make_plan: MakePlan, colour_folder: Path) -> None:
    plan = make_plan(colour_folder)
    with running_engines(plan, device=CPU, batch_size=4) as engines:
        work = estimate(plan, engines, remaining=1000)
    assert 0 < work.seconds < 600 and work.size > 0


def test_corruption_is_estimated_once_for_models_that_share_it(
    make_plan: MakePlan, colour_folder: Path, colour_model: ZooModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = []
    monkeypatch.setattr("benchmarks.audit._corrupt_all", lambda plan, images: passes.append(images.shape[-1]))
    wider = replace(colour_model, name="wider", preparation=replace(colour_model.preparation, size=(20, 20)))
    plan = make_plan(colour_folder, models=(colour_model, replace(colour_model, name="other"), wider))
    with running_engines(plan, device=CPU, batch_size=4) as engines:
        estimate(plan, engines, remaining=10)
    assert passes == [SIDE, SIDE, 20, 20]  # the first pass of each size compiles, the second is timed


def test_nothing_left_is_estimated_as_nothing(make_plan: MakePlan, colour_folder: Path) -> None:
    plan = make_plan(colour_folder)
    with running_engines(plan, device=CPU, batch_size=4) as engines:
        assert estimate(plan, engines, remaining=0).seconds == 0


def test_data_without_one_readable_image_still_ends_in_a_page(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path
) -> None:
    for path in colour_folder.rglob("*.png"):
        path.write_bytes(b"")
    page = audited(make_plan, colour_folder, tmp_path / "run")
    assert "empty" in page.read_text(encoding="utf-8")
    assert len(read_tables(tmp_path / "run")["skipped"]) == 30


def test_a_finished_run_has_tables_with_intervals_figures_and_a_page(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    page = audited(make_plan, colour_folder, run)
    headline = read_tables(run)["headline"].set_index("metric")
    assert headline.loc["accuracy", "low"] < headline.loc["accuracy", "value"] < headline.loc["accuracy", "high"]
    assert (headline["n"] > 0).all() and (headline["convention"] != "").all()
    assert list((run / "figures").glob("*.svg"))
    assert "colour on data" in page.read_text(encoding="utf-8")
    assert is_complete(make_plan(colour_folder), run, read_run(run))


def audited(make_plan: MakePlan, folder: Path, run: Path) -> Path:
    plan = make_plan(folder)
    resolved = Resolved(plan=plan, label_match="3 of 3", preset="quick")
    metadata = open_run(resolved, run, device=CPU, command="classifier-audit audit")
    with running_engines(plan, device=CPU, batch_size=16) as engines:
        run_sweep(plan, run, engines)
    return finish_run(plan, run, metadata)


def test_any_module_is_audited_from_python(colour_folder: Path, tmp_path: Path) -> None:
    classifier = Classifier(
        ColourNet(), mean=(0.5,) * 3, std=(0.25,) * 3, class_names=["blue", "green", "red"], input_size=SIDE
    )
    page = audit_classifier(classifier, colour_folder, tmp_path / "run", name="mine", preset="quick", sections=BASE)
    assert "mine on data" in page.read_text(encoding="utf-8")
    assert len(read_records(tmp_path / "run")) == 30 * 11
    again = audit_classifier(classifier, colour_folder, tmp_path / "run", name="mine", preset="quick", sections=BASE)
    assert again == page
    classifier.input_size = None
    with pytest.raises(ValueError, match="expected a classifier with `input_size` or `preparation`"):
        audit_classifier(classifier, colour_folder, tmp_path / "other", sections=BASE)


def test_clean_arrays_beside_corrupted_ones_are_classified_too(tmp_path: Path) -> None:
    (tmp_path / "cifar").mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (60, SIDE, SIDE, 3), dtype=np.uint8)
    np.save(tmp_path / "cifar" / "images.npy", pixels[:10])
    np.save(tmp_path / "cifar" / "fog.npy", pixels[10:])
    np.save(tmp_path / "cifar" / "labels.npy", np.arange(10) % 3)
    classifier = Classifier(ColourNet(), mean=(0.5,) * 3, std=(0.25,) * 3, class_names=["0", "1", "2"], input_size=SIDE)
    audit_classifier(classifier, tmp_path / "cifar", tmp_path / "run", sections=BASE)
    assert set(read_records(tmp_path / "run")["condition_name"]) == {"clean", "fog"}
    assert {"accuracy", "mean_corruption_error"} <= set(read_tables(tmp_path / "run")["headline"]["metric"])


def test_images_that_were_corrupted_before_they_were_stored(colour_folder: Path, tmp_path: Path) -> None:
    """An ImageNet-C style tree: centre crop only, no clean condition, published kind."""
    for level in range(1, 6):
        shutil.copytree(colour_folder, tmp_path / "tree" / "fog" / str(level))
    classifier = Classifier(
        ColourNet(), mean=(0.5,) * 3, std=(0.25,) * 3, class_names=["blue", "green", "red"], input_size=SIDE
    )
    page = audit_classifier(classifier, tmp_path / "tree", tmp_path / "run", sections=BASE)
    assert page.exists()
    records = read_records(tmp_path / "run")
    assert len(records) == 30 * 5 and set(records["condition_kind"]) == {"published"}
    assert records.groupby("image_id")["loss"].nunique().max() == 1, "the same files in every cell"
    headline = read_tables(tmp_path / "run")["headline"]
    assert set(headline["metric"]) == {"mean_corruption_error"}
