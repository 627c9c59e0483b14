from benchmarks.findings.folders import find_folders


def test_images_in_class_folders_or_without_folders_have_no_groups() -> None:
    assert find_folders([f"{label}/{n}.png" for label in "ab" for n in range(9)]) == []
    assert find_folders([f"{n:04d}" for n in range(9)]) == []


def test_folders_of_one_name_come_together_and_alone() -> None:
    ids = [f"{label}/{camera}/{n}.png" for label in "ab" for camera in ("left", "right") for n in range(6)]
    found = {folder.name: folder.places.tolist() for folder in find_folders(ids)}
    assert found["*/left"] == [*range(6), *range(12, 18)] and found["a/left"] == list(range(6))


def test_a_folder_of_one_class_is_named_once_and_small_ones_are_not() -> None:
    ids = [*(f"a/x/{n}.png" for n in range(6)), *(f"b/y/deep/{n}.png" for n in range(5)), "b/z/0.png"]
    assert [folder.name for folder in find_folders(ids)] == ["*/x", "*/y"]
