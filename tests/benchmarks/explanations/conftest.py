"""Planted classifiers of tiny images with their maps, and a small explained model."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pytest
import torch

from benchmarks.engines import running_engines
from benchmarks.explanations import (
    CONTROL,
    Explained,
    PlantedFindings,
    PlantedSetting,
    RandomMaps,
    Task,
    choose_methods,
    explain,
    find_planted,
)
from benchmarks.explanations.choosing import choose_images, clean_answers
from tests.conftest import MakePlan

TINY = PlantedSetting(side=16, steps=120, images=48)
METHODS = choose_methods(["gradient_x_input", "occlusion", "attention_rollout"])
CPU = torch.device("cpu")


@pytest.fixture(scope="session")
def planted_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("planted")


@pytest.fixture(scope="session")
def shortcut(planted_run: Path) -> PlantedFindings:
    """Small or large, with a marker on every large one."""
    return find_planted(PlantedSetting(**{**vars(TINY), "correlation": 1.0}), planted_run, METHODS)


@pytest.fixture(scope="session")
def honest(planted_run: Path) -> PlantedFindings:
    """Small or large, without a shortcut."""
    return find_planted(TINY, planted_run, METHODS)


MakeTask = Callable[..., Task]


@pytest.fixture
def make_task(make_plan: MakePlan, colour_folder: Path, tmp_path: Path) -> MakeTask:
    """Choose twelve images of the colour classifier's folder, as a run in ``tmp_path / run`` does."""

    def make(count: int = 12, **changes: object) -> Task:
        plan = make_plan(colour_folder, **changes)
        with running_engines(plan, device=CPU, batch_size=8) as engines:
            answers = clean_answers(plan, 0, tmp_path / "run", engines[0])
        return Task(plan=plan, position=0, chosen=choose_images(answers, count, seed=0))

    return make


@pytest.fixture
def explained(make_task: MakeTask, tmp_path: Path) -> Explained:
    """Two methods, one that does not apply, and the control."""
    task = make_task()
    with running_engines(task.plan, device=CPU, batch_size=8) as engines:
        return explain(task, tmp_path / "run", engines[0], {**METHODS, CONTROL: RandomMaps()})


def write_scores(run: Path, rows: Sequence[tuple[str, str, str, int, str, int | None, float | None]]) -> None:
    """Leave what error detection leaves: model, image, condition, severity, status, prediction, consistency."""
    names = ["model", "image_id", "condition_name", "condition_severity", "status", "prediction", "score_negative_kl"]
    frame = pd.DataFrame(list(rows), columns=names)
    frame = frame.assign(label=1, correct=frame["prediction"] == 1, score_max_softmax=0.75)
    (run / "errors").mkdir(exist_ok=True)
    frame.to_parquet(run / "errors" / "scores.parquet")
