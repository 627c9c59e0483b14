from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from benchmarks.inference import Engine
from benchmarks.metrics import flip_probability, top5_distances
from benchmarks.plan import Plan, image_seed
from benchmarks.preparation import Preparation
from benchmarks.stability import score_sequences
from benchmarks.stability.sequences import SCORES, with_margin
from benchmarks.zoo import ZooModel
from robustness.perturbations import perturb
from tests.conftest import SIDE, MakePlan

CPU = torch.device("cpu")


def scored(plan: Plan, name: str, batch_size: int = 64) -> pd.DataFrame:
    engines = [
        Engine(classifier=m.classifier.eval(), device=CPU, precision="exact", batch_size=batch_size)
        for m in plan.models
    ]
    return score_sequences(plan, engines, name)


@pytest.mark.parametrize(
    "preparation",
    [
        Preparation(size=(224, 224), crop_fraction=0.875),
        Preparation(size=(20, 20), crop_fraction=0.8, interpolation="bicubic"),
        Preparation(size=(32, 32), crop_fraction=0.9, crop_mode="squash"),
        Preparation(size=(32, 32), crop_fraction=0.8, crop_mode="border"),
        Preparation(size=(16, 16), crop_fraction=1.0),
    ],
    ids=str,
)
@pytest.mark.parametrize("size", [(300, 260), (33, 90)], ids=str)
def test_the_centre_of_the_margin_is_what_the_model_sees(preparation: Preparation, size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    photo = Image.fromarray(pixels)
    whole = with_margin(preparation)(photo)[None]
    film = perturb(whole, "gaussian_noise", seeds=torch.tensor([0]), frames=1, size=preparation.size)
    assert torch.equal(film[0, 0], preparation(photo))


def test_the_rows_are_what_the_parts_say(make_plan: MakePlan, colour_folder: Path) -> None:
    """One row beside a computation by hand."""
    plan = make_plan(colour_folder)
    for name in ("gaussian_noise", "scale"):
        scores = scored(plan, name)
        assert list(scores) == SCORES and len(scores) == 30 and (scores["status"] == "ok").all()
        sample = plan.samples.entries[17]
        image = plan.samples.decode(sample).image
        assert image is not None
        pixels = with_margin(plan.models[0].preparation)(image)[None]
        seeds = torch.tensor([image_seed(0, sample.image_id)])
        film = perturb(pixels, name, seeds=seeds, profile="cifar", size=(SIDE, SIDE))
        with torch.no_grad():
            logits = plan.models[0].classifier.eval()(film[0]).numpy()[None]
        row = scores.set_index("image_id").loc[sample.image_id]
        to_first = name == "gaussian_noise"
        assert row["flip_probability"] == flip_probability(logits.argmax(2), to_first=to_first)
        assert row["top5_distance"] == pytest.approx(top5_distances(logits, to_first=to_first)[0])
        assert row["frames"] == 31
    assert scores["flip_probability"].between(0, 1).all() and scores["flip_probability"].nunique() > 3


def test_batch_and_block_sizes_change_nothing(
    make_plan: MakePlan, colour_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = scored(make_plan(colour_folder), "snow")
    monkeypatch.setattr("benchmarks.stability.sequences._FRAME_BYTES", 4 * 31 * 3 * SIDE**2)
    counts: list[int] = []
    plan = make_plan(colour_folder)
    engines = [Engine(classifier=plan.models[0].classifier.eval(), device=CPU, precision="exact", batch_size=7)]
    pd.testing.assert_frame_equal(score_sequences(plan, engines, "snow", on_images=counts.append), whole)
    assert counts == [4] * 7 + [2], "blocks of as many images as the frames' memory holds"


def test_images_without_a_prediction_have_a_status_and_gaps(
    make_plan: MakePlan, colour_folder: Path, colour_model: ZooModel
) -> None:
    for number in range(10):
        (colour_folder / "blue" / f"{number:03d}.png").write_bytes(b"")
    scores = scored(make_plan(colour_folder, block_size=5), "rotate")
    gone = scores["image_id"].str.startswith("blue")
    assert (scores.loc[gone, "status"] == "empty").all() and (scores.loc[~gone, "status"] == "ok").all()
    measured = scores[["flip_probability", "top5_distance"]]
    assert measured[gone].isna().all().all() and measured[~gone].notna().all().all()
    colour_model.classifier.mean.fill_(torch.nan)
    broken = scored(make_plan(colour_folder), "rotate")
    assert set(broken["status"]) == {"empty", "nonfinite_logits"}
    assert broken["flip_probability"].isna().all()


def test_models_share_the_images_whatever_they_see(
    make_plan: MakePlan, colour_folder: Path, colour_model: ZooModel
) -> None:
    wider = replace(colour_model, name="wider", preparation=replace(colour_model.preparation, size=(12, 20)))
    twin = replace(colour_model, name="a twin")
    indices = make_plan(colour_folder).label_indices
    plan = make_plan(colour_folder, models=(colour_model, wider, twin), label_indices=indices * 3)
    scores = scored(plan, "tilt")
    assert list(scores["model"].drop_duplicates()) == ["colour", "wider", "a twin"]
    alone = scored(make_plan(colour_folder), "tilt")
    for name in ("colour", "a twin"):
        own = scores[scores["model"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(own.drop(columns="model"), alone.drop(columns="model"))


def test_what_cannot_be_perturbed_is_refused(make_plan: MakePlan, colour_folder: Path) -> None:
    plan = make_plan(colour_folder)
    with pytest.raises(ValueError, match="expected a perturbation among gaussian_noise, .*, got 'fog'"):
        scored(plan, "fog")
    stored = replace(plan, samples=replace(plan.samples, conditions=plan.conditions[1:]))
    with pytest.raises(ValueError, match="expected data of clean images to perturb, got data, which stores"):
        scored(stored, "snow")
