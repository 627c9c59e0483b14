import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from benchmarks.datasets.opening import open_samples
from benchmarks.labels import match_labels
from tests.benchmarks.datasets.pictures import encoded, picture, save


def write_tar(path: Path, members: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def test_folder(tmp_path: Path) -> None:
    save(tmp_path / "a/x.png")
    for location in (tmp_path, str(tmp_path), f"{tmp_path}/"):
        data = open_samples(location)
        assert (data.class_names, data.conditions, data.name) == (("a",), (), tmp_path.name)
        assert data.location == str(tmp_path)


def test_relative_paths_survive_a_change_of_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "a/x.png")
    monkeypatch.chdir(tmp_path)
    data = open_samples(".")
    monkeypatch.chdir("/")
    assert data.name == tmp_path.name
    assert data.decode(data.entries[0]).status == "ok"


def test_published_tree(tmp_path: Path) -> None:
    save(tmp_path / "noise/gaussian_noise/3/a/x.png")
    assert [(one.name, one.severity) for one in open_samples(tmp_path).conditions] == [("gaussian_noise", 3)]


def test_one_cell_of_a_published_tree_is_an_ordinary_folder(tmp_path: Path) -> None:
    save(tmp_path / "fog/3/a/x.png")
    assert open_samples(tmp_path / "fog/3").conditions == ()


def test_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", np.zeros((2, 4, 4, 3), np.uint8))
    with pytest.raises(ValueError, match="expected the labels of"):
        open_samples(tmp_path)
    np.save(tmp_path / "labels.npy", np.array([0, 1]))
    assert len(open_samples(tmp_path).entries) == 2


def test_arrays_with_unknown_names_are_explained(tmp_path: Path) -> None:
    np.save(tmp_path / "cifar.npy", np.zeros((2, 4, 4, 3), np.uint8))
    with pytest.raises(ValueError, match=r"in one of labels\.npy, y\.npy"):
        open_samples(tmp_path)


def test_pickled_cifar_is_refused(tmp_path: Path) -> None:
    (tmp_path / "test_batch").write_bytes(b"x")
    with pytest.raises(ValueError, match="pickled batches, which run code when opened"):
        open_samples(tmp_path)


def test_tars(tmp_path: Path) -> None:
    png = encoded(picture(), "PNG")
    single = write_tar(tmp_path / "one.tar", {"a/x.png": png})
    assert open_samples(single).class_names == ("a",)
    write_tar(tmp_path / "many/a.tar", {"x.png": png})
    write_tar(tmp_path / "many/b.tar", {"x.png": png})
    assert open_samples(tmp_path / "many").class_names == ("a", "b")


def test_webdataset(tmp_path: Path) -> None:
    write_tar(tmp_path / "s-0.tar", {"0.png": encoded(picture(), "PNG"), "0.cls": b"4"})
    for location in (f"wds/{tmp_path}", f"wds/{tmp_path}/s-0.tar", f"wds/{tmp_path}/s-*.tar"):
        assert open_samples(location).class_names == ("4",)


@pytest.mark.parametrize("name", ["tfds/mnist", "hfids/x"])
def test_streams_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected data with random access"):
        open_samples(name)


def test_names_reach_the_libraries(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"torch/cifar10\?root=FOLDER"):
        open_samples("torch/cifar10")


def test_a_path_that_exists_comes_before_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "torch/mine/a/x.png")
    monkeypatch.chdir(tmp_path)
    assert open_samples("torch/mine").class_names == ("a",)


def test_nothing_and_files(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="got nothing at"):
        open_samples(tmp_path / "x")
    with pytest.raises(NotADirectoryError, match=r"or a \.tar file, got the file"):
        open_samples(save(tmp_path / "x.png"))


def test_thousand_numbered_folders_meet_a_thousand_class_head(tmp_path: Path) -> None:
    content = encoded(picture(size=(2, 2)), "PNG")
    for number in range(1000):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "x.png").write_bytes(content)
    data = open_samples(tmp_path)
    match = match_labels(data.class_names, [f"class {number}" for number in range(1000)], class_map="index")
    assert [match.indices[one.class_name] for one in data.entries] == list(range(1000))


def test_embedded_digits_have_names() -> None:
    train, test = open_samples("digits/train"), open_samples("digits/test")
    assert (len(train.entries), len(test.entries)) == (899, 898)
    assert not set(train.entries.ids) & set(test.entries.ids)


def test_the_embedded_digits_by_name() -> None:
    assert len(open_samples("digits/test").entries) == len(open_samples("coloured-digits/test").entries) == 898
    assert open_samples("coloured-digits/train").name == "coloured-digits"
    assert len(open_samples("coloured-digits").entries) == 1797
    with pytest.raises(FileNotFoundError, match="got nothing at coloured-digits/all"):
        open_samples("coloured-digits/all")
