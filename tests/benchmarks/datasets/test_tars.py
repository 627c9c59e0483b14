import io
import json
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from timm.data.readers.reader_image_in_tar import ReaderImageInTar

from benchmarks.datasets.decoding import decode_image
from benchmarks.datasets.folder import open_folder
from benchmarks.datasets.tars import open_tars, open_webdataset, tar_files
from tests.benchmarks.datasets.pictures import encoded, picture, save

PNG = [encoded(picture(seed), "PNG") for seed in range(8)]


def tar(members: dict[str, bytes], path: Path | None = None, mode: str = "w") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stream.getvalue())
    return stream.getvalue()


def test_class_folders_in_a_tar_are_the_same_as_on_the_disk(tmp_path: Path) -> None:
    names = ["10/a.png", "9/b.png", "9/a.png", "con/x.png"]
    for seed, name in enumerate(names):
        save(tmp_path / "folder" / name, seed)
    tar({name: PNG[seed] for seed, name in enumerate(names)}, tmp_path / "data.tar")
    inside, outside = open_tars(tmp_path / "data.tar"), open_folder(tmp_path / "folder")
    assert inside.class_names == outside.class_names == ("9", "10", "con")
    assert inside.fingerprint == outside.fingerprint
    assert inside.name == "data"
    for one, other in zip(inside.entries, outside.entries, strict=True):
        assert one.image_id == other.image_id
        np.testing.assert_array_equal(np.asarray(inside.decode(one).image), np.asarray(outside.decode(other).image))


def test_index_agrees_with_timm(tmp_path: Path) -> None:
    """Reference: timm's reader, for the layouts and formats that it knows."""
    inner = tar({"x.png": PNG[2], "y.png": PNG[3]})
    tar({"deep/val/n1/a.png": PNG[0], "b.png": PNG[1]}, tmp_path / "n2.tar")
    tar({"n3.tar": inner}, tmp_path / "outer.tar")
    reader = ReaderImageInTar(str(tmp_path))
    expected = {}
    for index in range(len(reader)):
        file, target = reader[index]
        expected[file.read()] = reader.class_idx_to_name[target]
    for state in reader.tar_state.values():
        state.tf.close()
    data = open_tars(tmp_path)
    assert data.class_names == ("n1", "n2", "n3")
    assert {one.class_name: one.image_id for one in data.entries}["n3"] == "outer.tar/n3.tar/y.png"
    by_pixels = {np.asarray(data.decode(one).image).tobytes(): one.class_name for one in data.entries}
    assert by_pixels == {np.asarray(decode_image(content).image).tobytes(): name for content, name in expected.items()}
    assert len(data.entries) == len(reader) == 4


def test_other_formats_bad_images_links_and_strangers_are_not_lost(tmp_path: Path) -> None:
    members = {
        "a/x.WEBP": encoded(picture(), "WEBP"),
        "a/y.jpg": b"",
        "a/z.jpg": b"<html>",
        "a/t.txt": b"hi",
        "a/._y.jpg": b"x",
    }
    stream = io.BytesIO(tar(members))
    with tarfile.open(fileobj=stream, mode="a") as archive:
        link = tarfile.TarInfo("a/link.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "y.jpg"
        archive.addfile(link)
    (tmp_path / "d.tar").write_bytes(stream.getvalue())
    data = open_tars(tmp_path / "d.tar")
    assert {one.image_id: data.decode(one).status for one in data.entries} == {
        "a/x.WEBP": "ok",
        "a/y.jpg": "empty",
        "a/z.jpg": "unreadable",
    }
    assert data.ignored == ("d.tar/a/link.jpg (link)", "d.tar/a/t.txt")


def test_the_later_copy_counts(tmp_path: Path) -> None:
    stream = io.BytesIO(tar({"a/x.png": PNG[0]}))
    with tarfile.open(fileobj=stream, mode="a") as archive:
        info = tarfile.TarInfo("a/x.png")
        info.size = len(PNG[1])
        archive.addfile(info, io.BytesIO(PNG[1]))
    (tmp_path / "d.tar").write_bytes(stream.getvalue())
    data = open_tars(tmp_path / "d.tar")
    np.testing.assert_array_equal(np.asarray(data.decode(data.entries[0]).image), np.asarray(picture(1)))
    assert data.ignored == ("d.tar/a/x.png (older copy)",)


def test_threads_share_nothing(tmp_path: Path) -> None:
    tar({f"a/{seed}.png": content for seed, content in enumerate(PNG)}, tmp_path / "d.tar")
    data = open_tars(tmp_path / "d.tar")
    with ThreadPoolExecutor(8) as pool:
        images = list(pool.map(data.decode, list(data.entries) * 20))
    for number, decoded in enumerate(images):
        np.testing.assert_array_equal(np.asarray(decoded.image), np.asarray(picture(number % len(PNG))))
    (tmp_path / "d.tar").unlink()
    assert data.decode(data.entries[0]).status == "missing"


def test_what_is_no_tar(tmp_path: Path) -> None:
    whole = tar({"a/x.png": PNG[0], "a/y.png": PNG[0] * 50})
    for content in (b"", b"<html>" * 200, whole[: len(whole) // 3], tar({"a/x.png": PNG[0]}, mode="w:gz")):
        (tmp_path / "d.tar").write_bytes(content)
        with pytest.raises(ValueError, match="expected a whole, uncompressed tar file"):
            open_tars(tmp_path / "d.tar")


def test_tars_without_classes_or_images(tmp_path: Path) -> None:
    tar({"x.png": PNG[0]}, tmp_path / "d.tar")
    with pytest.raises(ValueError, match=r"in class folders inside .*d\.tar, got x\.png"):
        open_tars(tmp_path / "d.tar")
    tar({"a/x.txt": b"x"}, tmp_path / "d.tar")
    with pytest.raises(ValueError, match="expected images in"):
        open_tars(tmp_path / "d.tar")


def test_tar_files(tmp_path: Path) -> None:
    for name in ("val-10.tar", "val-9.tar", "train-0.tar", ".hidden.tar", "x.tar.gz"):
        (tmp_path / name).touch()
    assert [one.name for one in tar_files(tmp_path)] == ["train-0.tar", "val-9.tar", "val-10.tar"]
    assert [one.name for one in tar_files(tmp_path / "val-*.tar")] == ["val-9.tar", "val-10.tar"]
    with pytest.raises(FileNotFoundError, match="compressed tars must be unpacked"):
        tar_files(tmp_path / "test-*.tar")
    with pytest.raises(FileNotFoundError, match="got none"):
        tar_files(tmp_path / "x.tar")


@pytest.mark.parametrize("names", [(), ("cat", "café", "dog")], ids=["numbers", "names"])
def test_webdataset_shards(tmp_path: Path, names: tuple[str, ...]) -> None:
    tar({"000.png": PNG[0], "000.cls": b"2\n", "001.cls": b"0", "001.png": PNG[1]}, tmp_path / "val-0.tar")
    tar({"d/000.JPG": PNG[2], "d/000.json": b'{"label": 1}', "d/info.txt": b"x"}, tmp_path / "val-1.tar")
    if names:
        (tmp_path / "class_names.txt").write_text("\n".join(names), "utf-8")
    data = open_webdataset(tmp_path)
    assert data.class_names == (names or ("0", "1", "2"))
    meant = {one.image_id: one.class_name for one in data.entries}
    order = names or ("0", "1", "2")
    assert meant == {
        "val-0.tar/001.png": order[0],
        "val-1.tar/d/000.JPG": order[1],
        "val-0.tar/000.png": order[2],
    }
    assert data.ignored == ("val-1.tar/d/info.txt",)
    decoded = data.decode(next(one for one in data.entries if one.image_id == "val-1.tar/d/000.JPG"))
    assert (decoded.status, decoded.note) == ("ok", "wrong_extension")
    np.testing.assert_array_equal(np.asarray(decoded.image), np.asarray(picture(2)))


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"0.png": PNG[0]}, "expected a label for 0 in"),
        ({"0.png": PNG[0], "0.cls": b"7"}, "expected labels below 2, .* got 7 for 0"),
        ({"0.png": PNG[0], "0.json": json.dumps([1]).encode()}, "expected a label"),
        ({"0.png": PNG[0], "0.jpg": PNG[0], "0.cls": b"0"}, "expected one image per sample, got png, jpg of 0"),
        ({"0.cls": b"0"}, "expected images in"),
    ],
    ids=range(5),
)
def test_webdataset_problems(tmp_path: Path, members: dict[str, bytes], message: str) -> None:
    tar(members, tmp_path / "s.tar")
    (tmp_path / "classnames.txt").write_text("cat\ndog\n")
    with pytest.raises(ValueError, match=message):
        open_webdataset(tmp_path / "s.tar")


def test_webdataset_labels_may_be_names(tmp_path: Path) -> None:
    tar({"0.png": PNG[0], "0.cls": b"dog"}, tmp_path / "s.tar")
    assert open_webdataset(tmp_path / "s.tar").class_names == ("dog",)
