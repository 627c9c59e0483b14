from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch

from benchmarks.engines import running_engines
from benchmarks.explanations import CHECKS, CONTROL, Explained, Maps, RandomMaps, explain
from benchmarks.explanations.explaining import unfinished_maps
from tests.benchmarks.explanations.conftest import CPU, METHODS
from xai.attribution import attribute
from xai.faithfulness import insertion_curve

WITH_CONTROL = {**METHODS, CONTROL: RandomMaps()}


def same(one: Maps, other: Maps) -> bool:
    return torch.equal(one.maps, other.maps) and one.checks.equals(other.checks)


def test_predictions_are_explained_and_for_confident_errors_the_truth_too(explained: Explained) -> None:
    task = explained.task
    asks, chosen = task.asks, task.chosen
    wrong = chosen[chosen["confidently_wrong"]]
    assert len(wrong), "the classifier errs"
    assert list(asks["kind"]) == ["prediction"] * len(chosen) + ["label"] * len(wrong)
    assert list(asks["target"].iloc[len(chosen) :]) == list(wrong["label"])
    assert list(asks["target"].iloc[: len(chosen)]) == list(chosen["prediction"])
    for made in explained.methods.values():
        assert made.maps.shape == (len(asks), 16, 16) and len(made.checks) == len(asks)
    assert set(explained.methods) == {"gradient_x_input", "occlusion", CONTROL}
    assert "transformer" in explained.reasons["attention_rollout"]


def test_maps_and_checks_are_those_of_xai(explained: Explained) -> None:
    task = explained.task
    ask = len(task.asks) - 1
    row, target = int(task.asks["row"].iloc[ask]), [int(task.asks["target"].iloc[ask])]
    classifier = task.plan.models[0].classifier
    image = task.images[row : row + 1].float() / 255
    made = explained.methods["occlusion"]
    again = attribute(classifier, image, target, method="occlusion")
    torch.testing.assert_close(made.maps[ask], again.maps[0], rtol=1e-4, atol=1e-5)
    curve = insertion_curve(classifier, image, torch.tensor(target), made.maps[ask : ask + 1])
    assert abs(float(curve.area) - made.checks["insertion_blurred"].iloc[ask]) < 1e-5
    assert list(made.checks.columns) == list(CHECKS)
    assert made.checks["relative_gap"].isna().all(), "occlusion promises no sum"
    control = explained.methods[CONTROL].checks
    assert (control["sensitivity"] == 0).all() and (control["randomised_correlation"] > 0.999).all()


def test_what_is_finished_is_not_made_again(explained: Explained, tmp_path: Path) -> None:
    task, run = explained.task, tmp_path / "run"
    assert unfinished_maps(task, run, WITH_CONTROL) == 0
    (run / "explanations" / "model-01" / "occlusion.parquet").write_bytes(b"PAR1")
    assert unfinished_maps(task, run, WITH_CONTROL) == len(task.asks)
    counts: list[int] = []
    with running_engines(task.plan, device=CPU, batch_size=3) as engines:
        again = explain(task, run, engines[0], WITH_CONTROL, on_maps=counts.append)
    assert sum(counts) == len(task.asks)
    assert same(again.methods["gradient_x_input"], explained.methods["gradient_x_input"])
    torch.testing.assert_close(again.methods["occlusion"].maps, explained.methods["occlusion"].maps)
    checks, before = (one.methods["occlusion"].checks for one in (again, explained))
    ranks = ["randomised_correlation"]  # of values near zero, which feel the last bit
    pd.testing.assert_frame_equal(checks.drop(columns=ranks), before.drop(columns=ranks), rtol=1e-4)
    pd.testing.assert_frame_equal(checks[ranks], before[ranks], atol=0.05, rtol=0)


def test_other_images_and_seeds_are_other_maps(explained: Explained, tmp_path: Path) -> None:
    task, run = explained.task, tmp_path / "run"
    for other in (replace(task, seed=1), replace(task, chosen=task.chosen.iloc[1:])):
        assert unfinished_maps(other, run, WITH_CONTROL) == 4 * len(other.asks)
