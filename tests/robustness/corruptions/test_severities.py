import pytest

from robustness.corruptions import severities
from robustness.corruptions.severities import (
    EXTRA_CORRUPTIONS,
    GROUPS,
    PROFILES,
    SEVERITIES,
    TEST_CORRUPTIONS,
)


def test_fifteen_test_names_and_four_extra_ones_have_constants_in_paper_order():
    assert len(TEST_CORRUPTIONS) == 15
    assert len(EXTRA_CORRUPTIONS) == 4
    assert tuple(SEVERITIES) == TEST_CORRUPTIONS + EXTRA_CORRUPTIONS


def test_groups_count_three_noises_and_four_each_of_blur_weather_and_digital():
    assert {group: len(names) for group, names in GROUPS.items()} == {
        "noise": 3,
        "blur": 4,
        "weather": 4,
        "digital": 4,
    }
    assert "brightness" in GROUPS["weather"]


@pytest.mark.parametrize("name", SEVERITIES)
def test_every_profile_has_five_constants_of_one_form(name):
    assert tuple(SEVERITIES[name]) == PROFILES
    constants = [constant for profile in PROFILES for constant in SEVERITIES[name][profile]]
    assert len(constants) == 15
    lengths = {len(constant) if isinstance(constant, tuple) else 0 for constant in constants}
    assert len(lengths) == 1


@pytest.mark.parametrize("size, scale", [("tiny", 64 / 224), ("cifar", 32 / 224)])
def test_elastic_distances_shrink_with_the_image(size, scale):
    affine = [constant[2] for constant in SEVERITIES["elastic_transform"][size]]
    assert max(affine) < scale * 48.8


def test_public_names_exist():
    assert all(name in vars(severities) for name in severities.__all__)
