import pytest

from robustness.corruptions import PROFILES
from robustness.perturbations import (
    CIFAR_TEST_PERTURBATIONS,
    COURSES,
    NOISE_PERTURBATIONS,
    PERTURBATIONS,
    TEST_PERTURBATIONS,
    VALIDATION_PERTURBATIONS,
)

# First, middle and last step, as the original's scripts have them.
ENDS = {
    ("motion_blur", "imagenet"): (-120, -60, 0),
    ("motion_blur", "cifar"): (-180, -90, 0),
    ("zoom_blur", "imagenet"): (1, 1.06, 1.12),
    ("snow", "imagenet"): (-150, -90, -30),
    ("brightness", "imagenet"): (-0.3, 0, 0.3),
    ("brightness", "cifar"): (-0.225, 0, 0.225),
    ("translate", "imagenet"): (-20, 0, 20),
    ("translate", "tiny"): (-15, 0, 15),
    ("rotate", "cifar"): (-15, 0, 15),
    ("tilt", "cifar"): (-11.25, 0, 11.25),
    ("scale", "imagenet"): (0.4, 0.775, 1.15),
    ("scale", "cifar"): (0.7, 1, 1.3),
    ("gaussian_blur", "imagenet"): (0.25, 0.775, 1.3),
    ("gaussian_blur", "cifar"): (0.3, 0.525, 0.75),
    ("shear", "imagenet"): (-15, 0, 15),
}


def test_every_perturbation_has_a_course_in_every_profile():
    assert list(COURSES) == list(PERTURBATIONS) == [*TEST_PERTURBATIONS, *VALIDATION_PERTURBATIONS]
    assert all(tuple(profiles) == PROFILES for profiles in COURSES.values())


def test_frames_are_as_many_as_in_the_original():
    frames = {(name, profile): len(course.steps) for name, all_ in COURSES.items() for profile, course in all_.items()}
    others = {("translate", "imagenet"): 41, ("translate", "cifar"): 16, ("motion_blur", "cifar"): 21}
    assert {place: count for place, count in frames.items() if count != 31} == others


@pytest.mark.parametrize("place, expected", ENDS.items(), ids=str)
def test_steps_run_as_in_the_original(place, expected):
    steps = COURSES[place[0]][place[1]].steps
    assert (steps[0], steps[len(steps) // 2], steps[-1]) == pytest.approx(expected)


def test_cifar_exchanges_snow_and_spatter():
    assert set(TEST_PERTURBATIONS) ^ set(CIFAR_TEST_PERTURBATIONS) == {"snow", "spatter"}
    assert len(TEST_PERTURBATIONS) == len(CIFAR_TEST_PERTURBATIONS) == 10


def test_noise_is_what_is_called_noise():
    assert list(NOISE_PERTURBATIONS) == [name for name in PERTURBATIONS if "noise" in name]
