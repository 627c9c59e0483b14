from pathlib import Path

import pandas as pd
import pytest
import timm
import torch

from benchmarks.global_statistics import statistics_reliance
from benchmarks.global_statistics.running import exchange_tasks, left_to_answer, open_tasks
from benchmarks.plan import Plan
from benchmarks.preparation import Preparation
from benchmarks.zoo import wrap_module
from tests.conftest import COLOURS, MakePlan

CPU = torch.device("cpu")
HOW = {"device": CPU, "batch_size": 16}


@pytest.fixture
def plan(make_plan: MakePlan, colour_folder: Path) -> Plan:
    torch.manual_seed(0)
    model = wrap_module(
        timm.create_model("test_resnet", num_classes=3),
        name="net",
        class_names=list(COLOURS),
        preparation=Preparation(size=(32, 32), crop_fraction=1.0),
        mean=(0.5,) * 3,
        std=(0.25,) * 3,
    )
    return make_plan(colour_folder, models=(model,))


def test_a_run_gives_what_images_in_memory_give(plan: Plan, tmp_path: Path) -> None:
    (task,) = tasks = open_tasks(plan, draws=2, **HOW)
    table = exchange_tasks(tasks, tmp_path, **HOW)
    assert set(table["model"]) == {"net"} and len(task.ids) == 30
    expected = statistics_reliance(plan.models[0].classifier, task.images, task.labels.tolist(), draws=2)
    pd.testing.assert_frame_equal(table.drop(columns="model"), expected)
    images = pd.read_parquet(tmp_path / "global_statistics" / "model-01" / "images.parquet")
    assert len(images) == 30 * len(task.depths)
    flips = expected[expected["metric"].eq("flip_rate") & expected["pairs"].eq("other_class")].set_index("depth")
    means = images.groupby("depth")["other_class"].mean()
    assert all(abs(means[depth.name] - flips.loc[depth.name, "value"]) < 1e-12 for depth in task.depths)


def test_what_is_finished_is_not_asked_again(plan: Plan, tmp_path: Path) -> None:
    tasks = open_tasks(plan, draws=1, **HOW)
    total = left_to_answer(tasks, tmp_path)
    assert total == len(tasks[0].depths) * 2 * 30
    counted: list[int] = []
    table = exchange_tasks(tasks, tmp_path, **HOW, on_images=counted.append)
    assert sum(counted) == total and left_to_answer(tasks, tmp_path) == 0
    next((tmp_path / "global_statistics" / "model-01").glob("*-draw-*")).write_bytes(b"PAR1")
    more = open_tasks(plan, draws=2, **HOW)
    assert left_to_answer(more, tmp_path) == total + 60
    pd.testing.assert_frame_equal(exchange_tasks(open_tasks(plan, draws=1, **HOW), tmp_path, **HOW), table)


def test_images_that_cannot_be_read_are_left_out_and_one_image_is_too_few(plan: Plan, colour_folder: Path) -> None:
    files = sorted(colour_folder.rglob("*.png"))
    files[0].write_bytes(b"")
    (task,) = open_tasks(plan, draws=1, **HOW)
    assert len(task.ids) == len(task.images) == len(task.labels) == 29
    for path in files[2:]:
        path.write_bytes(b"")
    with pytest.raises(ValueError, match="expected at least two images that can be read and classified in data"):
        open_tasks(plan, draws=1, **HOW)


def test_models_keep_their_order_and_mistakes_are_said(plan: Plan, make_plan: MakePlan, colour_folder: Path) -> None:
    with pytest.raises(ValueError, match="expected --depths among stages, sites, got 'blocks'"):
        open_tasks(plan, depths="blocks", **HOW)
    with pytest.raises(ValueError, match="expected --draws of at least 1, got 0"):
        open_tasks(plan, draws=0, **HOW)
    (sites,) = open_tasks(plan, depths="sites", draws=1, **HOW)
    assert len(sites.depths) > len(open_tasks(plan, draws=1, **HOW)[0].depths)
