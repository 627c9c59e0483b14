"""Figures against slow references: loops, and the metrics of single networks."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.augmentation.measuring import Measured
from benchmarks.augmentation.metrics import (
    GROUPS,
    Key,
    Recorded,
    accuracy_metrics,
    confidence_metrics,
    measured_metrics,
)
from benchmarks.augmentation.outcomes import Outcomes
from benchmarks.augmentation.resampling import draw_both
from benchmarks.conditions import CLEAN, Condition
from benchmarks.metrics import TEST_CORRUPTIONS, augrc, auroc, ece

R, S, N = 2, 3, 40
NAMES = ("gaussian_noise", "fog", "contrast")


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    generator = np.random.default_rng(0)
    cells = [Condition(kind="corruption", name=name, severity=level) for name in NAMES for level in (1, 2)]
    shape = (R, S, 1 + len(cells), N)
    outcomes = Outcomes(
        models=tuple(tuple(f"{r}{s}" for s in range(S)) for r in range(R)),
        conditions=(CLEAN, *cells),
        ids=tuple(f"i{n}" for n in range(N)),
        wrong=(generator.random(shape) < 0.4).astype(np.float32),
        confidence=generator.random(shape).astype(np.float32).round(2),
        left_out=0,
    )
    return Recorded(outcomes=outcomes, draws=draw_both(N, S, seed=0), origin="made up")


def test_groups_are_all_fifteen() -> None:
    assert sum(GROUPS.values(), ()) == TEST_CORRUPTIONS
    assert [len(group) for group in GROUPS.values()] == [3, 4, 4, 4]
    assert "brightness" in GROUPS["weather"] and "contrast" in GROUPS["digital"]


def test_errors_are_means_of_cells(recorded: Recorded) -> None:
    figures = dict(accuracy_metrics(recorded))
    wrong = recorded.outcomes.wrong
    for r in range(R):
        assert figures["error", "clean"][r].values == pytest.approx(wrong[r, :, 0].mean(axis=1))  # type: ignore
        assert figures[Key("mean_corruption_error", "all")][r].values == pytest.approx(wrong[r, :, 1:].mean((1, 2)))
        assert figures[Key("mean_error", "weather")][r].values == pytest.approx(wrong[r, :, 3:5].mean((1, 2)))
        named = figures[Key("mean_error", "contrast, brightness, fog")][r]
        assert named.values == pytest.approx(wrong[r, :, 3:].mean((1, 2)))
    assert Key("mean_error", "blur") not in figures, "a group without corruptions has no figure"


def test_resamples_are_means_of_the_images_drawn(recorded: Recorded) -> None:
    sampled = dict(accuracy_metrics(recorded))[Key("mean_error", "fog")][1]
    for b in (0, 5, 999):
        taken = np.repeat(np.arange(N), recorded.draws.images[b])
        expected = recorded.outcomes.wrong[1][:, 3:5][:, :, taken].mean((1, 2))
        assert sampled.samples[:, b] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("group", "cells"), [("clean", slice(0, 1)), ("corrupted", slice(1, None))])
def test_confidence_as_for_single_networks(recorded: Recorded, group: str, cells: slice) -> None:
    figures = dict(confidence_metrics(recorded))
    confidence = recorded.outcomes.confidence[1, 2, cells].ravel().astype(float)
    right = recorded.outcomes.wrong[1, 2, cells].ravel() == 0
    for metric, reference in (("ece", ece), ("auroc", auroc), ("augrc", augrc)):
        value = figures[Key(metric, group)][1].values[2]
        assert value == pytest.approx(reference(confidence, right), abs=1e-5), metric


def test_resampled_confidence_takes_an_image_with_all_its_answers(recorded: Recorded) -> None:
    figures, b = dict(confidence_metrics(recorded)), 17
    taken = np.repeat(np.arange(N), recorded.draws.images[b])
    confidence = recorded.outcomes.confidence[0, 1, 1:][:, taken].ravel().astype(float)
    right = recorded.outcomes.wrong[0, 1, 1:][:, taken].ravel() == 0
    for metric, reference in (("ece", ece), ("auroc", auroc), ("augrc", augrc)):
        value = figures[Key(metric, "corrupted")][0].samples[1, b]
        assert value == pytest.approx(reference(confidence, right), abs=1e-5), metric


def test_measurements_are_found_by_image(recorded: Recorded) -> None:
    generator = np.random.default_rng(1)
    ids = [f"i{n}" for n in (5, 30, 2, 99)]  # the last one is no image of the records
    grid = [[_measured(ids, generator) for _ in range(S)] for _ in range(R)]
    figures = dict(measured_metrics(grid, recorded, attack="PGD"))
    attacked = figures[Key("accuracy_under_attack", "clean")]
    flips = figures[Key("statistics_flip_rate", "layer1")]
    takeovers = figures[Key("statistics_takeover_rate", "pixels")]
    for r in range(R):
        for s in range(S):
            one = grid[r][s]
            assert attacked[r].values[s] == pytest.approx(one.attacked["right"].iloc[:3].mean())
            layer = one.exchanged[one.exchanged["depth"] == "layer1"].iloc[:3]
            assert flips[r].values[s] == pytest.approx(layer["flipped"].mean())
            pixel = one.exchanged[one.exchanged["depth"] == "pixels"].iloc[:3]
            assert takeovers[r].values[s] == pytest.approx(pixel["taken_over"].mean()), "NaN is left out"
    weights = recorded.draws.images[3][[5, 30, 2]].astype(float)
    if weights.sum():
        expected = weights @ grid[0][0].attacked["right"].iloc[:3] / weights.sum()
        assert attacked[0].samples[0, 3] == pytest.approx(expected)
    assert attacked[0].n == 3 and takeovers[0].n == 2, "images with an outcome"


def _measured(ids: list[str], generator: np.random.Generator) -> Measured:
    exchanged = pd.DataFrame({"depth": np.repeat(["pixels", "layer1"], len(ids)), "image_id": ids * 2})
    for name in ("flipped", "correct", "taken_over"):
        exchanged[name] = generator.random(len(exchanged)).round(1)
    exchanged.loc[1, "taken_over"] = np.nan
    attacked = pd.DataFrame({"image_id": ids, "right": generator.random(len(ids)) < 0.5})
    return Measured(attacked=attacked, exchanged=exchanged)
