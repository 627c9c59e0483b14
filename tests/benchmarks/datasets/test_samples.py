import pickle
from array import array
from dataclasses import replace

import pytest
from PIL import Image

from benchmarks.conditions import CLEAN, Condition
from benchmarks.datasets.samples import (
    Decoded,
    Entries,
    Sample,
    Samples,
    natural_key,
    normalised,
    readable,
    sorted_names,
)

FOG = Condition(kind="published", name="fog", severity=1)


def read(sample: Sample, condition: Condition) -> Decoded:
    return Decoded(image=Image.new("RGB", (1, 1)), status="ok", note=f"{sample.image_id} {condition.name}")


def entries() -> Entries:
    return Entries(
        ids=["a/1", "b/1", "b/2"],
        labels=array("l", [0, 2, 2]),
        sizes=array("q", [5, 6, 7]),
        rows=range(3),
        class_names=("a", "empty", "b"),
        prefix="/data/",
    )


def samples() -> Samples:
    return Samples(name="n", location="/data", entries=entries(), read=read)


def test_entries_are_a_sequence_of_samples() -> None:
    last = Sample(image_id="b/2", path="/data/b/2", class_name="b", index=2)
    assert len(entries()) == 3
    assert entries()[2] == entries()[-1] == list(entries())[2] == last
    assert entries()[1:] == [entries()[1], last]
    with pytest.raises(IndexError):
        entries()[3]


def test_selection_keeps_the_order_asked_for_and_the_positions_in_the_complete_data() -> None:
    chosen = samples().select([2, 0])
    assert [(one.image_id, one.index) for one in chosen.entries] == [("b/2", 2), ("a/1", 0)]
    assert chosen.select([1]).entries[0] == samples().entries[0]
    assert chosen.class_names == ("a", "empty", "b")


@pytest.mark.parametrize(
    "change",
    [
        {"ids": ["a/1", "b/1", "b/3"]},
        {"labels": [0, 0, 2]},
        {"sizes": [5, 6, 8]},
        {"class_names": ("a", "c", "b")},
    ],
    ids=repr,
)
def test_fingerprint_sees_ids_labels_sizes_and_names(change: dict[str, object]) -> None:
    changed = replace(samples(), entries=replace(entries(), **change))
    assert changed.fingerprint != samples().fingerprint


def test_fingerprint_does_not_see_the_location() -> None:
    moved = replace(samples(), name="other", location="/", entries=replace(entries(), prefix="/elsewhere/"))
    assert moved.fingerprint == samples().fingerprint
    assert replace(samples(), conditions=(FOG,)).fingerprint != samples().fingerprint
    assert len(samples().fingerprint) == 64


def test_only_stored_conditions_can_be_decoded() -> None:
    ordinary, stored = samples(), replace(samples(), conditions=(FOG,))
    assert ordinary.decode(ordinary.entries[0]).note == "a/1 clean"
    assert stored.decode(stored.entries[0], FOG).note == "a/1 fog"
    with pytest.raises(ValueError, match=r"expected a condition that n stores, .*'clean'.* got .*'fog'"):
        ordinary.decode(ordinary.entries[0], FOG)
    with pytest.raises(ValueError, match=r"got .*'clean'"):
        stored.decode(stored.entries[0], CLEAN)


def test_samples_travel_to_other_processes() -> None:
    copy = pickle.loads(pickle.dumps(samples()))
    assert copy.fingerprint == samples().fingerprint
    assert copy.decode(copy.entries[1]).note == "b/1 clean"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ids": ["a/1"]}, "one length"),
        ({"ids": ["x"] * 3}, "unique image ids"),
        ({"class_names": ("a",) * 3}, "names"),
    ],
    ids=["length", "ids", "names"],
)
def test_inconsistent_columns_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(entries(), **change)


def test_numbers_inside_names_sort_as_numbers() -> None:
    assert sorted_names(["10", "9", "1", "9"]) == ("1", "9", "10")
    assert sorted_names(["b", "a10", "a9", "7", "²"]) == ("7", "a9", "a10", "b", "²")
    assert natural_key("01") != natural_key("1")


def test_names_become_text_that_can_be_stored() -> None:
    assert readable("日本.jpg") == "日本.jpg"
    assert readable("\udcff").encode() == rb"\xff"
    assert normalised("cafe\u0301") == "caf\u00e9"
