"""Ratios are of the same search; networks are the same every time."""

import pytest
import torch

from benchmarks.speed import stylex
from tests.xai.stylex.planted_decoders import Bent, Reader, styles
from xai.stylex import Attribute, Ends, StyleClassifier


def case(exact: int) -> stylex._Case:
    x = styles(40, size=60)
    asked = StyleClassifier(decode=Bent(), classifier=Reader())
    others = x[asked.logits(x).argmax(1) != 1]
    return stylex._Case(name="bent", asked=asked, styles=others, ends=Ends.of(x), exact=min(exact, len(others)))


def test_calls_and_seconds_are_held_against_the_full_search() -> None:
    row = stylex._compared(case(99))
    assert row["in_full"] == row["images"] and row["of"] == "full" and row["coordinates"] == 60
    assert row["exact_calls"] == row["images"] * 120  # type: ignore[operator]
    assert row["fewer_calls"] == row["exact_calls"] / row["calls"]  # type: ignore[operator]
    assert row["ratio"] == pytest.approx(row["exact_seconds"] / row["seconds"])  # type: ignore[operator]
    assert row["recall_at_10"] >= 0.9  # type: ignore[operator]


def test_a_full_search_of_a_few_counts_in_proportion() -> None:
    row = stylex._compared(case(5))
    assert row["in_full"] == 5 and row["of"] == "thorough"
    assert row["exact_calls"] == row["images"] * 120  # type: ignore[operator]


def test_the_thorough_search_finds_what_the_full_one_does() -> None:
    whole = case(99)
    full, thorough = (stylex._timed(whole, whole.styles, one)[0].attributes for one in (None, stylex._THOROUGH))
    assert stylex._recall(thorough, full) == 1


def test_recall_counts_directions_and_no_order() -> None:
    one, two, other = (Attribute(coordinate=c, direction=d, effect=1.0, images=1) for c, d in ((3, 0), (4, 1), (4, 0)))
    assert stylex._recall([two, one], [one, two]) == 1
    assert stylex._recall([other, one], [one, two]) == 0.5


def test_the_wide_generator_is_seeded_and_leaves_the_random_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stylex, "_WIDE_IMAGES", 6)
    state = torch.random.get_rng_state()
    first, second = (stylex._random(torch.device("cpu")) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.equal(first.styles, second.styles)
    assert first.styles.shape == (6, 2176) and len(first.ends) == 2176
    assert (first.asked.logits(first.styles).argmax(1) == 0).all()
