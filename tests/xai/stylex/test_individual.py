"""Changes to one image: the best alone, and the fewest that flip it."""

import pytest
import torch
from torch import Tensor

from tests.xai.stylex.planted_decoders import Bent, Reader, classifier, decode, styles
from xai.stylex.effects import Ends, Shift
from xai.stylex.individual import independent_changes, joint_changes

X = styles(200)
ENDS = Ends.of(X)
LOW = X[classifier(decode(X))[:, 1].argmin()]  # as far from class 1 as can be


@pytest.mark.parametrize("pool", [24, 8])
def test_a_linear_classifier_needs_its_causes_in_order(pool: int) -> None:
    for explain in (independent_changes, joint_changes):
        told = explain(decode, classifier, LOW, target=1, count=3, ends=ENDS, pool=pool)
        gains = {7: 3 * float(ENDS.high[7] - LOW[7]), 2: -2 * float(ENDS.low[2] - LOW[2])}
        first = sorted(gains, key=lambda place: -gains[place])
        needed = 2 if explain is independent_changes else len(told.changes)  # the joint one ends with the flip
        assert [change.shift.coordinates[0] for change in told.changes][:needed] == first[:needed]
        assert [change.gain for change in told.changes][:needed] == pytest.approx(
            [gains[one] for one in first[:needed]]
        )


def test_the_joint_explanation_ends_with_the_flip_and_says_what_is_seen() -> None:
    told = joint_changes(decode, classifier, LOW, target=1, count=12, ends=ENDS)
    assert told.flips == len(told.changes)
    assert told.changes[-1].probability > 0.5 > told.probability
    moved = LOW[None]
    for change in told.changes:
        moved = change.shift.applied(moved, ENDS)
    seen = classifier(decode(moved)).softmax(1)[0, 1]
    assert told.changes[-1].probability == pytest.approx(float(seen))


def exclusive(styles: Tensor) -> Tensor:
    """Two coordinates that do the same thing, which counts once, and a third that is weaker than either."""
    shown = torch.maximum(styles[:, 0], styles[:, 1]) + 0.5 * styles[:, 2]
    return shown[:, None, None, None].expand(-1, 3, 2, 2)


def test_on_top_of_the_first_its_twin_is_worth_nothing() -> None:
    def score(images: Tensor) -> Tensor:
        own = images.mean((1, 2, 3)) - 1.2
        return torch.stack([-own, own], 1)

    style, ends = (
        torch.zeros(3).double(),
        Ends(low=torch.zeros(3).double(), high=torch.tensor([1.0, 0.9, 0.8]).double()),
    )
    alone = independent_changes(exclusive, score, style, target=1, count=2, ends=ends)
    joint = joint_changes(exclusive, score, style, target=1, count=2, ends=ends)
    assert [change.shift.coordinates[0] for change in alone.changes] == [0, 1]
    assert alone.flips is None
    assert [change.shift.coordinates[0] for change in joint.changes] == [0, 2]
    assert joint.flips == 2


def test_groups_can_be_offered_and_what_they_share_moves_once() -> None:
    both = Shift(coordinates=(7, 2), directions=(1, 0))
    one = Shift(coordinates=(2,), directions=(0,))
    for explain in (independent_changes, joint_changes):
        told = explain(decode, classifier, LOW, target=1, count=9, ends=ENDS, options=[one, both])
        assert [change.shift for change in told.changes] == [both]
    nothing = independent_changes(decode, classifier, LOW, target=1, count=9, ends=ENDS, options=[])
    assert nothing.changes == () and nothing.flips is None


def test_an_image_that_is_the_target_already_needs_nothing() -> None:
    told = joint_changes(decode, classifier, -LOW, target=1, count=3, ends=ENDS)
    assert told.changes == () and told.flips == 0


def test_each_step_of_the_greedy_search_is_the_best_there_is() -> None:
    bent, reader, x = Bent(), Reader(), styles(30, size=60)
    ends, style = Ends.of(x), x[0]
    told = joint_changes(bent, reader, style, target=1, count=3, ends=ends, pool=120)
    moved, used = style.clone(), set[int]()
    for change in told.changes:
        best, before = None, float(reader(bent(moved[None]))[0, 1])
        for pair in range(120):
            if pair % 60 not in used:
                edited = moved.clone()
                edited[pair % 60] = ends.values[pair]
                gain = float(reader(bent(edited[None]))[0, 1]) - before
                best = max(best or (gain, pair), (gain, pair))
        assert best is not None and best[1] == change.shift.coordinates[0] + 60 * change.shift.directions[0]
        assert change.gain == pytest.approx(best[0])
        used.add(change.shift.coordinates[0])
        moved[change.shift.coordinates[0]] = ends.values[best[1]]
