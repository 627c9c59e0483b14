"""Classifiers without reasons are told from others."""

from dataclasses import replace

import pandas as pd
import torch

from benchmarks.stylex.readiness import measure_readiness, reasons_against
from tests.benchmarks.stylex.small import brightness_data, brightness_model


def test_a_classifier_that_is_right_is_ready() -> None:
    table = measure_readiness(brightness_model(), brightness_data())
    assert table["value"].tolist() == [1, 0.5, 0.5]
    assert (table["n"] == 24).all()
    assert reasons_against(table) == []


def test_a_guess_and_a_single_answer_are_found_out() -> None:
    data = brightness_data()
    shuffled = replace(data, held_out_labels=data.held_out_labels.roll(6).sort().values)
    assert len(reasons_against(measure_readiness(brightness_model(), shuffled))) == 1
    single = replace(data, held_out=data.held_out[1:2].expand(24, -1, -1, -1))
    reasons = reasons_against(measure_readiness(brightness_model(), single))
    assert reasons == [
        "accuracy 50.0 % is no better than always naming the most frequent class, 50.0 %",
        "only 0.0 % of its answers are bright",
    ]


def test_rare_labels_are_no_merit() -> None:
    data = brightness_data()
    table = measure_readiness(brightness_model(), replace(data, held_out_labels=torch.ones(24, dtype=torch.int64)))
    assert isinstance(table, pd.DataFrame)
    assert table["needed"][0] == 1.0
