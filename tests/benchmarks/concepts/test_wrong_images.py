from dataclasses import replace

import numpy as np
import pandas as pd
import torch

from benchmarks.concepts.attributes import class_attribute
from benchmarks.concepts.fitting import ROTATION, fit_factors
from benchmarks.concepts.wrong_images import WRONG, wrong_rows
from benchmarks.images import confidently_wrong
from tests.benchmarks.concepts.coded import coded_question


def test_the_confident_half_of_the_errors() -> None:
    answers = pd.DataFrame({"correct": [False] * 4 + [True], "max_probability": [0.2, 0.9, 0.4, 0.8, 1.0]})
    assert confidently_wrong(answers).tolist() == [False, True, False, True, False]
    assert not confidently_wrong(answers.assign(correct=True)).any()


def test_what_the_wrong_lack_is_named_and_what_they_share_is_not() -> None:
    question = coded_question()
    labels = torch.arange(600) % 3
    question = replace(question, attributes=[*question.attributes, class_attribute(labels.tolist())])
    size = question.attributes[1].values.numpy()
    wrong = size < -0.8  # small images are taken for another class
    answers = pd.DataFrame(
        {"label": labels.numpy(), "correct": ~wrong, "max_probability": np.linspace(0.5, 1, 600)}, index=range(600)
    )
    network = fit_factors(question.features, question.attributes, question.split).networks[ROTATION]
    table = wrong_rows(question, network, answers, np.arange(600)).set_index(["factor", "reading"])
    assert list(table.reset_index().columns) == WRONG
    small, mark = table.loc["size", "value"], table.loc["mark", "1"]
    assert small["high"] < -1.5 and small["finding"] == "lacking"
    assert mark["low"] < 0 < mark["high"] and mark["finding"] == ""
    confident = confidently_wrong(answers)
    expected = []
    for label in range(3):
        own = (labels == label).numpy()
        right = size[own & ~wrong]
        expected += [(value - right.mean()) / right.std() for value in size[own & confident]]
    assert abs(small["value"] - np.mean(expected)) < 0.1 and small["n"] == confident.sum()


def test_few_errors_say_nothing() -> None:
    question = coded_question()
    answers = pd.DataFrame({"label": 0, "correct": [False] * 3 + [True] * 597, "max_probability": 0.9})
    network = fit_factors(question.features, question.attributes, question.split).networks[ROTATION]
    assert wrong_rows(question, network, answers, np.arange(600)).empty
