from pathlib import Path

import pytest
import torch
from PIL import Image

from benchmarks.conditions import CLEAN
from benchmarks.datasets import open_samples
from benchmarks.loading import DataGoneError, load_sample
from benchmarks.preparation import Preparation

PREPARATIONS = (Preparation(size=(8, 8)), Preparation(size=(12, 10)))


def test_every_preparation_gets_its_pixels(tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    Image.new("RGB", (40, 30), (10, 20, 30)).save(tmp_path / "cat" / "a.png")
    samples = open_samples(tmp_path)
    loaded = load_sample(samples, samples.entries[0], CLEAN, PREPARATIONS)
    assert [tuple(loaded.pixels[one].shape) for one in PREPARATIONS] == [(3, 8, 8), (3, 12, 10)]
    assert torch.equal(loaded.pixels[PREPARATIONS[0]][:, 0, 0], torch.tensor([10, 20, 30], dtype=torch.uint8))
    assert loaded.status == "ok"


@pytest.mark.parametrize("size", [(2000, 3), (3, 2000)])
def test_an_extreme_shape_is_not_blown_up(tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "cat").mkdir()
    Image.new("RGB", size).save(tmp_path / "cat" / "a.png")
    samples = open_samples(tmp_path)
    loaded = load_sample(samples, samples.entries[0], CLEAN, PREPARATIONS)
    assert (loaded.status, loaded.note, dict(loaded.pixels)) == ("too_large", "aspect_ratio", {})


def test_a_broken_image_has_a_reason_and_no_pixels(tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "a.png").write_bytes(b"")
    samples = open_samples(tmp_path)
    loaded = load_sample(samples, samples.entries[0], CLEAN, PREPARATIONS)
    assert (loaded.status, dict(loaded.pixels)) == ("empty", {})


def test_an_image_that_is_gone_is_none_that_is_broken(tmp_path: Path) -> None:
    """A broken link was a sample without content from the start."""
    (tmp_path / "cat").mkdir()
    Image.new("RGB", (40, 30)).save(tmp_path / "cat" / "a.png")
    (tmp_path / "cat" / "b.png").symlink_to("nowhere.png")
    samples = open_samples(tmp_path)
    (tmp_path / "cat" / "a.png").unlink()
    with pytest.raises(DataGoneError, match=r"expected .*cat/a.png as when the data was indexed, got no such file"):
        load_sample(samples, samples.entries[0], CLEAN, PREPARATIONS)
    assert load_sample(samples, samples.entries[1], CLEAN, PREPARATIONS).status == "missing"
