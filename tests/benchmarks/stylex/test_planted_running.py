"""Planted systems are made once, and found again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch

from benchmarks.planted import AttributeOracle, Design
from benchmarks.stylex.planted_judging import JUDGED
from benchmarks.stylex.planted_running import find_systems, unfinished_work
from benchmarks.stylex.planted_setting import PlantedStylex
from xai.stylex import StylEx, TrainingRecipe

SMALL = PlantedStylex(
    recipe=TrainingRecipe(steps=2, batch_size=4, log_every=2),
    images=32,
    held_out=20,
    judged=20,
    classifier_steps=2,
    oracle_steps=2,
)


def judged(
    system: StylEx, design: Design, oracle: AttributeOracle, *, images: int, seed: int, on_work: Callable[[int], None]
) -> pd.DataFrame:
    assert (images, seed, design) == (20, 0, SMALL.design)
    assert len(oracle.read(system.decode(torch.ones(2, len(system.styles(torch.zeros(1, 3, 32, 32))[0]))))) == 2
    on_work(3)
    row = {"question": "share", "rank": 1, "direction": "away", "attribute": "size", "value": 1.0, "low": 1.0}
    return pd.DataFrame([{**row, "high": 1.0, "n": 20, "convention": "share"}], columns=JUDGED)


def test_what_is_there_is_not_made_again_and_judging_otherwise_trains_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.stylex.planted_running.judge_stylex", judged)  # which has a test of its own
    work: list[int] = []
    assert unfinished_work([SMALL], tmp_path) == 2 + 2 + 2 + 3
    first = find_systems([SMALL], tmp_path, on_work=work.append)
    assert sum(work) == 9
    assert list(first) == ["system", "rule", *JUDGED]
    assert set(first["system"]) == {"marker and size, seed 0"} and set(first["rule"]) == {"marker and size"}
    assert {"accuracy", "agreement", "swap_flips", "share"} <= set(first["question"])
    assert unfinished_work([SMALL], tmp_path) == 0
    again = find_systems([SMALL], tmp_path, on_work=lambda _: pytest.fail("nothing is left to do"))
    assert again.equals(first)
    assert unfinished_work([replace(SMALL, seed=1)], tmp_path) == 9

    (trained,) = tmp_path.glob("stylex/*/stylex.safetensors")
    written = trained.stat().st_mtime_ns
    monkeypatch.setattr("benchmarks.stylex.planted_setting._VERSION", "next")
    find_systems([SMALL], tmp_path, on_work=work.append)
    assert sum(work) == 9 + 9 - 2, "judged again, without the two steps of the StylEx"
    assert [path.stat().st_mtime_ns for path in tmp_path.glob("stylex/*/stylex.safetensors")] == [written]
