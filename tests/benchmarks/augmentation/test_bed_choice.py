import pytest

from benchmarks.augmentation.bed_choice import BEDS, FOLDERS_TRAINING, Wish, choose_bed
from benchmarks.augmentation.beds import DigitsBed, FoldersBed, PlantedBed


def test_beds_by_name() -> None:
    assert choose_bed(Wish()) == BEDS["digits"]
    bed, training = choose_bed(Wish(bed="planted", epochs=3, architecture="test_efficientnet"))
    assert isinstance(bed, PlantedBed)
    assert (training.epochs, training.architecture) == (3, "test_efficientnet")
    assert isinstance(BEDS["digits"][0], DigitsBed)


def test_digits_and_shapes_are_not_mirrored() -> None:
    assert not any(training.flip for _, training in BEDS.values())


def test_own_images_come_first() -> None:
    bed, training = choose_bed(Wish(bed="planted", train="a", test="b", side=48))
    assert bed == FoldersBed(train="a", test="b", side=48)
    assert training == FOLDERS_TRAINING


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (Wish(bed="letters"), "expected --bed among digits, planted, got 'letters'"),
        (Wish(train="a"), "got no --test"),
        (Wish(test="a"), "got no --data"),
    ],
    ids=str,
)
def test_mistakes(wish: Wish, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        choose_bed(wish)
