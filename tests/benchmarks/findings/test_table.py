import json
from dataclasses import replace

import numpy as np

from benchmarks.findings import CHECKS, FINDINGS, TESTED, find_findings
from tests.benchmarks.findings.conftest import MakePanel
from tests.benchmarks.findings.test_falls import FOG, fallen
from tests.benchmarks.findings.test_mislabelled import moved
from tests.reports.statistics_samples import statistics_table


def test_a_planted_problem_is_first_and_every_row_is_complete(make_panel: MakePanel) -> None:
    panel = make_panel()
    panel = fallen(moved(panel, given=1, true=4, count=25), panel.label == 2, FOG)
    tables = find_findings([panel], {"global_statistics": statistics_table(("made",))})
    findings, tested = tables["findings"], tables["findings_tested"]
    assert list(findings.columns) == FINDINGS and list(tested.columns) == TESTED
    assert findings["check"].tolist()[:2] == ["seen_as", "statistics"]
    assert "class_falls" in set(findings["check"]) and findings["rank"].tolist() == list(range(1, len(findings) + 1))
    assert (findings["adjusted_p"] < 0.05).all() and (findings["candidates"] == tested["candidates"].sum()).all()
    assert set(json.loads(findings["images"][0])) <= set(panel.image_id)
    assert set(findings["check"]) <= set(CHECKS)


def test_nothing_to_test_gives_no_table_and_nothing_found_says_what_was_tested(make_panel: MakePanel) -> None:
    assert find_findings([], {}) == {}
    tables = find_findings([make_panel()], {})
    assert tables["findings"].empty and list(tables["findings"].columns) == FINDINGS
    tested = tables["findings_tested"].set_index("check")
    assert tested.loc["seen_as", "candidates"] == 6 and tested.loc["agreement", "smallest_p"] < 1e-30
    assert tested["findings"].sum() == 0


def test_a_model_without_clean_images_or_answers_is_not_tested(make_panel: MakePanel) -> None:
    panel = make_panel()
    assert find_findings([replace(panel, ok=np.zeros_like(panel.ok))], {}) == {}
    corrupted = replace(
        panel, conditions=tuple(replace(one, kind="corruption", name=f"c{i}") for i, one in enumerate(panel.conditions))
    )
    assert find_findings([corrupted], {}) == {}


def test_unusable_images_are_left_out_of_every_claim(make_panel: MakePanel) -> None:
    """An image without an answer is no wrong one."""
    panel = make_panel()
    ok = panel.ok.copy()
    ok[:, ::7] = False
    blank = replace(panel, ok=ok, correct=panel.correct & ok, prediction=np.where(ok, panel.prediction, 0))
    assert find_findings([blank], {})["findings"].empty
