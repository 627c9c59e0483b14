import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks.engines import running_engines
from benchmarks.error_detection.attack_table import ATTACKS
from benchmarks.error_detection.finishing import setting_of
from benchmarks.error_detection.running import attack, collect, judge, unfinished_blocks
from benchmarks.error_detection.table import ERRORS
from benchmarks.request import Resolved
from tests.benchmarks.error_detection.conftest import FEW_ATTACKS

CPU = torch.device("cpu")


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


@pytest.mark.parametrize("damage", ["missing", "truncated", "foreign"])
def test_damaged_blocks_are_computed_again_to_the_same_rows(
    noisy: Resolved, run: Path, tmp_path: Path, damage: str
) -> None:
    setting, path = setting_of(noisy), run / "errors" / "block-000001.parquet"
    content = path.read_bytes()
    assert unfinished_blocks(setting, run) == []
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(content[:-50] if damage == "truncated" else (path.parent / "attacks-00.parquet").read_bytes())
    assert unfinished_blocks(setting, run) == [1]
    with pytest.raises(ValueError, match=r"got none for \[1\]"):
        judge(setting, run)
    counts: list[int] = []
    with running_engines(setting.plan, device=CPU, batch_size=256) as engines:
        collect(setting, run, engines, on_images=counts.append)
    assert counts == [84]
    assert _hash(path.read_bytes()) == _hash(content)


def test_another_seed_or_number_of_draws_starts_anew(noisy: Resolved, run: Path) -> None:
    setting = setting_of(noisy)
    assert unfinished_blocks(replace(setting, draws=5), run) == [0, 1]
    assert unfinished_blocks(replace(setting, plan=replace(setting.plan, seed=1)), run) == [0, 1]
    assert unfinished_blocks(replace(setting, attacks=FEW_ATTACKS), run) == [], "attacks do not decide rows"


def test_judging_needs_no_classifier_and_is_repeatable(noisy: Resolved, run: Path) -> None:
    (first,), (second,) = judge(setting_of(noisy), run), judge(setting_of(noisy), run)
    pd.testing.assert_frame_equal(first.judged.frame, second.judged.frame)
    assert len(first.judged.frame) == 180 * 3 and not first.judged.reasons
    assert {"detector", "mahalanobis", "random", "max_softmax"} <= set(first.judged.scores)
    halves = first.judged.frame.groupby("image_id")["half"].nunique()
    assert (halves == 1).all(), "an image is on one side"
    judged, detector = first.judged, first.judged.frame["score_detector"].to_numpy()
    refitted = first.fitted(_rows(noisy, run))["detector"]
    assert np.array_equal(detector[~judged.calibration], refitted[~judged.calibration])
    assert not np.array_equal(detector[judged.calibration], refitted[judged.calibration], equal_nan=True)


def _hash(content: bytes) -> str:
    """Short enough for pytest to show where the bytes differ."""
    return hashlib.sha256(content).hexdigest()


def _rows(noisy: Resolved, run: Path):  # type: ignore[no-untyped-def]
    from benchmarks.error_detection.rows import model_rows
    from benchmarks.parts import read_part

    prints = setting_of(noisy).fingerprint()
    parts = [read_part(run / "errors" / f"block-{block:06d}.parquet", prints) for block in (0, 1)]
    return model_rows([part for part in parts if part is not None], "colour")


def test_attacks_are_kept_and_zero_attacks_none(noisy: Resolved, run: Path) -> None:
    setting = replace(setting_of(noisy), attacks=FEW_ATTACKS)
    models, counts = judge(setting, run), []
    with running_engines(setting.plan, device=CPU, batch_size=256) as engines:
        attacks, adversarial = attack(setting, run, models, engines, on_attack=counts.append)
        assert not counts, "they are there already"
        none = replace(setting, attacks=replace(FEW_ATTACKS, images=0))
        empty = attack(none, run, models, engines, on_attack=counts.append)
    assert not counts and [len(frame) for frame in empty] == [0, 0]
    assert list(attacks.columns) == ATTACKS and list(adversarial.columns) == ERRORS
    assert len(attacks) and set(adversarial["population"]) == {"adversarial"}
