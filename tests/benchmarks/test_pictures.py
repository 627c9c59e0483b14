from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from benchmarks.inference import Engine
from benchmarks.pictures import write_galleries
from benchmarks.plan import Plan
from benchmarks.sweep import run_sweep
from benchmarks.zoo import ZooModel
from reports.gallery import read_galleries
from reports.records import read_records
from tests.conftest import MakePlan


def test_the_pictures_are_what_the_records_say(make_plan: MakePlan, colour_folder: Path, tmp_path: Path) -> None:
    plan = make_plan(colour_folder)
    run_sweep(plan, tmp_path, [engine_of(plan)])
    write_galleries(plan, tmp_path)
    galleries = {gallery.name: gallery for gallery in read_galleries(tmp_path)}
    records = read_records(tmp_path)
    clean = records[records["condition_name"] == "clean"]
    wrong = clean[~clean["correct"].astype(bool)].sort_values("max_probability", ascending=False)

    errors = galleries["confident_errors"].pictures
    assert len(errors) == len(wrong) > 0
    assert [dict(picture.facts)["predicted"] for picture in errors] == wrong["prediction_name"].tolist()
    assert dict(errors[0].facts)["confidence"] == f"{wrong['max_probability'].iloc[0]:.3f}"

    strips = galleries["strips"].strips
    assert 0 < len(strips) <= 6
    for strip in strips:
        assert dict(strip.pictures[0].facts)["outcome"] == "right"
        logits = plan.models[0].classifier(torch.tensor(strip.pictures[1].image).permute(2, 0, 1)[None])
        names = plan.models[0].classifier.class_names
        assert dict(strip.pictures[1].facts)["predicted"] == names[int(logits.argmax())]
        assert not np.array_equal(strip.pictures[0].image, strip.pictures[1].image)


def test_pictures_of_several_models_say_whose_they_are(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path, colour_model: ZooModel
) -> None:
    both = (colour_model, replace(colour_model, name="other"))
    plan = make_plan(colour_folder, models=both, label_indices=make_plan(colour_folder).label_indices * 2)
    run_sweep(plan, tmp_path, [engine_of(plan)] * 2)
    write_galleries(plan, tmp_path)
    assert {gallery.title for gallery in read_galleries(tmp_path)} == {
        f"{title}, {name}"
        for title in ("Most confidently wrong", "From clean to corrupted")
        for name in ("colour", "other")
    }


def test_pictures_went_through_jpeg_as_the_models_images_did(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path
) -> None:
    plan = make_plan(colour_folder, jpeg_roundtrip=True)
    run_sweep(plan, tmp_path, [engine_of(plan)])
    write_galleries(plan, tmp_path)
    strips = next(gallery for gallery in read_galleries(tmp_path) if gallery.name == "strips").strips
    for picture in (picture for strip in strips for picture in strip.pictures[1:]):
        logits = plan.models[0].classifier(torch.tensor(picture.image).permute(2, 0, 1)[None])
        confidence = logits.softmax(1).max().item()
        assert dict(picture.facts)["confidence"] == f"{confidence:.3f}"


def test_no_error_no_picture(make_plan: MakePlan, colour_folder: Path, tmp_path: Path) -> None:
    plan = make_plan(colour_folder)
    plan = make_plan(colour_folder, conditions=plan.conditions[:1])
    run_sweep(plan, tmp_path / "all", [engine_of(plan)])
    records = read_records(tmp_path / "all")
    plan = make_plan(
        colour_folder, conditions=plan.conditions, samples=plan.samples.select(np.flatnonzero(records["correct"]))
    )
    run_sweep(plan, tmp_path / "right", [engine_of(plan)])
    write_galleries(plan, tmp_path / "right")
    galleries = {gallery.name: gallery for gallery in read_galleries(tmp_path / "right")}
    assert galleries["confident_errors"].pictures == ()


def engine_of(plan: Plan) -> Engine:
    return Engine(classifier=plan.models[0].classifier.eval(), device=torch.device("cpu"), precision="exact")
