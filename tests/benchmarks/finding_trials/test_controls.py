import numpy as np
import pytest

from benchmarks.finding_trials.controls import CONTROLS, control_table, deal_folders, shuffle_labels, shuffle_outcomes
from tests.benchmarks.findings.conftest import panel
from tests.benchmarks.findings.test_falls import FOG, fallen
from tests.benchmarks.findings.test_mislabelled import moved


def test_shuffled_labels_leave_answers_and_chance() -> None:
    one = panel()
    dealt = shuffle_labels(one, 0)
    assert (dealt.prediction == one.prediction).all() and sorted(dealt.label) == sorted(one.label)
    assert (dealt.correct == (dealt.prediction == dealt.label)).all()
    assert dealt.correct.mean() == pytest.approx(1 / 6, abs=0.05)


def test_shuffled_outcomes_keep_labels_and_every_error() -> None:
    one = panel()
    dealt = shuffle_outcomes(one, 0)
    assert (dealt.label == one.label).all()
    assert (dealt.correct == (dealt.prediction == dealt.label)).all()
    assert dealt.correct.sum(axis=1).tolist() == one.correct.sum(axis=1).tolist()
    together = {tuple(column) for column in one.correct.T} ^ {tuple(column) for column in dealt.correct.T}
    assert not together  # conditions of an image stay together


def test_folders_lie_below_the_label() -> None:
    dealt = deal_folders(panel(), 1)
    assert all(name.split("/")[0] == label for name, label in zip(dealt.image_id, dealt.label_name, strict=True))


def test_controls_of_records_full_of_problems_list_none() -> None:
    """Twenty of each would take as long as all other tests: docs/results/findings.md has them on real records."""
    one = panel()
    one = fallen(moved(one, given=1, true=4, count=25), one.label == 2, FOG)
    table = control_table(one, range(2))
    assert table["control"].value_counts().to_dict() == dict.fromkeys(CONTROLS, 2)
    assert table["findings"].sum() <= 1 and (table["candidates"] > 20).all()
    assert np.isfinite(table["smallest_adjusted_p"]).all()
