"""Effects are what one edit after the other would show."""

import numpy as np
import pytest
import torch

from tests.xai.stylex.planted_decoders import CAUSES, Bent, Reader, S, classifier, decode, styles
from xai.stylex.effects import Ends, Shift, StyleClassifier

X = styles(9)
ENDS = Ends.of(X)
PAIRS = torch.arange(2 * S)


def test_effects_of_a_linear_decoder_are_weight_times_distance() -> None:
    asked = StyleClassifier(decode=decode, classifier=classifier)
    effects = asked.effects(X, PAIRS, ENDS, base=asked.logits(X), target=1)
    weights = torch.tensor([CAUSES.get(place, 0.0) for place in range(S)]).double()
    expected = torch.cat([weights * (ENDS.low - X), weights * (ENDS.high - X)], 1)
    assert torch.allclose(effects, expected)
    assert torch.allclose(asked.gradients(X, 1), weights.expand_as(X))


def test_any_batch_gives_what_a_loop_over_edits_gives() -> None:
    bent, reader, x = Bent(), Reader(), styles(3, size=60)
    ends = Ends.of(x, percentile=0)
    pairs = torch.tensor([0, 61, 7, 119])
    wide = StyleClassifier(decode=bent, classifier=reader)
    narrow = StyleClassifier(decode=bent, classifier=reader, batch_size=5)
    base = wide.logits(x)
    effects = wide.effects(x, pairs, ends, base=base, target=2)
    assert torch.allclose(narrow.effects(x, pairs, ends, base=base, target=2), effects)
    assert torch.allclose(narrow.gradients(x, 2), wide.gradients(x, 2))
    for image in range(3):
        for place, pair in enumerate(pairs.tolist()):
            edited = x[image : image + 1].clone()
            edited[0, pair % 60] = (ends.low, ends.high)[pair // 60][pair % 60]
            expected = reader(bent(edited))[0, 2] - base[image, 2]
            assert float(effects[image, place]) == pytest.approx(float(expected))


def test_no_way_is_no_effect() -> None:
    asked = StyleClassifier(decode=Bent(), classifier=Reader())
    x = styles(4, size=60)
    nothing = asked.effects(x, torch.arange(120), Ends.of(x), base=asked.logits(x), target=0, amount=0.0)
    assert nothing.abs().max() < 1e-12


def test_ends_are_percentiles_as_numpy_has_them() -> None:
    for percentile in (0.0, 1.0, 12.5, 50.0):
        ends = Ends.of(X, percentile=percentile)
        assert np.allclose(ends.low, np.percentile(X.numpy(), percentile, axis=0))
        assert np.allclose(ends.high, np.percentile(X.numpy(), 100 - percentile, axis=0))


def test_a_shift_moves_its_coordinates_and_no_other_and_back_again() -> None:
    shift = Shift(coordinates=(7, 2), directions=(1, 0))
    whole, half = shift.applied(X, ENDS), shift.applied(X, ENDS, amount=0.5)
    assert torch.equal(whole[:, 7], ENDS.high[7].expand(9))
    assert torch.equal(whole[:, 2], ENDS.low[2].expand(9))
    rest = [place for place in range(S) if place not in (7, 2)]
    assert torch.equal(whole[:, rest], X[:, rest])
    assert torch.allclose(half, (X + whole) / 2)
    assert shift.reversed().reversed() == shift
    assert torch.equal(shift.reversed().applied(whole, ENDS), shift.reversed().applied(X, ENDS))
    own = shift.applied(X, ENDS, amount=torch.linspace(0, 1, 9).double()[:, None])
    assert torch.equal(own[0], X[0])
    assert torch.allclose(own[-1], whole[-1])


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="expected `percentile` in 0..50, got 60"):
        Ends.of(X, percentile=60)
    with pytest.raises(ValueError, match=r"expected `low` and `high` of one shape \(S,\), got \(2,\) and \(3,\)"):
        Ends(low=torch.zeros(2), high=torch.zeros(3))
    blind = StyleClassifier(decode=decode, classifier=lambda images: classifier(images).detach())
    with pytest.raises(ValueError, match="differentiable in the styles, got logits without gradient; exact=True"):
        blind.gradients(X, 0)
