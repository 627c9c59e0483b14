from collections import Counter

import pytest

from benchmarks.conditions import Condition
from benchmarks.datasets.samples import Decoded, Entries, Sample, Samples
from benchmarks.datasets.subsets import draw_key, stratified_subset


def read(sample: Sample, condition: Condition) -> Decoded:
    return Decoded(image=None, status="empty", note=sample.image_id)


def build(*sizes: int) -> Samples:
    labels = [label for label, size in enumerate(sizes) for _ in range(size)]
    entries = Entries(
        ids=[f"{row:05d}" for row in range(len(labels))],
        labels=labels,
        sizes=[1] * len(labels),
        rows=range(len(labels)),
        class_names=tuple(f"c{label}" for label in range(len(sizes))),
        prefix="",
    )
    return Samples(name="n", location="", entries=entries, read=read)


def counts(samples: Samples) -> list[int]:
    counter = Counter(one.class_name for one in samples.entries)
    return [counter[name] for name in samples.class_names]


@pytest.mark.parametrize(
    ("sizes", "count", "expected"),
    [
        ((100, 100), 10, [5, 5]),
        ((300, 100), 40, [30, 10]),
        ((990, 10, 0), 100, [99, 1, 0]),
        ((1000, 1, 1), 10, [8, 1, 1]),
        ((3, 3, 3), 9, [3, 3, 3]),
        ((5, 0, 5), 100, [5, 0, 5]),
        ((2, 2, 2), 5, None),
        ((7, 1, 50, 13), 30, None),
    ],
    ids=repr,
)
def test_proportions(sizes: tuple[int, ...], count: int, expected: list[int] | None) -> None:
    drawn = counts(stratified_subset(build(*sizes), count, seed=0))
    assert expected is None or drawn == expected
    assert sum(drawn) == min(count, sum(sizes))
    for got, size in zip(drawn, sizes, strict=True):
        assert (got >= 1) == (size >= 1)
        assert got <= size
        assert got == 1 or got <= count * size / sum(sizes) + 1


def test_fewer_images_than_classes() -> None:
    drawn = counts(stratified_subset(build(*[3] * 1000), 500, seed=0))
    assert sum(drawn) == 500
    assert max(drawn) == 1


def test_order_is_kept_and_the_seed_decides() -> None:
    data = build(200, 100)
    first = stratified_subset(data, 30, seed=0)
    rows = [one.index for one in first.entries]
    assert rows == sorted(rows)
    assert all(one == data.entries[one.index] for one in first.entries)
    assert stratified_subset(data, 30, seed=0).fingerprint == first.fingerprint
    assert stratified_subset(data, 30, seed=1).fingerprint != first.fingerprint


def test_larger_draws_contain_smaller_ones() -> None:
    data = build(200, 100)
    small, large = ({one.image_id for one in stratified_subset(data, n, seed=0).entries} for n in (30, 90))
    assert small < large


def test_all_or_more_is_the_data_itself() -> None:
    data = build(2, 3)
    assert stratified_subset(data, 5, seed=0) is data
    assert stratified_subset(data, 50, seed=0) is data


def test_a_subset_of_a_subset_still_decodes() -> None:
    subset = stratified_subset(stratified_subset(build(20, 20), 10, seed=0), 4, seed=1)
    assert [subset.decode(one).note for one in subset.entries] == [one.image_id for one in subset.entries]


def test_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="expected `count` of at least 1, got 0"):
        stratified_subset(build(2), 0, seed=0)


def test_draws_differ_by_seed_purpose_and_name() -> None:
    assert len({draw_key(0, "a", "x"), draw_key(1, "a", "x"), draw_key(0, "b", "x"), draw_key(0, "a", "y")}) == 4
