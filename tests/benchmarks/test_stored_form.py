import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from benchmarks.stored_form import QUALITY, decode_jpegs, encode_jpegs, jpeg_roundtrip


def photos(count: int, height: int = 30, width: int = 45) -> Tensor:
    """Smooth colours with noise on top: what JPEG changes but does not destroy."""
    generator = torch.Generator().manual_seed(count)
    coarse = torch.rand(count, 3, 4, 4, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, size=(height, width), mode="bilinear")
    noise = torch.rand(count, 3, height, width, generator=generator)
    return ((0.8 * smooth + 0.2 * noise) * 255).to(torch.uint8)


def test_it_is_what_pillow_saves_and_opens(tmp_path: Path) -> None:
    images = photos(5)
    before = images.clone()
    seen = jpeg_roundtrip(images)
    for image, result in zip(images, seen, strict=True):
        file = tmp_path / "image.JPEG"
        Image.fromarray(image.permute(1, 2, 0).numpy()).save(file, quality=85, optimize=True)
        with Image.open(file) as opened:
            np.testing.assert_array_equal(result.permute(1, 2, 0).numpy(), np.asarray(opened))
    assert torch.equal(images, before)
    assert not torch.equal(seen, images)
    assert (seen.float() - images.float()).abs().mean() < 12


def test_files_are_optimised_and_halve_the_chroma() -> None:
    (content,) = encode_jpegs(photos(1))
    plain = io.BytesIO()
    Image.fromarray(photos(1)[0].permute(1, 2, 0).numpy()).save(plain, "JPEG", quality=QUALITY)
    assert len(content) < len(plain.getvalue())
    with Image.open(io.BytesIO(content)) as opened:
        assert opened.mode == "RGB"
        assert [layer[1:3] for layer in opened.layer] == [(2, 2), (1, 1), (1, 1)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 40), (7, 9), (16, 16)])
def test_any_size_survives(height: int, width: int) -> None:
    images = photos(3, height, width)
    assert decode_jpegs(encode_jpegs(images)).shape == images.shape
    assert torch.equal(jpeg_roundtrip(images[1:2]), jpeg_roundtrip(images)[1:2]), "each image for itself"


def test_no_images_are_no_images() -> None:
    nothing = torch.empty(0, 3, 8, 8, dtype=torch.uint8)
    assert jpeg_roundtrip(nothing).shape == nothing.shape


def test_strided_images_are_read_as_they_look() -> None:
    images = photos(2).to(memory_format=torch.channels_last)[:, :, ::2]
    assert torch.equal(jpeg_roundtrip(images), jpeg_roundtrip(images.contiguous()))


@pytest.mark.parametrize("images", [torch.zeros(1, 3, 8, 8), torch.zeros(3, 8, 8, dtype=torch.uint8)])
def test_other_images_are_refused(images: Tensor) -> None:
    with pytest.raises(ValueError, match=r"expected `images` as uint8 \(N, 3, H, W\), got"):
        jpeg_roundtrip(images)
