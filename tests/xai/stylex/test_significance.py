"""True attributes pass; what only seemed to matter, and what moves a guess, do not."""

import pytest
import torch
from torch import Tensor

from tests.xai.stylex.planted_decoders import CAUSES, classifier, decode, styles
from xai.stylex.attfind import find_attributes
from xai.stylex.effects import Ends, Shift
from xai.stylex.significance import judge_shifts

X, FRESH = styles(100), styles(100, seed=1)
ENDS = Ends.of(X)
SHIFTS = [Shift(coordinates=(place,), directions=(int(weight > 0),)) for place, weight in CAUSES.items()]
LABELS = classifier(decode(FRESH)).argmax(1)


def test_causes_are_significant_and_their_swing_is_from_end_to_end() -> None:
    verdicts = judge_shifts(decode, classifier, FRESH, SHIFTS, target=1, ends=ENDS, labels=LABELS)
    assert all(finding.significant for finding in verdicts.findings)
    assert verdicts.knows is not None and verdicts.knows.value == 1.0
    assert verdicts.findings[0].swing.value == pytest.approx(3 * float(ENDS.high[7] - ENDS.low[7]))


def test_what_does_nothing_and_what_does_the_opposite_are_not() -> None:
    nothing = Shift(coordinates=(0,), directions=(1,))
    verdicts = judge_shifts(decode, classifier, FRESH, [nothing, SHIFTS[0].reversed()], target=1, ends=ENDS)
    assert not any(finding.significant for finding in verdicts.findings)
    assert verdicts.knows is None


def rough(images: Tensor) -> Tensor:
    """A classifier that learned noise by heart: its logit depends on every pixel, and on none consistently."""
    score = 3 * torch.sin(1e4 * images.flatten(1)[:, :7]).sum(1)
    return torch.stack([torch.zeros_like(score), score], 1)


def test_of_a_classifier_that_learned_noise_attributes_are_found_but_none_is_significant() -> None:
    found = find_attributes(decode, rough, X, target=1, count=8, exact=True)
    assert len(found) == 8 and found[0].effect > 1  # the best of many tries always seem to matter
    verdicts = judge_shifts(decode, rough, FRESH, [one.shift for one in found], target=1, ends=ENDS)
    assert not any(finding.significant for finding in verdicts.findings)


def test_what_moves_a_guess_explains_no_class() -> None:
    coin = torch.randint(2, (100,), generator=torch.Generator().manual_seed(0))
    verdicts = judge_shifts(decode, classifier, FRESH, SHIFTS, target=1, ends=ENDS, labels=coin)
    assert max(finding.p for finding in verdicts.findings) < 0.001
    assert not any(finding.significant for finding in verdicts.findings)


def test_more_tries_need_more_evidence() -> None:
    few = judge_shifts(decode, classifier, FRESH[:4], SHIFTS[:1], target=1, ends=ENDS)
    many = judge_shifts(decode, classifier, FRESH[:4], SHIFTS[:1] * 20, target=1, ends=ENDS)
    assert many.findings[0].p == pytest.approx(min(1, 20 * few.findings[0].p))


def test_two_images_are_the_least() -> None:
    with pytest.raises(ValueError, match="expected at least two images to judge by, got 1"):
        judge_shifts(decode, classifier, FRESH[:1], SHIFTS, target=1, ends=ENDS)


def test_rounding_that_always_goes_one_way_is_nothing() -> None:
    pattern = decode(torch.eye(12)[:1]) - 0.5

    def drifting(images: Tensor) -> Tensor:  # one unit in the last place at one end, on every machine
        high = ((images - 0.5) * pattern).flatten(1).sum(1) > 0
        score = 1 + torch.finfo(torch.float64).eps * high.double()
        return torch.stack([torch.zeros_like(score), score], 1)

    shift = Shift(coordinates=(0,), directions=(1,))
    verdicts = judge_shifts(decode, drifting, FRESH, [shift], target=1, ends=ENDS)
    assert verdicts.findings[0].swing.value == 0 and not verdicts.findings[0].significant
