from typing import Any

import numpy as np

from benchmarks.findings.candidate import Candidate
from benchmarks.findings.ranking import rank_findings


def candidate(check: str, low: float, p: float = 1e-9, **more: Any) -> Candidate:
    settings: dict[str, Any] = {"model": "net", "subject": check, "statement": f"{check} {low}", "unit": "fraction"}
    figure = {
        "value": 0.5,
        "low": 0.4,
        "high": 0.6,
        "n": 10,
        "share": low + 0.01,
        "share_low": low,
        "share_high": low + 0.02,
    }
    return Candidate(check=check, p=p, convention="", **(settings | figure | more))


def test_images_as_they_are_come_first_and_the_low_end_decides() -> None:
    ranked, _ = rank_findings(
        [
            candidate("factor", 0.4),
            candidate("class_errors", 0.02),
            candidate("unreadable", 0.05),
            candidate("statistics", 0.5),
        ]
    )
    assert [one.candidate.check for one in ranked] == ["unreadable", "class_errors", "statistics", "factor"]


def test_all_candidates_count_in_the_correction_and_small_effects_are_not_listed() -> None:
    tested = [candidate("class_errors", 0.1, p=0.004), *(candidate("class_falls", 0.1, p=0.9) for _ in range(19))]
    ranked, adjusted = rank_findings(tested)
    assert ranked == [] and adjusted[0] == 0.08
    assert len(rank_findings(tested[:5])[0]) == 1
    assert rank_findings([candidate("class_errors", 0.1, large=False)])[0] == []
    assert rank_findings([candidate("class_errors", -0.01)])[0] == []


def test_the_narrower_finding_stands_for_wider_ones_about_the_same_images() -> None:
    images = np.arange(40)
    narrow = candidate("seen_as", 0.05, affected=images, population=100)
    wide = candidate("class_errors", 0.06, affected=np.arange(44), population=100)
    other = candidate("class_errors", 0.04, affected=np.arange(50, 80), population=100)
    ranked, _ = rank_findings([wide, other, narrow])
    assert [one.candidate for one in ranked] == [narrow, other]
    assert ranked[0].also == (wide,)


def test_parts_of_a_larger_finding_join_it() -> None:
    whole = candidate("folder_errors", 0.1, affected=np.arange(90), population=300)
    parts = [
        candidate("folder_errors", 0.02, affected=np.arange(30 * k, 30 * (k + 1)), population=100) for k in range(3)
    ]
    ranked, _ = rank_findings([*parts, whole])
    assert [one.candidate for one in ranked] == [whole] and len(ranked[0].also) == 3


def test_findings_of_other_models_stay_apart() -> None:
    images = np.arange(40)
    pair = [candidate("seen_as", 0.05, model=name, affected=images, population=100) for name in "ab"]
    assert len(rank_findings(pair)[0]) == 2
