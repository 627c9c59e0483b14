import pytest
import torch

from robustness.attacks.goals import Goal, make_goal

IMAGES = torch.zeros(3, 3, 2, 2)
LOGITS = torch.tensor([[2.0, 1.0], [0.0, 1.0], [float("nan"), 1.0]])


def test_a_label_is_left_and_a_target_is_reached() -> None:
    classes = torch.tensor([0, 0, 0])
    assert make_goal(classes, None, IMAGES).reached(LOGITS).tolist() == [False, True, False]
    assert make_goal(None, classes, IMAGES).reached(LOGITS).tolist() == [True, False, False]


def test_logits_that_are_not_finite_reach_nothing() -> None:
    classes = torch.tensor([1, 1, 1])
    for targeted in (True, False):
        assert not Goal(classes=classes, targeted=targeted).reached(LOGITS)[2]


def test_rows_are_chosen_by_place() -> None:
    goal = make_goal(torch.tensor([4, 5, 6], dtype=torch.int32), None, IMAGES)[torch.tensor([2, 0])]
    assert goal.classes.tolist() == [6, 4]
    assert goal.classes.dtype == torch.int64


@pytest.mark.parametrize("labels, targets, given", [(None, None, "neither"), (torch.ones(3), torch.ones(3), "both")])
def test_exactly_one_of_labels_and_targets(labels, targets, given: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=f"expected either `labels`, .* or `targets`, .*, got {given}"):
        make_goal(labels, targets, IMAGES)


@pytest.mark.parametrize("classes", [torch.zeros(2, dtype=torch.long), torch.zeros(3), torch.zeros(3, 1).long()])
def test_other_classes_are_refused(classes: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"expected `labels` of shape \(3,\) with integers"):
        make_goal(classes, None, IMAGES)
    with pytest.raises(ValueError, match=r"expected `targets` of shape \(3,\) with integers"):
        make_goal(None, classes, IMAGES)


@pytest.mark.parametrize("shape", [(3,), (3, 1), (2, 4)], ids=str)
def test_logits_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected logits of shape \(3, K\) with K >= 2"):
        make_goal(torch.tensor([0, 1, 1]), None, IMAGES).check(torch.zeros(shape))


@pytest.mark.parametrize("wrong", [-1, 4])
def test_classes_outside_the_logits_are_refused(wrong: int) -> None:
    goal = make_goal(None, torch.tensor([0, wrong, 1]), IMAGES)
    with pytest.raises(ValueError, match=r"expected `targets` in 0..3, got"):
        goal.check(torch.zeros(3, 4))


def test_no_images_are_no_trouble() -> None:
    make_goal(torch.zeros(0, dtype=torch.long), None, IMAGES[:0]).check(torch.zeros(0, 4))
