from pathlib import Path

import numpy as np
import pytest

from benchmarks.stylex.user_study_courses import read_courses
from tests.benchmarks.stylex.studied import courses, write_run


def test_courses_come_back_as_they_were_drawn_without_those_that_failed(tmp_path: Path) -> None:
    write_run(tmp_path)
    found = read_courses(tmp_path)
    assert [(one.attribute, one.image) for one in found] == [(one.attribute, one.image) for one in courses()]
    assert all(
        np.array_equal(a, b)
        for one, other in zip(found, courses(), strict=True)
        for a, b in zip(one.frames, other.frames, strict=True)
    )


def test_what_cannot_be_asked_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="run `stylex explain` into that folder first"):
        read_courses(tmp_path)
    write_run(tmp_path, significant=(2,))
    with pytest.raises(ValueError, match="expected two or more attributes that pass their check in .*, got 1"):
        read_courses(tmp_path)


def test_a_lost_frame_is_named(tmp_path: Path) -> None:
    write_run(tmp_path)
    frame = tmp_path / "stylex" / "attribute-02" / "image-0006-01.png"
    frame.write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"expected a frame in .*image-0006-01.png, got"):
        read_courses(tmp_path)
    frame.unlink()
    with pytest.raises(ValueError, match="run `stylex explain` again"):
        read_courses(tmp_path)
