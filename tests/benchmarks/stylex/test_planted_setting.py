"""Words for planted systems, and what decides them."""

from dataclasses import replace

import pytest

from benchmarks.stylex.planted_setting import PlantedStylex, parse_systems


def test_rules_and_seeds_are_crossed() -> None:
    systems = parse_systems("size+marker,coin", [0, 3])
    assert [one.name for one in systems] == [
        "size, marker 100 %, seed 0", "coin, seed 0", "size, marker 100 %, seed 3", "coin, seed 3",
    ]  # fmt: skip
    assert [one.setting.recipe.seed for one in systems] == [0, 0, 3, 3]
    assert systems[2].design.seed == systems[2].fitting.seed == 3


def test_systems_differ_by_all_that_decides_them() -> None:
    one = PlantedStylex()
    others = [replace(one, seed=1), replace(one, rule="size"), replace(one, jitter=0.05), replace(one, judged=100)]
    assert len({system.fingerprint() for system in (one, *others)}) == 5
    assert one.fingerprint() == PlantedStylex().fingerprint()
    assert len({system.training_fingerprint() for system in (one, *others)}) == 4, "the last is judged otherwise"
    assert parse_systems("size+jitter", [0])[0].design.scene.jitter > 0


@pytest.mark.parametrize(
    ("text", "seeds", "message"),
    [
        ("", [0], "at least one of --rules"),
        ("size", [], "at least one of --rules and of --seeds"),
        ("size+hue", [0], r"expected --rules such as size, size\+marker or size\+jitter, got 'size\+hue'"),
        ("shape", [0], "expected a rule with two classes, got shape with 4"),
        ("colour", [0], "expected a rule among"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, seeds: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_systems(text, seeds)
