import numpy as np
import pytest

from benchmarks.findings.evidence import difference_interval
from tests.benchmarks.findings.conftest import MakePanel, seen


def test_counts_by_class_agree_with_the_images(make_panel: MakePanel) -> None:
    one = seen(make_panel())
    assert one.n.tolist() == [60] * 6 and one.total == 360
    members = one.members(one.wrong)
    assert [len(part) for part in members] == one.count(one.wrong).tolist()
    assert all((one.labels[part] == label).all() for label, part in enumerate(members))


def test_lost_images_are_right_at_first(make_panel: MakePanel) -> None:
    one = seen(make_panel())
    for cell in one.cells:
        assert (one.right[one.lost(cell)]).all() and not one.panel.correct[cell][one.lost(cell)].any()


def test_examples_are_the_highest(make_panel: MakePanel) -> None:
    one = seen(make_panel())
    order = np.arange(360.0)
    assert one.examples(np.array([3, 100, 7]), order) == tuple(one.panel.image_id[[100, 7, 3]])


def test_the_interval_of_a_difference_holds_the_truth() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.binomial(60, 0.3, 2000), rng.binomial(200, 0.1, 2000)
    low, high = difference_interval(a, 60, b, 200)
    assert np.mean((low <= 0.2) & (high >= 0.2)) > 0.94
    assert float(difference_interval(0, 10, 0, 10)[0]) == pytest.approx(-float(difference_interval(0, 10, 0, 10)[1]))
