from dataclasses import replace

import numpy as np

from benchmarks.findings.folders import find_folders
from benchmarks.findings.groups import class_errors, class_overconfident, folder_errors, folder_unsure, unreadable
from benchmarks.summary import Panel
from tests.benchmarks.findings.conftest import MakePanel, seen


def within(panel: Panel, word: str) -> np.ndarray:
    return np.array([word in one for one in panel.image_id])


def spoilt(panel: Panel, chosen: np.ndarray, share: float) -> Panel:
    """Answers of some images are wrong, and unsure."""
    hit = chosen & (np.random.default_rng(9).random(len(chosen)) < share)
    correct, confidence = panel.correct & ~hit, panel.confidence.copy()
    confidence[:, hit] = 0.4
    prediction = np.where(correct, panel.label, (panel.label + 1) % (panel.label.max() + 1)).astype(np.int32)
    return replace(panel, correct=correct, confidence=confidence, prediction=prediction)


def test_a_spoilt_camera_is_named_by_errors_and_by_unsureness(make_panel: MakePanel) -> None:
    panel = make_panel(cameras=3)
    panel = spoilt(panel, within(panel, "camera-1"), 0.5)
    folders, evidence = find_folders([str(one) for one in panel.image_id]), seen(panel)
    for check in (folder_errors, folder_unsure):
        found = {one.subject: one for one in check(evidence, folders)}
        worst = min(found.values(), key=lambda one: one.p)
        assert worst.subject == "*/camera-1" and worst.p < 1e-10 and worst.large
        assert found["*/camera-0"].p > 0.5
        assert set(worst.images) <= set(panel.image_id[within(panel, "camera-1")])


def test_a_folder_that_holds_the_hard_class_is_held_against_that_class(make_panel: MakePanel) -> None:
    """All images of one camera are of a class that is wrong half of the time whatever the camera."""
    panel = make_panel()
    panel = spoilt(panel, panel.label == 3, 0.5)
    ids = [f"{k}/{'cellar' if k == 3 and i % 2 else 'hall'}/{i}.png" for i, k in enumerate(panel.label)]
    panel = replace(panel, image_id=np.array(ids, dtype=object))
    found = {one.subject: one.p for one in folder_errors(seen(panel), find_folders(ids))}
    assert found["*/cellar"] > 0.01


def test_a_class_out_of_line_is_named(make_panel: MakePanel) -> None:
    panel = make_panel(classes=10)
    evidence = seen(spoilt(panel, panel.label == 3, 0.7))
    for check in (class_errors, class_overconfident):
        found = {one.subject: one for one in check(evidence)}
        assert found["3"].large == all(one.subject == "3" for one in found.values() if one.large)
    errors = {one.subject: one for one in class_errors(evidence)}
    assert errors["3"].p < 1e-4 and errors["3"].large
    assert min(one.p for name, one in errors.items() if name != "3") > 0.05


def test_confidence_that_is_not_earned_is_told_apart_from_mere_errors(make_panel: MakePanel) -> None:
    panel = make_panel(classes=10)
    wrong = spoilt(panel, panel.label == 3, 0.7)
    sure = replace(wrong, confidence=np.where(panel.label == 3, 0.99, wrong.confidence))
    unsure = replace(wrong, confidence=np.where(wrong.correct, wrong.confidence, 0.02))
    found = {
        name: next(one for one in class_overconfident(seen(x)) if one.subject == "3")
        for name, x in (("sure", sure), ("unsure", unsure))
    }
    assert found["sure"].p < 1e-4 and found["sure"].large and not found["unsure"].large


def test_unreadable_images_of_one_class_are_named_and_none_are_tested_without_any(make_panel: MakePanel) -> None:
    panel = make_panel()
    assert list(unreadable(seen(panel), [])) == []
    ok = panel.ok.copy()
    ok[:, np.flatnonzero(panel.label == 2)[:9]] = False
    found = {one.subject: one for one in unreadable(seen(replace(panel, ok=ok)), [])}
    assert found["2"].p < 1e-5 and "9 of 60 images of class “2”" in found["2"].statement
    assert found["1"].p == 1.0
