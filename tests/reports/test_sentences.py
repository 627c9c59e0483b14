import re

import pandas as pd

from reports.sentences import LIMITS, conventions, limits, summary
from tests.reports.samples import EVIL, sample_tables


def test_the_summary_says_what_the_tables_hold():
    (said,) = summary(sample_tables())
    text = re.sub("<[^>]+>", "", said.unescape())
    assert text.startswith("Of 898 images, 97.1\xa0% [94.2, 99.0] are classified correctly.")
    assert "Under 5 corruptions the mean error is 31.2\xa0% [30.3, 31.8]; JPEG compression hurts most" in text
    assert "“8” with 86.0\xa0% [81.0, 91.0] of its 90 images correct" in text


def test_names_are_escaped():
    said = summary(sample_tables(models=("a", EVIL), names=(EVIL, "b"), corruptions=("x", EVIL)))
    assert len(said) == 2
    assert all("<img" not in paragraph for paragraph in said)
    assert "&lt;img src=x onerror=alert(1)&gt;</bdi></strong>:" in said[1]


def test_sentences_without_figures_are_left_out():
    headline = sample_tables()["headline"]
    only = headline[headline["metric"] == "accuracy"]
    assert len(summary({"headline": only})) == 1
    assert "corruption" not in summary({"headline": only})[0]
    assert summary({}) == []


def test_clean_only_runs_speak_of_clean_images_only():
    tables = sample_tables(corruptions=())
    tables["headline"] = tables["headline"][tables["headline"]["metric"] != "mean_corruption_error"]
    assert "corruption" not in summary(tables)[0]


def test_many_models_are_cut():
    said = summary(sample_tables(models=tuple(f"m{i}" for i in range(30)), corruptions=("fog",)))
    assert len(said) == 7
    assert "24 more models" in said[-1]


def test_conventions_have_no_repeats():
    frame = pd.DataFrame({"metric": ["ece"] * 3, "convention": ["15 bins", "15 bins", None]})
    assert conventions({"a": frame, "b": frame}) == [("ece", ["15 bins"])]


def test_limits_are_sentences():
    assert all(claim.endswith(".") and reason.endswith(".") for claim, reason in LIMITS)


def test_attacks_are_not_covered_unless_there_were_some():
    attacks = pd.DataFrame({"metric": ["auroc"], "value": [0.5]})
    without, attacked = limits({}), limits({"errors_attacks": attacks})
    assert "Adversarial inputs" in without[-1][1] and limits({"errors_attacks": attacks[:0]}) == without
    assert "dversarial" not in attacked[-1][1] and attacked[-2][0] == "Attacks bound the harm from below."
