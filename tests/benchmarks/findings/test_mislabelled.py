from dataclasses import replace

import numpy as np

from benchmarks.findings.candidate import CHECKS
from benchmarks.findings.mislabelled import seen_as
from benchmarks.summary import Panel
from tests.benchmarks.findings.conftest import MakePanel, seen


def moved(panel: Panel, given: int, true: int, count: int) -> Panel:
    """The first images of a class get the label of another; they are answered as surely as before."""
    label = panel.label.copy()
    label[np.flatnonzero((panel.label == true) & panel.correct[0])[:count]] = given
    correct = panel.prediction == label
    return replace(panel, label=label, label_name=label.astype(str).astype(object), correct=correct)


def test_a_class_that_holds_images_of_another_is_told_with_their_number(make_panel: MakePanel) -> None:
    found = {one.subject: one for one in seen_as(seen(moved(make_panel(), given=1, true=4, count=25)))}
    one = found.pop("1")
    assert one.p < 1e-4 and one.large and one.n == 85
    assert one.statement.startswith("25 of 85 images labelled “1” are seen as “4”")
    assert (
        one.affected is not None
        and len(one.affected) == 25
        and set(one.images) < {f"4/{i:04d}.png" for i in range(240, 300)}
    )
    assert one.share_low < 25 / 360 < one.share_high
    assert all(other.p > 0.05 for other in found.values())


def test_unsure_confusion_is_no_wrong_label(make_panel: MakePanel) -> None:
    panel = moved(make_panel(), given=1, true=4, count=25)
    confidence = panel.confidence.copy()
    confidence[0, panel.label != panel.prediction[0]] = 0.6
    one = next(one for one in seen_as(seen(replace(panel, confidence=confidence))) if one.subject == "1")
    assert one.p == 1.0 and not one.large


def test_two_classes_have_no_third_to_compare_with(make_panel: MakePanel) -> None:
    found = list(seen_as(seen(moved(make_panel(classes=2), given=1, true=0, count=25))))
    assert [one.p for one in found] == [1.0, 1.0] and {one.check for one in found} <= set(CHECKS)


def test_several_mislabelled_classes_do_not_hide_each_other(make_panel: MakePanel) -> None:
    panel = moved(moved(make_panel(classes=8), given=1, true=4, count=25), given=2, true=6, count=20)
    p = {one.subject: one.p for one in seen_as(seen(panel))}
    assert p["1"] < 1e-3 and p["2"] < 1e-3
