from robustness.augmentations.operations import OPERATIONS, OVERLAPPING_OPERATIONS, PAPER_OPERATIONS


def test_names_are_those_of_the_functions_in_the_order_of_the_published_code() -> None:
    assert all(function.__name__ == name for name, function in OPERATIONS.items())
    assert (*PAPER_OPERATIONS, *OVERLAPPING_OPERATIONS) == tuple(OPERATIONS)
    assert len(PAPER_OPERATIONS) == 9
    assert OVERLAPPING_OPERATIONS == ("color", "contrast", "brightness", "sharpness")
