from pathlib import Path

import numpy as np
import torch

from benchmarks.conditions import CLEAN
from benchmarks.loading import Loaded
from benchmarks.rows import condition_rows
from reports.records import check_records
from tests.conftest import MakePlan

OK = Loaded(status="ok", note="grey", pixels={})
BAD = Loaded(status="truncated", note="", pixels={})


def rows(
    make_plan: MakePlan, folder: Path, loaded: list[Loaded], logits: torch.Tensor | None
) -> list[dict[str, object]]:
    plan = make_plan(folder)
    images = plan.block(0)[: len(loaded)]
    seeds = np.arange(len(loaded), dtype=np.int64)
    table = condition_rows(plan, 0, CLEAN, images=images, loaded=loaded, logits=logits, seeds=seeds)
    return check_records(table).to_pylist()


def test_scores_meet_their_images_across_gaps(make_plan: MakePlan, colour_folder: Path) -> None:
    logits = torch.tensor([[5.0, 0.0, 0.0], [0.0, 0.0, torch.nan], [0.0, 7.0, 0.0]])
    got = rows(make_plan, colour_folder, [OK, BAD, OK, OK], logits)
    assert [row["status"] for row in got] == ["ok", "truncated", "nonfinite_logits", "ok"]
    assert [row["prediction"] for row in got] == [0, None, None, 1]
    assert [row["prediction_name"] for row in got] == ["blue", None, None, "green"]
    assert [row["correct"] for row in got] == [True, None, None, False]
    assert [row["note"] for row in got] == ["grey", "", "grey", "grey"]
    assert [row["top5"] for row in got] == [[0, 1, 2], None, None, [1, 0, 2]]


def test_a_block_without_readable_images_still_has_rows(make_plan: MakePlan, colour_folder: Path) -> None:
    got = rows(make_plan, colour_folder, [BAD, BAD], None)
    assert [row["loss"] for row in got] == [None, None]
    assert [row["label_name"] for row in got] == ["blue", "blue"]


def test_all_logits_broken(make_plan: MakePlan, colour_folder: Path) -> None:
    got = rows(make_plan, colour_folder, [OK, OK], torch.full((2, 3), torch.inf))
    assert {row["status"] for row in got} == {"nonfinite_logits"}
