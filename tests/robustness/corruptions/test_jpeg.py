import io

import numpy as np
import pytest
import torch
from PIL import Image, features
from sklearn.datasets import load_sample_image

from robustness.corruptions import corrupt
from robustness.corruptions.jpeg import TO_RGB, TO_YCC, jpeg_compression, quantisation_steps
from tests.robustness.corruptions.charts import chart, random_images, statistics

GOLDEN_224 = [
    (127.21, 81.16, 18.67),
    (127.39, 81.54, 18.74),
    (127.29, 82.36, 18.11),
    (127.12, 82.92, 18.16),
    (127.51, 83.65, 19.91),
]
with_libjpeg_turbo = pytest.mark.skipif(
    not features.check("libjpeg_turbo"), reason="Pillow was built with another JPEG library"
)


@pytest.mark.parametrize("severity", range(1, 6))
def test_has_the_golden_statistics(severity):
    result = corrupt(chart(224), "jpeg_compression", severity, seeds=torch.tensor([0]))
    assert statistics(result, chart(224)) == pytest.approx(GOLDEN_224[severity - 1], abs=1.0)


def file_of(photo, quality):
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "JPEG", quality=quality)
    return file


def assert_equals_pillow(images, quality):
    ours = jpeg_compression(images, quality, torch.arange(len(images)))
    for image, result in zip(images, ours, strict=True):
        photo = np.ascontiguousarray(image.permute(1, 2, 0).numpy())
        expected = np.asarray(Image.open(file_of(photo, quality)))
        assert np.array_equal(result.permute(1, 2, 0).numpy(), expected)


@with_libjpeg_turbo
@pytest.mark.parametrize("name", ["china.jpg", "flower.jpg"])
@pytest.mark.parametrize("quality", [1, 7, 10, 15, 18, 25, 40, 50, 58, 65, 80, 95, 100])
def test_equals_pillow_on_photos(name, quality):
    photo = torch.from_numpy(load_sample_image(name).copy()).permute(2, 0, 1)
    assert_equals_pillow(photo[None, :, 150:374, 200:424], quality)


@with_libjpeg_turbo
@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 33, 50])
@pytest.mark.parametrize("height", [1, 2, 7, 8, 9, 16, 17, 40])
def test_equals_pillow_at_any_size(height, width):
    images = random_images(2, 3, height, width, seed=height * width)
    images[1] = images[1] // 128 * 255  # the strongest contrasts
    for quality in (7, 40, 80):
        assert_equals_pillow(images, quality)


@pytest.mark.parametrize("quality", [1, 5, 25, 49, 50, 75, 95, 100])
def test_steps_are_those_in_the_file(quality):
    file = Image.open(file_of(np.zeros((8, 8, 3), np.uint8), quality))
    for ours, (_, table) in zip(quantisation_steps(quality), sorted(file.quantization.items()), strict=True):
        assert ours.flatten().tolist() == list(table)


def test_a_grey_image_of_one_level_stays():
    levels = torch.arange(256, dtype=torch.uint8)
    images = levels.view(-1, 1, 1, 1).expand(-1, 3, 16, 16).contiguous()
    assert torch.equal(jpeg_compression(images, 95, levels), images)


def test_colours_there_and_back():
    to_ycc, to_rgb = torch.tensor(TO_YCC).double() / 65536, torch.tensor(TO_RGB).double() / 65536
    back = torch.cat([torch.ones(3, 1), to_rgb], 1) @ to_ycc[:, :3]
    assert (back - torch.eye(3)).abs().max() < 1e-4
