from dataclasses import replace

import pytest

from benchmarks.explanations import PlantedSetting, parse_rules


def test_rules_and_seeds_make_classifiers() -> None:
    settings = parse_rules("size+marker,shape,stripes+marker75", [0, 3], PlantedSetting(images=7))
    assert [(one.rule, one.correlation, one.seed) for one in settings] == [
        ("size", 1.0, 0), ("shape", None, 0), ("stripes", 0.75, 0),
        ("size", 1.0, 3), ("shape", None, 3), ("stripes", 0.75, 3),
    ]  # fmt: skip
    assert all(one.images == 7 for one in settings)
    assert settings[2].name == "stripes, marker 75 %, seed 0"
    assert settings[1].design.correlation is None and settings[2].design.correlation == 0.75


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("", "expected at least one of --rules"),
        ("size+hue", "expected --rules such as size"),
        ("size+marker9x", "expected --rules such as size"),
        ("colour", "expected a rule among shape"),
        ("marker+marker", "a rule that reads marker"),
        ("size+marker20", "expected `correlation` in 0.5..1"),
    ],
)
def test_mistakes_are_messages(rules: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_rules(rules, [0])


def test_everything_counts_for_the_fingerprint() -> None:
    setting = PlantedSetting()
    changes = [{"rule": "shape"}, {"correlation": 1.0}, {"seed": 1}, {"steps": 5}, {"images": 9}, {"side": 64}]
    prints = {replace(setting, **change).fingerprint() for change in [{}, *changes]}  # type: ignore[arg-type]
    assert len(prints) == 1 + len(changes)
    assert setting.fingerprint("occlusion") != setting.fingerprint()
    with pytest.raises(ValueError, match="expected --images of at least 2"):
        PlantedSetting(images=1)
