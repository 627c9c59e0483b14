import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.datasets import decoding
from benchmarks.datasets.decoding import IMAGE_SUFFIXES, MAX_PIXELS, STATUSES, decode_image
from tests.benchmarks.datasets.pictures import bomb, encoded, picture

JPEG = encoded(picture(size=(60, 40)), "JPEG")
PNG = encoded(picture(size=(60, 40)), "PNG")


def corrupt_exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x9286] = 6, "x" * 100
    return encoded(picture(), "JPEG", exif=exif.tobytes()[:20])


@pytest.mark.parametrize(
    ("content", "name", "status", "note"),
    [
        (JPEG, "a.jpg", "ok", ""),
        (JPEG, "a.JPEG", "ok", ""),
        (JPEG, "a", "ok", ""),
        (JPEG, "a.png", "ok", "wrong_extension"),
        (PNG, "a.jpg", "ok", "wrong_extension"),
        (encoded(picture().convert("LA"), "PNG"), "a.bmp", "ok", "grey,alpha,wrong_extension"),
        (encoded(picture(), "MPO", save_all=True, append_images=[picture(1)]), "a.jpg", "ok", ""),
        (corrupt_exif(), "a.jpg", "ok", ""),
        (b"", "a.jpg", "empty", ""),
        (JPEG[: len(JPEG) // 2], "a.jpg", "truncated", ""),
        (JPEG[:-20], "a.jpg", "truncated", ""),
        (JPEG[:20], "a.jpg", "truncated", ""),
        (PNG[: len(PNG) // 2], "a.png", "truncated", ""),
        (PNG[:20], "a.png", "truncated", ""),
        (encoded(picture(), "GIF")[:100], "a.gif", "truncated", ""),
        (encoded(picture(), "BMP")[:100], "a.bmp", "truncated", ""),
        (encoded(picture(), "PPM")[:100], "a.ppm", "truncated", ""),
        (encoded(picture(), "TIFF")[:400], "a.tif", "truncated", ""),
        (encoded(picture(), "TIFF", compression="tiff_lzw")[:400], "a.tif", "truncated", ""),
        (encoded(picture(), "WEBP")[:100], "a.webp", "truncated", ""),
        (b"<!DOCTYPE html><html>404</html>", "a.jpg", "unreadable", "html"),
        (b"\xef\xbb\xbf\n <HTML>404", "a.jpg", "unreadable", "html"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "a.jpg", "unreadable", "git_lfs_pointer"),
        (b"hello", "a.jpg", "unreadable", "not_an_image"),
        (np.random.default_rng(0).bytes(3000), "a.jpg", "unreadable", "not_an_image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "a.jpg", "unreadable", "not_an_image"),
        (PNG[:40] + bytes(200) + PNG[240:], "a.png", "unreadable", "corrupt"),
        (bomb(10_000, 9_000), "a.png", "too_large", "10000x9000"),
        (bomb(100_000, 100_000), "a.png", "too_large", "decompression_bomb"),
        (bomb(0, 9), "a.png", "unreadable", "corrupt"),
    ],
    ids=range(30),
)
def test_every_content_has_its_outcome(content: bytes, name: str, status: str, note: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    for decoded in (decode_image(content, name=name), decode_image(path), decode_image(str(path))):
        assert (decoded.status, decoded.note) == (status, note)
        assert (decoded.image is None) == (status != "ok")
        assert decoded.image is None or decoded.image.mode == "RGB"
        assert decoded.status in STATUSES


def test_the_limit_is_where_it_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_PIXELS == Image.MAX_IMAGE_PIXELS
    monkeypatch.setattr(decoding, "MAX_PIXELS", 60 * 40)
    assert decode_image(JPEG).status == "ok"
    monkeypatch.setattr(decoding, "MAX_PIXELS", 60 * 40 - 1)
    assert decode_image(JPEG).note == "60x40"


def test_huge_files_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    with path.open("wb") as file:
        file.truncate(decoding.MAX_FILE_BYTES + 1)  # sparse
    assert decode_image(path).note == f"{decoding.MAX_FILE_BYTES + 1}_bytes"
    assert decode_image(path).status == "too_large"


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    assert decode_image(tmp_path / "a.jpg").status == "missing"
    (tmp_path / "file").write_bytes(JPEG)
    assert decode_image(tmp_path / "file" / "a.jpg").status == "missing"
    (tmp_path / "link.jpg").symlink_to(tmp_path / "nowhere")
    assert decode_image(tmp_path / "link.jpg").status == "missing"
    os.mkfifo(tmp_path / "pipe.jpg")
    for name in ("pipe.jpg", "."):
        assert decode_image(tmp_path / name).note == "not_a_file"


def test_forbidden_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError

    (tmp_path / "a.jpg").write_bytes(JPEG)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert decode_image(tmp_path / "a.jpg").note == "permission_denied"


def test_failures_of_the_machine_are_not_blamed_on_the_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Path) -> bytes:
        raise OSError(24, "Too many open files")

    (tmp_path / "a.jpg").write_bytes(JPEG)
    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(OSError, match="Too many open files"):
        decode_image(tmp_path / "a.jpg")


def test_wrong_arguments_raise() -> None:
    with pytest.raises(TypeError, match="expected `source` as a path or bytes, got int"):
        decode_image(3)  # type: ignore[arg-type]


def test_damage_anywhere_never_raises_and_never_warns() -> None:
    rng = np.random.default_rng(0)
    sources = [encoded(picture(), kind) for kind in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM")]
    sources.append(corrupt_exif())
    for number in range(400):
        content = bytearray(sources[number % len(sources)])
        reach = len(content) if number % 2 else 80
        for position in rng.integers(0, reach, 5):
            content[position] = rng.integers(256)
        with warnings.catch_warnings(record=True) as caught:
            decoded = decode_image(bytes(content[: rng.integers(1, len(content) + 1)]))
        assert not caught
        assert decoded.status in STATUSES


def test_threads_agree_and_stay_silent() -> None:
    contents = [corrupt_exif(), bomb(10_000, 9_000), JPEG, PNG[:100], b"<html>"] * 40
    expected = [decode_image(content).status for content in contents]
    with ThreadPoolExecutor(8) as pool:
        assert [decoded.status for decoded in pool.map(decode_image, contents)] == expected


def test_suffixes_are_lower_case() -> None:
    assert {".jpg", ".jpeg", ".png", ".webp", ".tiff", ".bmp"} <= IMAGE_SUFFIXES
    assert all(suffix == suffix.lower() for suffix in IMAGE_SUFFIXES)
