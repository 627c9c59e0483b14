import pytest

from benchmarks.conditions import CLEAN, Condition
from benchmarks.presets import PRESETS, choose_conditions, choose_profile, missing_corruptions
from robustness.corruptions import CORRUPTIONS, TEST_CORRUPTIONS


def test_quick_is_five_corruptions_at_two_severities() -> None:
    conditions = choose_conditions(PRESETS["quick"])
    assert conditions[0] == CLEAN
    assert len({condition.name for condition in conditions[1:]}) == 5
    assert len(conditions) == 1 + 5 * 2
    assert PRESETS["quick"].images == 500


@pytest.mark.parametrize("available", [True, False])
def test_full_is_every_test_corruption_that_can_be_made(monkeypatch: pytest.MonkeyPatch, available: bool) -> None:
    monkeypatch.setattr("benchmarks.presets.frost_available", lambda: available)
    conditions = choose_conditions(PRESETS["full"])
    names = [name for name in TEST_CORRUPTIONS if available or name != "frost"]
    assert [condition.name for condition in conditions[1::5]] == names
    assert len(conditions) == 1 + 5 * len(names)
    assert PRESETS["full"].images is None
    assert set(missing_corruptions()) == (set() if available else {"frost"})


def test_frost_by_name_without_its_textures_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.presets.frost_available", lambda: False)
    with pytest.raises(ValueError, match=r"expected to make frost, but .*classifier-audit\[frost\].*--frost-dir"):
        choose_conditions(PRESETS["quick"], corruptions=("frost",))


def test_the_users_choice_goes_first() -> None:
    conditions = choose_conditions(PRESETS["full"], corruptions=("contrast",), severities=(5, 1))
    assert [(condition.name, condition.severity) for condition in conditions] == [
        ("clean", 0),
        ("contrast", 5),
        ("contrast", 1),
    ]


def test_all_takes_the_extra_ones_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.presets.frost_available", lambda: True)
    everything = choose_conditions(PRESETS["quick"], corruptions=("all",))
    assert [condition.name for condition in everything[1::2]] == list(CORRUPTIONS)
    monkeypatch.setattr("benchmarks.presets.frost_available", lambda: False)
    rest = choose_conditions(PRESETS["quick"], corruptions=("all",))
    assert [condition.name for condition in rest[1::2]] == [name for name in CORRUPTIONS if name != "frost"]


def test_a_word_said_twice_counts_once() -> None:
    conditions = choose_conditions(PRESETS["full"], corruptions=("fog", "snow", "fog"), severities=(2, 2))
    assert [condition.name for condition in conditions] == ["clean", "fog", "snow"]


def test_clean_images_beside_published_ones_are_kept() -> None:
    stored = [CLEAN, *(Condition(kind="published", name=name, severity=1) for name in ("fog", "snow"))]
    assert choose_conditions(PRESETS["full"], published=stored) == tuple(stored)
    assert choose_conditions(PRESETS["full"], published=stored, corruptions=["all"]) == tuple(stored)
    assert choose_conditions(PRESETS["full"], published=stored, corruptions=["snow"]) == (CLEAN, stored[2])


def test_published_conditions_replace_generated_ones() -> None:
    stored = [Condition(kind="published", name=name, severity=level) for name in ("fog", "snow") for level in (1, 2, 4)]
    assert choose_conditions(PRESETS["full"], published=stored) == tuple(stored)
    quick = choose_conditions(PRESETS["quick"], published=stored, corruptions=["snow"])
    assert [(condition.name, condition.severity) for condition in quick] == [("snow", 2), ("snow", 4)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"corruptions": ["blurr"]}, "expected --corruptions among gaussian_noise.*got 'blurr'"),
        ({"severities": [0]}, "expected --severities among 1, 2, 3, 4, 5, got 0"),
    ],
)
def test_unknown_choices_are_refused(options: dict[str, list[object]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        choose_conditions(PRESETS["quick"], **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("size", "profile"), [((28, 28), "cifar"), ((32, 400), "cifar"), ((96, 96), "tiny"), ((299, 299), "imagenet")]
)
def test_the_profile_follows_the_shorter_side(size: tuple[int, int], profile: str) -> None:
    assert choose_profile(size) == profile
