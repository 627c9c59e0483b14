from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch

from benchmarks.engines import running_engines
from benchmarks.request import Resolved
from benchmarks.runs import OtherRunError
from benchmarks.stability import choose_perturbations, measure_stability, run_stability, unfinished_perturbations
from reports.records import read_run
from reports.tables import read_tables
from robustness.perturbations import CIFAR_TEST_PERTURBATIONS, PERTURBATIONS, TEST_PERTURBATIONS
from tests.conftest import MakePlan

CPU = torch.device("cpu")


@pytest.fixture
def resolved(make_plan: MakePlan, colour_folder: Path) -> Resolved:
    return Resolved(plan=make_plan(colour_folder), label_match="3 of 3", preset="quick")


def test_the_choice_of_perturbations() -> None:
    assert choose_perturbations([], profile="imagenet") == TEST_PERTURBATIONS
    assert set(choose_perturbations([], profile="cifar")) == set(CIFAR_TEST_PERTURBATIONS)
    assert choose_perturbations(["all"], profile="cifar") == tuple(PERTURBATIONS)
    with pytest.raises(ValueError, match="expected --perturbations among gaussian_noise, .*, got 'fog'"):
        choose_perturbations(["tilt", "fog"], profile="cifar")


def test_a_run_from_images_to_table_and_figure(resolved: Resolved, tmp_path: Path) -> None:
    counts: list[int] = []
    table = run_stability(resolved, tmp_path / "run", device=CPU, on_images=counts.append, command="here")
    assert sum(counts) == 30 * 10
    own = table[table["perturbation"] != "all"]
    assert set(own["perturbation"]) == set(CIFAR_TEST_PERTURBATIONS)
    assert (own["n"] == 30).all() and own["value"].between(own["low"], own["high"]).all()
    assert {"mean_flip_probability", "mean_top5_distance"} <= set(table["metric"])
    flips = own[own["metric"] == "flip_probability"].set_index("perturbation")["value"]
    assert flips.max() > 0.02, "some predictions flip"
    stored = read_tables(tmp_path / "run")["stability"]
    pd.testing.assert_frame_equal(stored, table, rtol=1e-5, check_dtype=False)
    assert (tmp_path / "run" / "figures" / "stability.svg").read_bytes().startswith(b"<?xml")
    metadata = read_run(tmp_path / "run")
    assert metadata["status"] == "running" and metadata["command"] == "here"


def test_what_is_finished_is_not_computed_again(resolved: Resolved, tmp_path: Path) -> None:
    run, counts = tmp_path / "run", []
    first = run_stability(resolved, run, device=CPU, names=["tilt", "rotate"])
    assert unfinished_perturbations(resolved, run, ["tilt", "scale"]) == ("scale",)
    second = run_stability(resolved, run, device=CPU, names=["tilt", "scale"], on_images=counts.append)
    assert sum(counts) == 30, "scale alone"
    assert list(second["perturbation"].drop_duplicates()) == ["rotate", "tilt", "scale"], "what is there stays"
    kept = second[second["perturbation"] != "scale"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, first)
    with running_engines(replace(resolved.plan, precision="exact"), device=CPU, batch_size=9) as engines:
        fresh = measure_stability(resolved.plan, engines, names=["rotate", "tilt", "scale"])
    pd.testing.assert_frame_equal(fresh, second)


@pytest.mark.parametrize("damage", ["missing", "truncated", "flipped", "empty", "foreign"])
def test_damaged_scores_are_computed_again(resolved: Resolved, tmp_path: Path, damage: str) -> None:
    run = tmp_path / "run"
    before = run_stability(resolved, run, device=CPU, names=["translate"])
    kept = run / "stability" / "translate.parquet"
    content = kept.read_bytes()
    middle = len(content) // 6
    if damage == "missing":
        kept.unlink()
    elif damage == "foreign":
        other = replace(resolved, plan=replace(resolved.plan, seed=1))
        run_stability(other, tmp_path / "other", device=CPU, names=["translate"])
        kept.write_bytes((tmp_path / "other" / "stability" / "translate.parquet").read_bytes())
    else:
        flipped = content[:middle] + bytes(255 - byte for byte in content[middle : middle + 9]) + content[middle + 9 :]
        kept.write_bytes({"truncated": content[:-100], "flipped": flipped, "empty": b""}[damage])
    assert unfinished_perturbations(resolved, run, ["translate"]) == ("translate",)
    pd.testing.assert_frame_equal(run_stability(resolved, run, device=CPU, names=["translate"]), before)
    assert kept.read_bytes() == content


def test_another_run_is_never_written_into(resolved: Resolved, tmp_path: Path) -> None:
    run_stability(resolved, tmp_path / "run", device=CPU, names=["tilt"])
    other = replace(resolved, plan=replace(resolved.plan, seed=1))
    with pytest.raises(OtherRunError, match=r"differs in plan\.seed"):
        run_stability(other, tmp_path / "run", device=CPU, names=["tilt"])


def test_data_without_one_readable_image_still_ends_in_a_table(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path
) -> None:
    for path in colour_folder.rglob("*.png"):
        path.write_bytes(b"")
    resolved = Resolved(plan=make_plan(colour_folder), label_match="3 of 3", preset="quick")
    table = run_stability(resolved, tmp_path / "run", device=CPU, names=["tilt"])
    assert (table["n"] == 0).all() and table["value"].isna().all()
