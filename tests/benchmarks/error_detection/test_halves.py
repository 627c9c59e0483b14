from benchmarks.conditions import Condition
from benchmarks.error_detection.halves import CALIBRATION, EVALUATION, mild_severity, split_halves

IDS = [f"{number}.png" for number in range(101)]


def test_the_halves_depend_on_ids_and_seed_alone() -> None:
    halves = split_halves(IDS, seed=3)
    assert split_halves([*reversed(IDS), "5.png"], seed=3) == halves
    assert split_halves(IDS, seed=4) != halves
    assert list(halves.values()).count(CALIBRATION) == 50 and list(halves.values()).count(EVALUATION) == 51


def test_no_image_at_all_is_no_error() -> None:
    assert split_halves([], seed=0) == {}
    assert split_halves(["a"], seed=0) == {"a": EVALUATION}


def test_published_severities_decide_what_is_mild() -> None:
    def levels(*severities: int) -> list[Condition]:
        return [Condition(kind="published", name="fog", severity=severity) for severity in severities]

    assert [mild_severity(levels(*found)) for found in ([0], [0, 1, 2, 3], [3, 5])] == [2, 2, 3]
