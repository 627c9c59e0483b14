from dataclasses import replace

import numpy as np
import pytest

from benchmarks.findings.falls import class_falls, corruption_apart
from benchmarks.summary import Panel
from tests.benchmarks.findings.conftest import CONDITIONS, MakePanel, seen

FOG = next(place for place, one in enumerate(CONDITIONS) if (one.name, one.severity) == ("fog", 3))


def fallen(panel: Panel, chosen: np.ndarray, place: int, share: float = 0.6) -> Panel:
    correct = panel.correct.copy()
    correct[place] &= ~(chosen & (np.random.default_rng(3).random(len(chosen)) < share))
    prediction = np.where(correct, panel.label, (panel.label + 1) % (panel.label.max() + 1)).astype(np.int32)
    return replace(panel, correct=correct, prediction=prediction)


def test_a_class_that_falls_further_is_named_with_its_condition(make_panel: MakePanel) -> None:
    panel = make_panel()
    panel = fallen(panel, panel.label == 2, FOG)
    found = {one.subject: one for one in class_falls(seen(panel))}
    one = found.pop("2")
    clean, fog = (panel.correct[place][panel.label == 2].mean() for place in (0, FOG))
    assert one.value == pytest.approx(clean - fog) and one.low < one.value < one.high and one.n == 60
    assert one.p < 1e-6 and one.large and "under fog 3, n = 60" in one.statement
    assert all(other.p > 0.05 or not other.large for other in found.values())


def test_a_fall_that_all_classes_share_is_no_news(make_panel: MakePanel) -> None:
    panel = make_panel()
    found = list(class_falls(seen(fallen(panel, panel.label >= 0, FOG))))
    assert all(one.p > 0.05 for one in found)


def test_a_class_that_was_never_right_cannot_fall(make_panel: MakePanel) -> None:
    panel = make_panel()
    correct = panel.correct & (panel.label != 2)
    prediction = np.where(correct, panel.label, (panel.label + 1) % 6).astype(np.int32)
    found = {one.subject: one for one in class_falls(seen(replace(panel, correct=correct, prediction=prediction)))}
    assert found["2"].p == 1.0 and found["2"].value == 0.0


def test_a_class_that_is_right_by_luck_alone_does_not_fall(make_panel: MakePanel) -> None:
    """Of its few right answers nearly all are lost under any condition, and as many others are won."""
    panel = make_panel()
    lucky = np.random.default_rng(4).random(panel.correct.shape) < 0.15
    correct = np.where(panel.label == 2, lucky, panel.correct)
    prediction = np.where(correct, panel.label, (panel.label + 1) % 6).astype(np.int32)
    one = next(
        one for one in class_falls(seen(replace(panel, correct=correct, prediction=prediction))) if one.subject == "2"
    )
    assert one.p == 1.0 and not one.large


def test_a_corruption_apart_is_named_beside_the_next(make_panel: MakePanel) -> None:
    panel = make_panel()
    for place, one in enumerate(CONDITIONS):
        if one.name == "contrast":
            panel = fallen(panel, panel.label >= 0, place)
    found = {one.subject: one for one in corruption_apart(seen(panel))}
    assert found["contrast"].p < 1e-10 and found["contrast"].large
    assert found["fog"].p > 0.05 and found["snow"].p > 0.05
    assert "more than the next" in found["contrast"].statement


def test_corruptions_alike_stand_not_apart(make_panel: MakePanel) -> None:
    assert all(one.p > 0.05 or not one.large for one in corruption_apart(seen(make_panel())))
