from pathlib import Path

import pytest
import torch
from PIL import Image

from benchmarks.concepts.attributes import twin_rows
from benchmarks.concepts.features import Pictures
from benchmarks.concepts.sketches import check_names, parse_sketches, sketch_attribute, stylised_pictures
from benchmarks.preparation import Preparation

PREPARE = Preparation(size=(16, 16), crop_fraction=1.0)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    plain, blue = (str(tmp_path / f"{name}.png") for name in ("plain", "blue"))
    Image.new("RGB", (20, 16), (200, 30, 30)).save(plain)
    Image.new("RGB", (20, 16), (30, 30, 200)).save(blue)
    return plain, blue


def pictures(count: int) -> Pictures:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (count, 3, 16, 16), generator=generator, dtype=torch.uint8)
    return Pictures(ids=tuple(map(str, range(count))), images=images)


def test_copies_look_like_their_sketch_and_say_so(files: tuple[str, str]) -> None:
    sketches, done = parse_sketches(f"blueness={','.join(files)}"), list[int]()
    first, second = stylised_pictures(pictures(40), sketches, PREPARE, on_images=done.append)
    assert first.images.flatten(2).float().mean((0, 2)).tolist() == [200, 30, 30]
    assert second.images.flatten(2).float().mean((0, 2)).tolist() == [30, 30, 200]
    assert first.ids == second.ids == pictures(40).ids and sum(done) == 80
    assert first.words.startswith("blueness first, ") and first.words != second.words


def test_no_more_than_the_first_hundreds_are_stylised(files: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.concepts.sketches.MOST_STYLISED", 3)
    first, _ = stylised_pictures(pictures(5), parse_sketches(f"blueness={','.join(files)}"), PREPARE)
    assert first.ids == ("0", "1", "2") and len(first.images) == 3


def test_twins_are_copies_of_one_image(files: tuple[str, str]) -> None:
    attribute = sketch_attribute(parse_sketches(f"blueness={','.join(files)}"), 3)
    assert attribute.values.tolist() == [0, 0, 0, 1, 1, 1] and attribute.known.all()
    assert twin_rows(attribute, torch.arange(6)).tolist() == [[0, 3], [1, 4], [2, 5]]
    assert twin_rows(attribute, torch.tensor([5, 1, 2, 3])).tolist() == [[2, 5]]


@pytest.mark.parametrize("text", ["stripes", "stripes=a.png", "=a.png,b.png", "stripes=a.png,b.png,c.png"])
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected --sketch NAME=first.png,second.png, got"):
        parse_sketches(text)


def test_sketches_that_cannot_be_used_are_refused(files: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected the files of --sketch x, got none at .*none.png"):
        parse_sketches(f"x={files[0]},{tmp_path / 'none.png'}")
    (tmp_path / "bad.png").write_text("no image", encoding="utf-8")
    bad = parse_sketches(f"x={tmp_path / 'bad.png'},{files[0]}")
    with pytest.raises(ValueError, match=r"expected a sketch that can be read, got .*bad.png \(unreadable\)"):
        stylised_pictures(pictures(2), bad, PREPARE)
    same = parse_sketches(f"x={files[0]},{files[0]}")
    with pytest.raises(ValueError, match="expected two sketches of 'x' that differ, got twice the same pixels"):
        stylised_pictures(pictures(2), same, PREPARE)
    sketches = [parse_sketches(f"{name}={','.join(files)}") for name in ("hue", "stripes")]
    with pytest.raises(ValueError, match="expected --sketch with a name other than class, residual, hue, got 'hue'"):
        check_names(sketches, ["hue"])
    with pytest.raises(ValueError, match=r"class, residual, hue, stripes, got 'stripes'"):
        check_names([*sketches, sketches[1]][1:], ["hue"])
    check_names(sketches, ["size"])
