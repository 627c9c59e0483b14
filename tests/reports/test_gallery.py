import json

import numpy as np
import pytest

from reports.gallery import (
    LONGEST_SIDE,
    Gallery,
    Picture,
    Strip,
    encode_thumbnail,
    read_galleries,
    write_gallery,
)
from tests.reports.samples import EVIL, NAMES, sample_galleries


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_small_pictures_come_back_exactly(tmp_path):
    gallery = Gallery(
        name="strips",
        title=EVIL,
        explanation="why\nso",
        pictures=tuple(Picture(image=noise(8, 9, i), title=n, facts=((n, n),)) for i, n in enumerate(NAMES)),
        strips=(Strip(title="../x", pictures=(Picture(image=noise(32, 32), title=""),)),),
    )
    write_gallery(tmp_path, gallery)
    (read,) = read_galleries(tmp_path)
    assert (read.name, read.title, read.explanation) == (gallery.name, gallery.title, gallery.explanation)
    written, found = (g.pictures + g.strips[0].pictures for g in (gallery, read))
    for mine, theirs in zip(found, written, strict=True):
        np.testing.assert_array_equal(mine.image, theirs.image)
        assert (mine.title, mine.facts) == (theirs.title, theirs.facts)


def test_a_strip_remembers_its_course(tmp_path):
    pictures = tuple(Picture(image=noise(4, 4), title="") for _ in range(4))
    strips = (Strip(title="a", pictures=pictures, course=(1, 3)), Strip(title="b", pictures=pictures))
    write_gallery(tmp_path, Gallery(name="g", title="", explanation="", strips=strips))
    assert [strip.course for strip in read_galleries(tmp_path)[0].strips] == [(1, 3), None]


def test_nothing_is_written_outside_the_gallery(tmp_path):
    run = tmp_path / "run"
    pictures = tuple(Picture(image=noise(4, 4), title=name) for name in NAMES)
    write_gallery(run, Gallery(name="g", title="", explanation="", pictures=pictures))
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    names = sorted(path.name for path in (run / "gallery" / "g").iterdir())
    assert names[-1] == "index.json"
    assert [name[:5] for name in names[:-1]] == [f"{index:04d}-" for index in range(len(NAMES))]


def test_large_pictures_shrink_and_small_ones_never_grow():
    content, suffix = encode_thumbnail(noise(1000, 500))
    assert suffix == "jpg"
    assert len(content) < 80_000
    assert encode_thumbnail(noise(1, 1))[1] == "png"


def test_thumbnails_keep_the_aspect(tmp_path):
    write_gallery(
        tmp_path, Gallery(name="g", title="", explanation="", pictures=(Picture(image=noise(600, 300), title=""),))
    )
    assert read_galleries(tmp_path)[0].pictures[0].image.shape == (LONGEST_SIDE, LONGEST_SIDE // 2, 3)


def test_writing_again_removes_what_is_stale(tmp_path):
    flat, strips = sample_galleries()
    write_gallery(tmp_path, flat)
    write_gallery(tmp_path, strips)
    shorter = Gallery(name=flat.name, title=flat.title, explanation="", pictures=flat.pictures[3:5])
    write_gallery(tmp_path, shorter)
    assert len(list((tmp_path / "gallery" / flat.name).iterdir())) == 3
    assert [len(gallery.pictures) for gallery in read_galleries(tmp_path)] == [2, 0]


def test_an_interrupted_rewrite_leaves_the_old_gallery(tmp_path, monkeypatch):
    flat, _ = sample_galleries()
    write_gallery(tmp_path, flat)

    def fail(path, content):
        raise OSError("disk full")

    monkeypatch.setattr("reports.gallery.write_atomically", fail)
    with pytest.raises(OSError, match="disk full"):
        write_gallery(tmp_path, Gallery(name=flat.name, title="new", explanation="", pictures=flat.pictures[:1]))
    (read,) = read_galleries(tmp_path)
    assert read.title == flat.title
    assert len(read.pictures) == len(flat.pictures)


def test_no_galleries(tmp_path):
    assert read_galleries(tmp_path) == []


@pytest.mark.parametrize("name", ["../x", "", "A", "汉字", EVIL, "a/b", "a.b", "x" * 41])
def test_a_gallery_is_named_by_an_identifier(name):
    with pytest.raises(ValueError, match="expected gallery `name`"):
        Gallery(name=name, title="", explanation="")


@pytest.mark.parametrize(
    "image", [np.zeros((4, 4)), np.zeros((4, 4, 3)), np.zeros((4, 4, 1), np.uint8), np.zeros((0, 4, 3), np.uint8)]
)
def test_a_picture_is_rgb_bytes(image):
    with pytest.raises(ValueError, match="expected `image` of shape"):
        Picture(image=image, title="")


def damage_index(folder):
    (folder / "index.json").write_text("{")


def damage_picture(folder):
    next(folder.glob("*.png")).write_bytes(b"<html>")


def escape_folder(folder):
    index = json.loads((folder / "index.json").read_text())
    index["pictures"][0]["file"] = "../../../secret.png"
    (folder / "index.json").write_text(json.dumps(index))


@pytest.mark.parametrize("damage", [damage_index, damage_picture, escape_folder])
def test_damage_is_reported_with_the_folder(tmp_path, damage):
    flat, _ = sample_galleries()
    write_gallery(tmp_path, flat)
    damage(tmp_path / "gallery" / flat.name)
    with pytest.raises(ValueError, match=r"expected a readable gallery in .*confident_errors"):
        read_galleries(tmp_path)
