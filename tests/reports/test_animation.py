import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from reports.animation import SUFFIXES, animated, write_frames

FRAMES = [np.full((8, 8, 3), level, np.uint8) for level in (0, 90, 180)]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_frames_run_there_and_back_for_ever(suffix: str) -> None:
    with Image.open(io.BytesIO(animated(FRAMES, suffix))) as moving:
        assert moving.n_frames == 4 and moving.info["loop"] == 0
        shown = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(moving)]
    assert [int(frame.mean().round()) for frame in shown] == [0, 90, 180, 90]
    assert shown[0].shape == (128, 128, 3)


def test_every_frame_is_a_file_too(tmp_path: Path) -> None:
    write_frames(tmp_path / "new", "image", FRAMES)
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert names == ["image-00.png", "image-01.png", "image-02.png", "image.gif", "image.webp"]
    with Image.open(tmp_path / "new" / "image-01.png") as picture:
        assert np.array_equal(np.asarray(picture), FRAMES[1])


def test_one_frame_moves_nothing() -> None:
    with pytest.raises(ValueError, match="expected two or more frames and a suffix in webp, gif, got 1 and 'gif'"):
        animated(FRAMES[:1], "gif")
