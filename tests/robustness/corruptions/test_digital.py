import colorsys

import numpy as np
import pytest
import torch
from PIL import Image

from robustness.corruptions import corrupt, digital
from robustness.corruptions.digital import BOX_BITS, box_windows
from robustness.corruptions.severities import PROFILES, SEVERITIES
from tests.robustness.corruptions.charts import chart, random_images, statistics

GOLDEN_224 = {
    "contrast": [
        (126.74, 38.08, 51.10),
        (126.69, 28.44, 59.70),
        (126.90, 19.04, 68.13),
        (126.69, 9.63, 76.57),
        (126.68, 4.61, 81.02),
    ],
    "pixelate": [
        (127.42, 90.19, 7.56),
        (127.45, 95.18, 0.38),
        (127.29, 84.95, 14.90),
        (127.26, 81.62, 19.41),
        (127.36, 95.17, 0.77),
    ],
}
GOLDEN_32 = {
    ("contrast", 1): (126.73, 72.39, 21.46),
    ("contrast", 5): (126.67, 14.36, 73.48),
    ("pixelate", 1): (127.23, 89.39, 10.29),
    ("pixelate", 5): (127.25, 96.22, 2.06),
}
SHAPES = [(224, 224), (32, 48), (64, 9), (8, 8), (1, 30), (17, 1), (1, 1)]


@pytest.mark.parametrize("severity", range(1, 6))
@pytest.mark.parametrize("name", GOLDEN_224)
def test_golden_statistics_at_224(name, severity):
    result = corrupt(chart(224), name, severity, seeds=torch.tensor([0]))
    assert statistics(result, chart(224)) == pytest.approx(GOLDEN_224[name][severity - 1], abs=0.05)


@pytest.mark.parametrize("condition, golden", GOLDEN_32.items())
def test_golden_statistics_at_32(condition, golden):
    result = corrupt(chart(32), *condition, seeds=torch.tensor([0]), profile="cifar")
    assert statistics(result, chart(32)) == pytest.approx(golden, abs=0.05)


def reference_contrast(photo, factor):
    pixels = photo / 255.0
    means = pixels.mean(axis=(0, 1), keepdims=True)
    return np.uint8(np.clip((pixels - means) * factor + means, 0, 1) * 255)


def reference_pixelate(photo, scale):
    height, width = photo.shape[:2]
    small = max(int(width * scale), 1), max(int(height * scale), 1)
    narrow = Image.fromarray(photo).resize((small[0], height), Image.Resampling.BOX)
    return np.asarray(narrow.resize(small, Image.Resampling.BOX).resize((width, height), Image.Resampling.BOX))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "name, reference",
    [
        ("contrast", reference_contrast),
        ("pixelate", reference_pixelate),
    ],
)
def test_equals_the_plain_reference(name, reference, profile, shape):
    images = random_images(3, 3, *shape)
    for severity in (1, 4):
        constant = SEVERITIES[name][profile][severity - 1]
        ours = getattr(digital, name)(images, constant, torch.arange(3))
        for image, result in zip(images, ours, strict=True):
            photo = np.ascontiguousarray(image.permute(1, 2, 0).numpy())
            expected = reference(photo, constant)
            difference = np.abs(result.permute(1, 2, 0).numpy().astype(int) - expected)
            # The reference's floating-point mean may miss a whole grey level by the last bit.
            assert difference.max() <= (1 if name == "contrast" else 0)
            assert (difference == 0).mean() > 0.99 or difference.size < 100


@pytest.mark.parametrize("sides", [(224, 134), (57, 22), (9, 2), (134, 224), (5, 5), (1, 1)], ids=str)
def test_box_windows_cover_every_pixel_once(sides):
    side, target = sides
    starts, counts, weights = box_windows(side, target)
    covered = [start + i for start, count in zip(starts.tolist(), counts.tolist(), strict=True) for i in range(count)]
    if target <= side:
        assert covered == list(range(side))
    else:
        assert sorted(set(covered)) == list(range(side))
        assert covered == sorted(covered)
        assert counts.unique().tolist() == [1]
    assert (weights * counts - 2**BOX_BITS).abs().max() <= counts.max()


def test_pixelate_keeps_whole_blocks():
    result = corrupt(random_images(1, 3, 16, 16), "pixelate", 2, seeds=torch.tensor([0]))
    blocks = result.view(3, 8, 2, 8, 2)
    assert torch.equal(blocks.amax((2, 4)), blocks.amin((2, 4)))


def test_contrast_keeps_the_mean_up_to_truncation():
    images = random_images(2, 3, 64, 64)
    result = corrupt(images, "contrast", 4, seeds=torch.arange(2))
    shift = result.double().mean((2, 3)) - images.double().mean((2, 3))
    assert shift.min() > -1
    assert shift.max() < 0


SATURATE_AT_224 = [
    (186.44, 61.31, 59.27),
    (203.46, 59.51, 76.29),
    (111.22, 100.72, 15.95),
    (106.59, 101.78, 20.58),
    (106.02, 101.93, 21.15),
]


@pytest.mark.parametrize("severity, golden", list(enumerate(SATURATE_AT_224, start=1)))
def test_saturate_has_the_golden_statistics(severity, golden):
    result = corrupt(chart(224), "saturate", severity, seeds=torch.tensor([0]))
    # The original's way through the hue loses a level on up to 8 % of this chart (see the module's docstring).
    assert statistics(result, chart(224)) == pytest.approx(golden, abs=0.09 if severity == 3 else 0.05)


def reference_saturate(image, factor, summand):
    """Through colorsys, one pixel at a time."""
    out = np.empty_like(image)
    for place in np.ndindex(image.shape[1:]):
        hue, saturation, value = colorsys.rgb_to_hsv(*(image[(slice(None), *place)] / 255))
        saturation = min(max(saturation * factor + summand, 0), 1)
        out[(slice(None), *place)] = np.array(colorsys.hsv_to_rgb(hue, saturation, value)) * 255
    return out


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("severity", [1, 3, 4, 5])
def test_saturate_equals_colorsys(profile, severity):
    images = random_images(1, 3, 40, 40, seed=severity)
    images[..., :4, :] = images[:, :1, :4, :]  # greys turn red where the summand is above 0
    images[..., 4, :] = 0
    images[:, 0, 5, :] = 0
    ours = corrupt(images, "saturate", severity, seeds=torch.tensor([0]), profile=profile)[0].numpy()
    reference = reference_saturate(images[0].numpy(), *SEVERITIES["saturate"][profile][severity - 1])
    difference = ours.astype(int) - reference
    assert difference.min() >= 0
    assert difference.max() <= 1  # where the exact result is whole, colorsys may fall just below it
    assert (difference == 0).mean() > 0.9


def test_saturate_keeps_the_largest_channel():
    images = random_images(2, 3, 32, 32)
    for severity in range(1, 6):
        result = corrupt(images, "saturate", severity, seeds=torch.arange(2))
        assert torch.equal(result.amax(1), images.amax(1))
