from pathlib import Path

from benchmarks.stylex.explained_pictures import courses_gallery, turned_gallery, write_courses
from benchmarks.stylex.frames import attribute_courses, turned_images
from tests.benchmarks.stylex.painted import painted_explained
from tests.benchmarks.stylex.small import NAMES


def test_a_strip_shows_the_image_the_course_and_the_difference() -> None:
    found = painted_explained()
    gallery = courses_gallery(found, attribute_courses(found), names=NAMES)
    strip = gallery.strips[0]
    assert [picture.title for picture in strip.pictures] == [
        "image", "0%", "17%", "33%", "50%", "67%", "83%", "100%", "difference",
    ]  # fmt: skip
    assert strip.course == (1, 7)
    assert strip.title.startswith("Attribute 1: swing ") and "chance" not in strip.title
    assert strip.pictures[0].facts == (("label", "dark"),)
    assert strip.pictures[1].facts[0][0] == "P(bright)"
    assert len(gallery.explanation) <= 600


def test_a_strip_says_what_turns_an_image() -> None:
    found = painted_explained()
    gallery = turned_gallery(found, turned_images(found), names=NAMES)
    assert [strip.title for strip in gallery.strips[:4:3]] == [
        "dark → bright after 1 attribute",
        "bright → dark after 1 attribute",
    ]
    assert [picture.title for picture in gallery.strips[0].pictures] == [
        "image", "as drawn", "+ attribute 1", "difference",
    ]  # fmt: skip
    assert all(strip.course is None for strip in gallery.strips)


def test_all_frames_are_files(tmp_path: Path) -> None:
    courses = attribute_courses(painted_explained())
    write_courses(tmp_path, courses)
    names = sorted(path.name for path in (tmp_path / "attribute-01").iterdir())
    assert len(names) == 3 * (7 + 2)
    assert f"image-{courses[0][0].row:04d}.webp" in names
