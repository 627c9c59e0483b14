from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.conditions import CLEAN, Condition
from benchmarks.error_detection.attacking import AttackSetting
from benchmarks.error_detection.bank import copies_for
from benchmarks.error_detection.choosing import CHOICES, pilot_of
from benchmarks.error_detection.finishing import run_errors, setting_of, unfinished_images
from benchmarks.request import Resolved
from reports.tables import read_tables

CPU, NONE = torch.device("cpu"), AttackSetting(images=0)


@pytest.fixture(scope="module")
def noisier(noisy: Resolved) -> Resolved:
    """Severity 4 alone, which then counts as mild, so that there are errors to choose by."""
    noises = ("gaussian_noise", "shot_noise", "impulse_noise")
    strong = tuple(Condition(kind="corruption", name=name, severity=4) for name in noises)
    return replace(noisy, plan=replace(noisy.plan, conditions=(CLEAN, *strong)))


@pytest.fixture(scope="module")
def chosen(noisier: Resolved, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("chosen") / "run"
    run_errors(noisier, run, device=CPU, attacks=NONE, budget=3)
    return run


def test_the_pilot_sees_calibration_images_under_mild_conditions_alone(noisy: Resolved) -> None:
    setting = setting_of(noisy, NONE, budget=4)
    pilot = pilot_of(setting)
    assert {setting.halves[one] for one in pilot.plan.samples.entries.ids} == {"calibration"}
    assert [one.severity for one in pilot.plan.conditions] == [0, 2]
    assert len(pilot.banks[0]) > 20


def test_the_choice_is_written_down_and_used(noisier: Resolved, chosen: Path) -> None:
    tables = read_tables(chosen)
    choice = tables["errors_transforms"]
    assert list(choice.columns) == CHOICES
    assert choice["transform"].iloc[0] == "original" and 2 <= len(choice) <= 3
    assert choice["value"].is_monotonic_increasing
    passes = tables["errors"].set_index("score")["passes"]
    assert set(passes["tta_confidence"]) == {len(choice)}, "what was not chosen is not computed"
    assert "Transforms chosen for the budget" in (chosen / "report.html").read_text()
    assert unfinished_images(setting_of(noisier, NONE, budget=3), chosen) == 0


def test_another_budget_chooses_anew(noisier: Resolved, chosen: Path) -> None:
    assert unfinished_images(setting_of(noisier, NONE, budget=2), chosen) == 180, "the pilot serves every budget"
    assert unfinished_images(setting_of(noisier, NONE), chosen) == 180


def test_without_errors_the_first_default_transforms_are_taken(noisy: Resolved, tmp_path: Path) -> None:
    plan = replace(noisy.plan, samples=noisy.plan.samples.select(range(24)), conditions=(CLEAN,))
    run_errors(replace(noisy, plan=plan), tmp_path / "run", device=CPU, attacks=NONE, budget=3)
    choice = read_tables(tmp_path / "run")["errors_transforms"]
    first = copies_for(plan.models[0].preparation)[:2]
    assert choice["transform"].tolist() == ["original", *map(str, first)]
    assert choice["convention"].str.contains("not chosen but taken in order, expected at least 25 wrong").all()


def test_a_budget_without_room_for_a_copy_is_refused(noisy: Resolved) -> None:
    with pytest.raises(ValueError, match="--budget of at least 2 passes"):
        setting_of(noisy, NONE, budget=1)
