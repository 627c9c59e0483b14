from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.error_detection.attack_table import ATTACKS, _Attacker, attackable_scores, count_attacks
from benchmarks.error_detection.attacking import AttackSetting
from benchmarks.error_detection.fitted_scores import FittedScores
from benchmarks.metrics import resample_counts
from benchmarks.summary.figures import Figure
from reports.tables import read_tables


def test_every_adversary_score_and_size_has_its_figures(finished: Path) -> None:
    table = read_tables(finished)["errors_attacks"]
    assert list(table.columns) == ATTACKS
    sized = table[table["eps"].notna()]
    assert set(sized["metric"]) == {"fooled", "fooled_and_evaded", "auroc"}
    pairs = set(zip(sized["adversary"], sized["score"], strict=True))
    names = ("detector", "detector_with_attacks", "tta_confidence", "negative_kl")
    assert pairs == {(adversary, name) for adversary in ("unaware", "aware") for name in names}
    shares = sized[sized["metric"] != "auroc"].pivot_table(
        index=["adversary", "score"], columns="metric", values="value"
    )
    assert (shares["fooled_and_evaded"] <= shares["fooled"]).all()
    assert sized.loc[sized["metric"] == "fooled", "convention"].str.contains("sanity flag|black box|gradient").all()


def test_the_smallest_changes_are_medians_with_what_was_not_found(finished: Path) -> None:
    table = read_tables(finished)["errors_attacks"].set_index("metric")
    fooling, evading = table.loc["smallest_fooling"], table.loc["smallest_evading"]
    assert fooling["value"] > 0 or fooling["convention"].startswith("undefined")
    assert np.isnan(evading["value"]) or evading["value"] >= 0
    assert "of 4" in fooling["convention"] and "an upper bound" in evading["convention"]


def test_the_adversarial_population_stands_in_the_table_of_errors(finished: Path) -> None:
    rows = read_tables(finished)["errors"]
    rows = rows[rows["population"] == "adversarial"]
    assert set(rows["metric"]) == {"auroc", "fpr95", "auroc_gain"}
    assert {"max_softmax", "detector", "negative_kl", "mahalanobis"} <= set(rows["score"])
    assert "random" not in set(rows["score"])


def test_without_a_detector_two_scores_are_left_to_attack() -> None:
    assert list(attackable_scores(FittedScores(scores={}))) == ["tta_confidence", "negative_kl"]


@pytest.mark.parametrize(("images", "expected"), [(0, 0), (3, 12)])
def test_steps_are_counted(images: int, expected: int) -> None:
    assert count_attacks(AttackSetting(images=images, multiples=(1.0, 2.0))) == expected


def test_detection_that_is_too_good_is_held_against_the_attack(finished: Path) -> None:
    table = read_tables(finished)["errors_attacks"]
    rows = table[(table["metric"] == "auroc") & (table["adversary"] == "aware") & table["value"].notna()]
    assert len(rows), "some images are fooled"
    weak = rows["convention"].str.contains(
        "above 0.8 at 1 times the change that fools 99 %: the attack is called too weak"
    )
    assert weak.equals(rows["value"] > 0.8)
    assert not table.loc[table["adversary"] == "unaware", "convention"].str.contains("too weak").any()


def test_medians_of_what_was_not_found_in_half_of_the_images_are_none() -> None:
    def median(values: list[float]) -> Figure:
        attacker = SimpleNamespace(_counts=lambda: resample_counts(len(values), 200, 0))
        return _Attacker._median(attacker, np.array(values), 0.3, "evades")  # type: ignore[arg-type]

    found = median([0.1, 0.2, 0.15, np.inf])
    assert found.value == pytest.approx(0.175) and found.high == 0.3 and "none found for 1 of 4" in found.convention
    assert np.isnan(median([0.1, np.inf]).value)
    assert median([0.1, np.inf]).convention.startswith("undefined: median over images")
