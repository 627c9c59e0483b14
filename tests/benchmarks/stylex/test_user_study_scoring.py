"""Figures are those that counting by hand gives."""

import itertools

import numpy as np
import pandas as pd
import pytest

from benchmarks.metrics import wilson
from benchmarks.stylex.user_study_scoring import content_words, score_answers

KEY = pd.DataFrame(
    {
        "study": "abc",
        "question": ["choice-01", "choice-02", "choice-03", "description-01", "description-02"],
        "test": ["classification"] * 3 + ["description"] * 2,
        "right": ["A", "B", "B", "", ""],
        "attribute": [1, 1, 2, 1, 2],
    }
)
CHOSEN = {"ann": "ABB", "bob": "ABA", "cyd": "AAA", "dan": "ABB"}
SAID = {
    "ann": ("dark stripes", "size"),
    "bob": ("more stripes", "bigger"),
    "cyd": ("the background", "size of circle"),
    "dan": ("stripe contrast", "background size"),
}


def answers(*, participants: tuple[str, ...] = tuple(CHOSEN)) -> pd.DataFrame:
    rows = []
    for one in participants:
        rows += [(one, f"choice-{number:02d}", letter) for number, letter in enumerate(CHOSEN[one], start=1)]
        rows += [(one, f"description-{number:02d}", words) for number, words in enumerate(SAID[one], start=1)]
    return pd.DataFrame(rows, columns=["participant", "question", "answer"])


def row(scores: pd.DataFrame, metric: str, attribute: int = 0) -> pd.Series:
    (found,) = [r for _, r in scores[(scores["metric"] == metric) & (scores["attribute"] == attribute)].iterrows()]
    assert found["low"] <= found["value"] <= found["high"] or np.isnan(found["low"])
    return found


def test_right_choices_are_counted_with_wilsons_interval() -> None:
    scores = score_answers(answers(), KEY)
    overall = row(scores, "share_right")
    assert overall["value"] == 9 / 12 and overall["n"] == 12
    assert (overall["low"], overall["high"]) == pytest.approx([float(end) for end in wilson(9, 12)])
    assert row(scores, "share_right", 1)["value"] == 7 / 8
    assert row(scores, "share_right", 2)["value"] == 2 / 4
    by_person = row(scores, "mean_share_right")
    assert by_person["value"] == pytest.approx((1 + 2 / 3 + 1 / 3 + 1) / 4) and by_person["n"] == 4
    assert by_person["low"] < by_person["value"] < by_person["high"]


def test_the_most_common_word_is_each_participants_once() -> None:
    scores = score_answers(answers(), KEY)
    first, second = row(scores, "common_word", 1), row(scores, "common_word", 2)
    assert (first["word"], first["value"], first["n"]) == ("stripe", 3 / 4, 4)
    assert (second["word"], second["value"]) == ("size", 3 / 4)


def test_agreement_is_the_share_of_pairs_with_a_word_in_common() -> None:
    def pairs(a: int, b: int) -> list[bool]:
        people = itertools.permutations(CHOSEN, 2)
        return [bool(content_words(SAID[p][a]) & content_words(SAID[q][b])) for p, q in people]

    scores = score_answers(answers(), KEY)
    assert row(scores, "agreement", 1)["value"] == pytest.approx(np.mean(pairs(0, 0))) == 0.5
    assert row(scores, "agreement", 2)["value"] == pytest.approx(np.mean(pairs(1, 1))) == 0.5
    assert row(scores, "agreement")["value"] == 0.5
    across = np.mean(pairs(0, 1) + pairs(1, 0))
    assert across > 0 and row(scores, "agreement_across")["value"] == pytest.approx(across)


def test_two_participants_are_too_few_for_an_interval_over_them() -> None:
    scores = score_answers(answers(participants=("ann", "bob")), KEY)
    few = row(scores, "mean_share_right")
    assert np.isnan(few["low"]) and "too few participants" in few["convention"]
    assert row(scores, "share_right")["low"] > 0
    alone = score_answers(answers(participants=("ann",)), KEY)
    assert np.isnan(row(alone, "agreement")["value"])


def test_a_test_that_nobody_took_has_no_rows() -> None:
    found = answers()
    chosen = score_answers(found[found["question"].str.startswith("choice")], KEY)
    assert set(chosen["test"]) == {"classification"}


def test_words_are_compared_without_case_plural_and_filling() -> None:
    assert content_words("The Stripes, more DARK") == {"stripe", "dark"}
    assert content_words("glass of the gas") == {"glass", "gas"}
    assert content_words("less 42 _") == frozenset()
    assert content_words("Größe") == {"größe"}
