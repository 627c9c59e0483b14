from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch

from benchmarks.explanations import PlantedFindings, choose_methods, find_planted, planted_tables, unfinished_work
from benchmarks.planted import draw_images
from tests.benchmarks.explanations.conftest import METHODS, TINY


def marker(found: PlantedFindings) -> pd.DataFrame:
    board = planted_tables([found])["planted"]
    return board[(board["question"] == "marker") & (board["measure"] == "positive_mass")].set_index("method")


def test_maps_point_at_a_shortcut_that_is_used(shortcut: PlantedFindings) -> None:
    board = marker(shortcut)
    for method in ("gradient_x_input", "occlusion"):
        assert board.loc[method, "expected"]
        assert board.loc[method, "ratio_low"] > 3 and board.loc[method, "verdict"] == "right"
    assert board.loc["random", "ratio_low"] < 1.1 and board.loc["random", "ratio_high"] > 0.9


def test_and_do_not_where_none_was_planted(honest: PlantedFindings) -> None:
    board = marker(honest)
    assert not board["expected"].any()
    assert (board["ratio_high"] < 3).all() and (board["verdict"] == "right").all()


def test_what_is_known_of_a_classifier(shortcut: PlantedFindings) -> None:
    facts = shortcut.facts.set_index(["measure", "name"])
    assert facts.loc[("accuracy", "present"), "value"] > 0.97
    assert facts.loc[("accuracy", "reversed"), "value"] < 0.1
    assert facts.loc[("reliance", "marker"), "low"] > 0.4
    assert (facts["low"] <= facts["value"]).all() and (facts["value"] <= facts["high"]).all()
    assert set(shortcut.maps) == {"gradient_x_input", "occlusion"}
    assert "transformer" in shortcut.reasons["attention_rollout"]
    assert shortcut.targets.shape == (TINY.images,)
    shown = draw_images(shortcut.setting.design, TINY.images, split="test", variant="removed")
    assert torch.equal(shortcut.data.images, shown.images)


def test_what_is_finished_is_not_made_again(shortcut: PlantedFindings, planted_run: Path) -> None:
    setting, counts = shortcut.setting, list[int]()
    assert unfinished_work(setting, planted_run, METHODS) == 0
    again = find_planted(setting, planted_run, METHODS, on_work=counts.append)
    assert not counts
    assert torch.equal(again.maps["occlusion"], shortcut.maps["occlusion"])
    pd.testing.assert_frame_equal(planted_tables([again])["planted"], planted_tables([shortcut])["planted"])
    assert unfinished_work(replace(setting, seed=1), planted_run, METHODS) == setting.steps + 3 * setting.images


def test_a_damaged_map_is_made_again_by_the_same_weights(honest: PlantedFindings, planted_run: Path) -> None:
    path = next(
        path for path in planted_run.rglob("gradient_x_input.parquet") if TINY.fingerprint()[:12] in path.parent.name
    )
    path.write_bytes(path.read_bytes()[:-30])
    counts: list[int] = []
    again = find_planted(TINY, planted_run, METHODS, on_work=counts.append)
    assert sum(counts) == TINY.steps + TINY.images, "training and one method"
    assert torch.equal(again.maps["gradient_x_input"], honest.maps["gradient_x_input"])


def test_a_method_of_other_settings_is_another_piece(honest: PlantedFindings, planted_run: Path) -> None:
    from xai.attribution import Occlusion

    same = choose_methods(["occlusion"])
    assert unfinished_work(TINY, planted_run, same) == 0
    other = {"occlusion": Occlusion(window=7)}
    assert unfinished_work(TINY, planted_run, other) == TINY.steps + TINY.images
