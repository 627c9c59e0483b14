"""What is shown is what the decoder draws."""

from dataclasses import replace

import pytest
import torch

from benchmarks.stylex.frames import attribute_courses, turned_images
from tests.benchmarks.stylex.painted import painted_explained


def test_a_course_runs_from_one_end_to_the_other_and_changes_nothing_else() -> None:
    found = painted_explained()
    ((first, *others),) = attribute_courses(found)
    assert [int(found.inside[course.row]) for course in (first, *others)] == [0, 0, 1]
    assert first.frames.shape == (7, 3, 8, 8)
    assert (first.probabilities.diff() > 0).all() and first.probabilities[0] < 0.5 < first.probabilities[-1]
    left = first.frames[:, :, :, :4].mean((1, 2, 3))
    assert torch.allclose(left.diff(), left.diff().mean().expand(6), atol=1e-4)
    assert torch.allclose(first.frames[:, :, :, 4:], first.frames[:1, :, :, 4:].expand(7, -1, -1, -1))
    assert torch.allclose(first.difference[:, 4:], torch.zeros(8, 4)) and (first.difference[:, :4] > 0.2).all()


def test_the_images_of_a_course_are_those_it_moves_farthest() -> None:
    found = painted_explained()
    (courses,) = attribute_courses(found)
    shift, asked = found.groups[0].slide, found.asked
    before = asked.logits(found.styles)[:, 1]
    gains = asked.logits(shift.applied(found.styles, found.ends))[:, 1] - before
    others = gains[~found.inside].sort(descending=True).values
    assert [course.gain for course in courses[:2]] == pytest.approx(others[:2].tolist(), rel=1e-4)


def test_images_are_turned_and_shown_step_by_step() -> None:
    found = painted_explained()
    turned = turned_images(found)
    assert len(turned) == 6 and len({one.row for one in turned}) == 6
    assert [one.towards for one in turned] == [True] * 3 + [False] * 3
    for one in turned:
        assert one.told.flips == 1 and one.attributes == (1,)
        assert one.frames.shape == (2, 3, 8, 8) and len(one.probabilities) == 2
        assert (one.probabilities[0] < 0.5) == one.towards and (one.probabilities[1] > 0.5) == one.towards


def test_errors_come_first() -> None:
    found = painted_explained()
    labels = found.labels.clone()
    labels[5] = 1 - labels[5]
    assert turned_images(replace(found, labels=labels))[0].row == 5
