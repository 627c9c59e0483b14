from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from torch import Tensor, nn
from torch.distributed import HashStore

import benchmarks.sweep
from benchmarks.conditions import CLEAN
from benchmarks.inference import Engine
from benchmarks.loading import DataGoneError
from benchmarks.plan import Plan, image_seed
from benchmarks.ranks import Ranks
from benchmarks.sweep import TooManyBadImagesError, finished_blocks, run_sweep, shard_path
from benchmarks.zoo import ZooModel
from reports.records import SCHEMA, read_records
from robustness.corruptions import corrupt
from tests.conftest import MakePlan

CPU = torch.device("cpu")


def sweep(plan: Plan, run: Path, batch_size: int = 64, **options: object) -> pd.DataFrame:
    engines = [
        Engine(classifier=m.classifier.eval(), device=CPU, precision="exact", batch_size=batch_size)
        for m in plan.models
    ]
    run_sweep(plan, run, engines, **options)  # type: ignore[arg-type]
    return read_records(run)


class Broken(nn.Module):
    """Gives NaN for some images and infinity for others."""

    def forward(self, images: Tensor) -> Tensor:
        logits = images.mean((2, 3))
        logits[logits[:, 0] > 0.5, 1] = torch.nan
        logits[logits[:, 2] > 0.5, 0] = torch.inf
        return logits


def test_one_row_for_each_image_and_condition(make_plan: MakePlan, colour_folder: Path, tmp_path: Path) -> None:
    plan = make_plan(colour_folder)
    records = sweep(plan, tmp_path / "run")
    assert list(records.columns) == SCHEMA.names
    keys = ["image_id", "condition_name", "condition_severity"]
    assert len(records) == 30 * 3 == len(records[keys].drop_duplicates())
    assert (records["status"] == "ok").all()
    assert (records["label_name"] == records["image_id"].str.split("/").str[0]).all()
    assert records.loc[records["condition_name"] == "clean", "correct"].mean() > 0.7


def test_the_rows_are_what_the_parts_say(make_plan: MakePlan, colour_folder: Path, tmp_path: Path) -> None:
    """One record beside a computation by hand."""
    plan = make_plan(colour_folder)
    records = sweep(plan, tmp_path / "run")
    sample = plan.samples.entries[17]
    image = plan.samples.decode(sample, CLEAN).image
    assert image is not None
    pixels = plan.models[0].preparation(image)[None]
    seed = image_seed(0, sample.image_id)
    noisy = corrupt(pixels, "gaussian_noise", 4, seeds=torch.tensor([seed]), profile="cifar")
    logits = plan.models[0].classifier.eval()(noisy)[0].double()
    row = records[(records["image_id"] == sample.image_id) & (records["condition_severity"] == 4)].iloc[0]
    assert row["prediction"] == int(logits.argmax())
    assert row["seed"] == seed
    assert row["loss"] == pytest.approx(-torch.log_softmax(logits, 0)[row["label"]].item(), abs=1e-5)


def test_batch_and_block_sizes_change_nothing(make_plan: MakePlan, colour_folder: Path, tmp_path: Path) -> None:
    frames = []
    for number, (batch, block) in enumerate([(1, 8), (7, 8), (64, 64), (64, 1)]):
        records = sweep(make_plan(colour_folder, block_size=block), tmp_path / f"run{number}", batch_size=batch)
        records = records.astype(dict.fromkeys(records.select_dtypes("category"), str))
        frames.append(records.sort_values(["image_id", "condition_severity"], ignore_index=True))
    exact = [name for name in SCHEMA.names if not pd.api.types.is_float_dtype(frames[0][name])]
    for other in frames[1:]:
        pd.testing.assert_frame_equal(other[exact], frames[0][exact])
        pd.testing.assert_frame_equal(other, frames[0], atol=1e-6)


def test_no_rows_are_kept_between_the_forward_passes_of_a_condition(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They pin pages that the next pass could have used: the process grew by 810 MB with 8 networks so, now by 270."""
    plan = make_plan(colour_folder)
    (model,) = plan.models
    several = replace(
        plan, models=tuple(replace(model, name=name) for name in "abc"), label_indices=plan.label_indices * 3
    )
    done: list[str] = []
    for owner, name in ((Engine, "logits"), (benchmarks.sweep, "condition_rows")):
        function = getattr(owner, name)
        noted = lambda *given, function=function, name=name, **named: done.append(name) or function(*given, **named)  # noqa: E731
        monkeypatch.setattr(owner, name, noted)
    sweep(several, tmp_path / "run", blocks=[0])
    assert done == (["logits"] * 3 + ["condition_rows"] * 3) * len(plan.conditions)


def test_a_finished_sweep_does_no_work(make_plan: MakePlan, colour_folder: Path, tmp_path: Path) -> None:
    plan = make_plan(colour_folder)
    sweep(plan, tmp_path / "run")
    run_sweep(plan, tmp_path / "run", [])  # would fail without an engine if anything were left


@pytest.mark.parametrize("damage", ["missing", "truncated", "flipped", "fewer rows", "empty"])
def test_damaged_shards_are_computed_again(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path, damage: str
) -> None:
    plan = make_plan(colour_folder)
    before = sweep(plan, tmp_path / "run")
    shard = shard_path(tmp_path / "run", 2)
    content = shard.read_bytes()
    if damage == "missing":
        shard.unlink()
    elif damage == "truncated":
        shard.write_bytes(content[:-100])
    elif damage == "flipped":
        middle = len(content) // 4
        shard.write_bytes(
            content[:middle] + bytes(255 - byte for byte in content[middle : middle + 9]) + content[middle + 9 :]
        )
    elif damage == "fewer rows":
        shard.write_bytes(shard_path(tmp_path / "run", 3).read_bytes())
    else:
        shard.write_bytes(b"")
    assert finished_blocks(plan, tmp_path / "run") == {0, 1, 3}
    pd.testing.assert_frame_equal(sweep(plan, tmp_path / "run"), before)
    assert shard.read_bytes() == content


def test_unreadable_images_have_rows_everywhere(make_plan: MakePlan, colour_folder: Path, tmp_path: Path) -> None:
    for number in range(8):
        (colour_folder / "blue" / f"{number:03d}.png").write_bytes(b"")
    (colour_folder / "red" / "003.png").write_bytes(b"<html>404</html>")
    records = sweep(make_plan(colour_folder), tmp_path / "run")
    assert len(records) == 90
    counts = records.groupby(["condition_severity", "status"], observed=True).size().unstack()
    assert (counts["empty"] == 8).all() and (counts["ok"] == 21).all() and (counts["unreadable"] == 1).all()
    assert records.loc[records["status"] != "ok", "prediction":].isna().all().all()


def test_too_many_bad_images_stop_the_run_and_more_may_be_allowed(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path
) -> None:
    for number in range(3):
        (colour_folder / "green" / f"{number:03d}.png").write_bytes(b"")
    plan = make_plan(colour_folder)
    with pytest.raises(TooManyBadImagesError, match=r"at most 2 unreadable images \(--max-bad\), got 3 so far"):
        sweep(plan, tmp_path / "run", max_bad=2)
    assert finished_blocks(plan, tmp_path / "run") == {0, 1}
    assert len(sweep(plan, tmp_path / "run", max_bad=3)) == 90


def test_logits_that_are_no_numbers_are_flagged(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path, colour_model: ZooModel
) -> None:
    classifier = colour_model.classifier
    classifier.module = Broken()
    classifier.mean.zero_()
    classifier.std.fill_(1)
    records = sweep(make_plan(colour_folder), tmp_path / "run")
    flagged = records["status"] == "nonfinite_logits"
    assert 10 < flagged.sum() < 80
    assert records.loc[flagged, "prediction":].isna().all().all()
    assert records.loc[~flagged, "prediction":].notna().all().all()


def test_several_models_see_the_same_images(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path, colour_model: ZooModel
) -> None:
    larger = replace(colour_model, name="larger", preparation=replace(colour_model.preparation, size=(20, 20)))
    plan = make_plan(
        colour_folder, models=(colour_model, larger), label_indices=make_plan(colour_folder).label_indices * 2
    )
    records = sweep(plan, tmp_path / "run")
    alone = sweep(make_plan(colour_folder), tmp_path / "alone")
    own = records[records["model"] == "colour"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, alone, check_categorical=False, check_dtype=False)
    assert (records["model"] == "larger").sum() == 90


def test_the_round_trip_changes_corrupted_images_alone(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path
) -> None:
    plain = sweep(make_plan(colour_folder), tmp_path / "plain")
    jpeg = sweep(make_plan(colour_folder, jpeg_roundtrip=True), tmp_path / "jpeg")
    clean = plain["condition_name"] == "clean"
    pd.testing.assert_frame_equal(plain[clean], jpeg[clean])
    assert (plain.loc[~clean, "loss"] != jpeg.loc[~clean, "loss"]).mean() > 0.9


def test_progress_counts_every_image(make_plan: MakePlan, colour_folder: Path, tmp_path: Path) -> None:
    counts: list[int] = []
    sweep(make_plan(colour_folder), tmp_path / "run", on_unit=counts.append)
    assert counts == [8, 8, 8, 6]


def test_data_that_goes_away_is_no_unreadable_image(make_plan: MakePlan, colour_folder: Path, tmp_path: Path) -> None:
    """A broken link was there from the start and is a record; what is gone since the data was indexed is a stop."""
    (colour_folder / "blue" / "zz.png").symlink_to("nowhere.png")
    plan = make_plan(colour_folder)
    away = colour_folder / "green" / "003.png"
    content = away.read_bytes()
    away.unlink()
    with pytest.raises(
        DataGoneError, match=r"expected .*green/003.png as when the data was indexed.*bring the data back"
    ):
        sweep(plan, tmp_path / "run")
    assert finished_blocks(plan, tmp_path / "run") == {0}
    away.write_bytes(content)
    records = sweep(plan, tmp_path / "run")
    assert records.loc[records["status"] != "ok", "image_id"].unique().tolist() == ["blue/zz.png"]


def test_units_that_nobody_finished_are_computed_at_the_end(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path
) -> None:
    """A rank took two units and was never heard of again."""
    plan = make_plan(colour_folder)
    store = HashStore()
    first, lost = (Ranks(rank=rank, world=2, store=store, departed=lambda _: True) for rank in (0, 1))
    hand_out = first.hand_out

    def taken(pending: list[int]) -> None:
        hand_out(pending)
        units = lost.units()
        assert [next(units), next(units)] == [0, 1]

    first.hand_out = taken  # type: ignore[method-assign, assignment]
    counts: list[int] = []
    sweep(plan, tmp_path / "run", ranks=first, on_unit=counts.append)
    assert finished_blocks(plan, tmp_path / "run") == {0, 1, 2, 3}
    assert counts == [8, 6, 8, 8]
