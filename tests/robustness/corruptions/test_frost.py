import math

import numpy as np
import pytest
import torch
from PIL import Image

from robustness.corruptions import FrostTexturesMissingError, corrupt, frost_available
from robustness.corruptions import frost as frost_module
from robustness.corruptions.draws import image_keys, uniforms
from robustness.corruptions.severities import PROFILES, SEVERITIES
from tests.robustness.corruptions.charts import random_images

KEYS = image_keys(torch.arange(3), "test")
TEXTURES = tuple(random_images(3, *shape, seed=7) for shape in [(90, 120), (64, 95), (101, 100)])
MEANS = [130.840, 206.884, 206.884, 151.856, 123.498]


def reference_resize(plane, scale):
    """OpenCV's fixed-point bilinear interpolation, one pixel at a time."""

    def neighbours(position, side):
        place = min(max((position + 0.5) / scale - 0.5, 0), side - 1)
        first = math.floor(place)
        return first, min(first + 1, side - 1), round((place - first) * 2048)

    out = np.empty([round(side * scale) for side in plane.shape], np.uint8)
    for y, x in np.ndindex(out.shape):
        top, bottom, down = neighbours(y, plane.shape[0])
        left, right, across = neighbours(x, plane.shape[1])
        upper, lower = (int(plane[r, left]) * (2048 - across) + int(plane[r, right]) * across for r in (top, bottom))
        out[y, x] = ((upper // 16 * (2048 - down) >> 16) + (lower // 16 * down >> 16) + 2) >> 2
    return out


def reference_overlay(image, weights, texture, corner):
    """In exact hundredths; (3, H, W) uint8."""
    height, width = image.shape[1:]
    crop = texture[:, corner[0] : corner[0] + height, corner[1] : corner[1] + width].astype(int)
    hundredths = round(100 * weights[0]) * image.astype(int) + round(100 * weights[1]) * crop
    return np.minimum(hundredths // 100, 255)


@pytest.mark.parametrize("scale", [0.2, 0.3, 0.55, 1.6])
def test_resize_equals_the_reference(scale):
    ours = frost_module.resize_bilinear(TEXTURES[1], scale).numpy()
    for plane, result in zip(TEXTURES[1].numpy(), ours, strict=True):
        assert np.array_equal(result, reference_resize(plane, scale))


def test_a_fifth_of_the_size_is_every_fifth_pixel():
    assert torch.equal(frost_module.resize_bilinear(TEXTURES[0], 0.2), TEXTURES[0][:, 2::5, 2::5])


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("shape", [(13, 13), (10, 17), (1, 9)], ids=str)
def test_overlay_equals_the_reference_with_the_same_draws(profile, shape):
    images = random_images(3, 3, *shape)
    for constant in SEVERITIES["frost"][profile]:
        ours = frost_module.overlay(images, constant, KEYS, TEXTURES).numpy()
        for image, result, (which, down, right) in zip(images.numpy(), ours, uniforms(KEYS, 3).tolist(), strict=True):
            texture = TEXTURES[int(which * 3)]
            texture = texture if constant[2] == 1 else frost_module.resize_bilinear(texture, constant[2])
            free = [side - own for side, own in zip(texture.shape[1:], shape, strict=True)]
            corner = int(down * free[0]), int(right * free[1])
            assert np.array_equal(result, reference_overlay(image, constant[:2], texture.numpy(), corner))


def test_textures_and_crops_are_equally_likely():
    keys = image_keys(torch.arange(3000), "test")
    ramps = [torch.arange(12, dtype=torch.uint8).expand(3, 12, 12) + 50 * i for i in range(5)]
    black = torch.zeros(3000, 3, 2, 2, dtype=torch.uint8)
    levels = frost_module.overlay(black, (1, 1, 1), keys, tuple(ramps))[:, 0, 0, 0]
    counts = torch.bincount(levels.long(), minlength=250).view(5, 50)
    assert counts[:, 10:].sum() == 0  # the original never takes the last possible place
    assert counts[:, :10].min() > 30
    assert (counts.sum(1) / 600 - 1).abs().max() < 0.2


@pytest.mark.parametrize("shape", [(200, 30), (30, 300), (90, 120)], ids=str)
def test_a_texture_too_small_for_the_image_is_enlarged(shape):
    frozen = frost_module.overlay(random_images(3, 3, *shape), (0, 1, 0.2), KEYS, TEXTURES)
    assert frozen.shape == (3, 3, *shape)
    assert frozen.double().std((2, 3)).min() > 20


@pytest.fixture
def no_distribution(monkeypatch):
    def find_none(name):
        raise frost_module.metadata.PackageNotFoundError(name)

    monkeypatch.delenv("CLASSIFIER_AUDIT_FROST", raising=False)
    monkeypatch.setattr(frost_module.metadata, "files", find_none)
    frost_module._installed_folder.cache_clear()
    yield
    frost_module._installed_folder.cache_clear()


def freeze():
    return corrupt(random_images(3, 3, 8, 8), "frost", 1, seeds=torch.arange(3))


REMEDY = r"pip install 'classifier-audit\[frost\]', or name the folder .* CLASSIFIER_AUDIT_FROST$"


def test_without_textures_the_error_says_how_to_get_them(no_distribution):
    with pytest.raises(FrostTexturesMissingError, match=r"frost1\.png, .* found none; .*" + REMEDY):
        freeze()
    assert not frost_available()
    assert issubclass(FrostTexturesMissingError, FileNotFoundError)


def test_a_folder_without_the_files_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("CLASSIFIER_AUDIT_FROST", str(tmp_path))
    with pytest.raises(FrostTexturesMissingError, match=r"got no readable .*frost1\.png; .*" + REMEDY):
        freeze()
    assert not frost_available()


def test_other_files_of_the_same_names_are_refused(tmp_path, monkeypatch):
    for name in frost_module._TEXTURES:
        Image.new("RGB", (9, 9)).save(tmp_path / name)
    monkeypatch.setenv("CLASSIFIER_AUDIT_FROST", str(tmp_path))
    with pytest.raises(FrostTexturesMissingError, match=r"another file as .*frost1\.png \(git blob id .*" + REMEDY):
        freeze()


needs_textures = pytest.mark.skipif(not frost_available(), reason="needs the original's frost textures")


@needs_textures
def test_the_original_textures_have_the_sizes_of_the_original():
    textures = frost_module._read_textures(frost_module._folder())
    sizes = [(600, 900), (315, 560), (315, 560), (350, 527), (495, 660)]
    assert [tuple(texture.shape[1:]) for texture in textures] == sizes
    # Means of the pixels as OpenCV decodes them.
    means = [texture.double().mean().item() for texture in textures]
    assert means == pytest.approx(MEANS, abs=0.05)


@needs_textures
def test_frost_is_an_overlay_of_the_original_textures():
    images = random_images(4, 3, 224, 224)
    frozen = corrupt(images, "frost", 3, seeds=torch.arange(4))
    keys = image_keys(torch.arange(4), "frost/3/imagenet")
    textures = frost_module._read_textures(frost_module._folder())
    assert torch.equal(frozen, frost_module.overlay(images, (0.7, 0.7, 1), keys, textures))


@needs_textures
def test_textures_may_lie_in_a_folder(tmp_path, monkeypatch):
    folder = frost_module._folder()
    monkeypatch.setenv("CLASSIFIER_AUDIT_FROST", str(tmp_path))
    assert not frost_available()
    for name in frost_module._TEXTURES:
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    assert frost_available()
