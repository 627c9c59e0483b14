import pytest
import torch

from robustness import corruptions
from robustness.corruptions import (
    CORRUPTIONS,
    EXTRA_CORRUPTIONS,
    TEST_CORRUPTIONS,
    corrupt,
    frost_available,
)
from robustness.corruptions.severities import SEVERITIES
from tests.robustness.corruptions.charts import random_images

needs_textures = pytest.mark.skipif(not frost_available(), reason="needs the original's frost textures")
every_corruption = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[needs_textures] if name == "frost" else []) for name in CORRUPTIONS]
)


@pytest.fixture
def one_then_two_threads():
    threads = torch.get_num_threads()
    yield 1, 2
    torch.set_num_threads(threads)


def test_registry_is_in_paper_order_and_every_key_is_the_functions_name():
    order = [name for name in TEST_CORRUPTIONS + EXTRA_CORRUPTIONS if name in CORRUPTIONS]
    assert list(CORRUPTIONS) == order
    assert all(function.__name__ == name for name, function in CORRUPTIONS.items())
    assert set(CORRUPTIONS) <= set(SEVERITIES)


def test_public_names_exist():
    assert all(name in vars(corruptions) for name in corruptions.__all__)


@every_corruption
def test_batch_size_order_and_pieces_never_change_a_pixel(name):
    images, seeds = random_images(64, 3, 56, 64), torch.arange(64) * 1000 - 7
    whole = corrupt(images, name, 3, seeds=seeds)  # 64 images are more than one piece
    for size in (1, 7):
        parts = [
            corrupt(images[start : start + size], name, 3, seeds=seeds[start : start + size])
            for start in range(0, 64, size)
        ]
        assert torch.equal(torch.cat(parts), whole)
    order = torch.randperm(64, generator=torch.Generator().manual_seed(1))
    assert torch.equal(corrupt(images[order], name, 3, seeds=seeds[order]), whole[order])


@every_corruption
def test_threads_never_change_a_pixel(name, one_then_two_threads):
    images, results = random_images(4, 3, 224, 224), []
    for threads in one_then_two_threads:
        torch.set_num_threads(threads)
        results.append(corrupt(images, name, 2, seeds=torch.arange(4)))
    assert torch.equal(*results)


@every_corruption
def test_float_and_uint8_agree_exactly_and_inputs_stay(name):
    levels = random_images(3, 3, 20, 30)
    levels[0, :, :16, :16] = torch.arange(256, dtype=torch.uint8).view(16, 16)
    pixels = levels / 255
    before = pixels.clone(), levels.clone()
    from_levels = corrupt(levels, name, 4, seeds=torch.arange(3))
    from_pixels = corrupt(pixels, name, 4, seeds=torch.arange(3))
    assert from_levels.dtype == torch.uint8
    assert from_pixels.dtype == torch.float32
    assert torch.equal(from_levels / 255, from_pixels)
    assert torch.equal(pixels, before[0])
    assert torch.equal(levels, before[1])


@every_corruption
def test_memory_layout_never_changes_a_pixel(name):
    images, seeds = random_images(3, 3, 24, 33), torch.arange(3)
    expected = corrupt(images, name, 3, seeds=seeds)
    channels_last = images.to(memory_format=torch.channels_last)
    flipped_twice = images.flip(3).flip(3)
    strided = torch.stack([images, images], dim=4)[..., 0]
    for layout in (
        channels_last,
        flipped_twice,
        strided,
        strided.transpose(2, 3).contiguous().transpose(2, 3),
    ):
        assert torch.equal(corrupt(layout, name, 3, seeds=seeds), expected)
    shared = images[:1].expand(3, -1, -1, -1)
    assert torch.equal(corrupt(shared, name, 3, seeds=seeds), corrupt(shared.contiguous(), name, 3, seeds=seeds))


@every_corruption
@pytest.mark.parametrize("shape", [(8, 8), (1, 40), (40, 1), (1, 1), (5, 300)], ids=str)
@pytest.mark.parametrize("profile", ["imagenet", "tiny", "cifar"])
def test_any_size_in_any_profile(name, shape, profile):
    images = random_images(2, 3, *shape)
    result = corrupt(images, name, 5, seeds=torch.tensor([4, 4]), profile=profile)
    assert result.shape == images.shape
    assert result.dtype == torch.uint8


@every_corruption
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32], ids=str)
def test_empty_batch_gives_an_empty_batch(name, dtype):
    result = corrupt(torch.empty(0, 3, 8, 9, dtype=dtype), name, 1, seeds=torch.empty(0, dtype=torch.int64))
    assert result.shape == (0, 3, 8, 9)
    assert result.dtype == dtype


def test_seed_severity_and_profile_choose_the_draws():
    images = torch.full((2, 3, 16, 16), 128, dtype=torch.uint8)
    result = corrupt(images, "gaussian_noise", 1, seeds=torch.tensor([5, 6]))
    assert not torch.equal(result[0], result[1])
    # tiny 2 and imagenet 1 share sigma 0.08, and draw apart all the same.
    other = corrupt(images, "gaussian_noise", 2, seeds=torch.tensor([5, 6]), profile="tiny")
    assert not torch.equal(result, other)


def test_gradients_are_cut_and_global_random_state_is_left_alone():
    state = torch.get_rng_state()
    images = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0), requires_grad=True)
    result = corrupt(images, "gaussian_noise", 1, seeds=torch.tensor([0]))
    assert not result.requires_grad
    assert torch.equal(torch.get_rng_state(), state)


IMAGES = torch.zeros(2, 3, 4, 4, dtype=torch.uint8)
SEEDS = torch.arange(2)
WRONG = {
    "severity 0": ((IMAGES, "contrast", 0, SEEDS), r"`severity` in 1\.\.5, got 0; severity 0 is the clean"),
    "severity 6": ((IMAGES, "contrast", 6, SEEDS), r"`severity` in 1\.\.5, got 6"),
    "severity 2.5": ((IMAGES, "contrast", 2.5, SEEDS), r"`severity` in 1\.\.5, got 2\.5"),
    "name": ((IMAGES, "rain", 1, SEEDS), r"`name` to be one of gaussian_noise, .*, got 'rain'"),
    "three axes": ((IMAGES[0], "contrast", 1, SEEDS), r"\(N, 3, H, W\), got \(3, 4, 4\); stack"),
    "grey": ((IMAGES[:, :1], "contrast", 1, SEEDS), r"got \(2, 1, 4, 4\); repeat the grey channel"),
    "channels": ((IMAGES.permute(0, 2, 3, 1), "contrast", 1, SEEDS), r"\(N, 3, H, W\), got \(2, 4, 4, 3\)"),
    "no pixels": ((IMAGES[..., :0], "contrast", 1, SEEDS), r"at least one pixel, got shape \(2, 3, 4, 0\)"),
    "float64": ((IMAGES.double(), "contrast", 1, SEEDS), r"got torch\.float64; convert with images\.float"),
    "int64": ((IMAGES.long(), "contrast", 1, SEEDS), r"got torch\.int64"),
    "range": ((IMAGES.float() + 255, "contrast", 1, SEEDS), r"in \[0, 1\], got 255\.\.255; corrupt pixels"),
    "negative": ((IMAGES.float() - 0.5, "contrast", 1, SEEDS), r"in \[0, 1\], got -0\.5"),
    "nan": ((IMAGES.float() / 0, "contrast", 1, SEEDS), r"in \[0, 1\], got nan"),
    "seeds count": ((IMAGES, "contrast", 1, SEEDS[:1]), r"shape \(2,\) .*got \(1,\) torch\.int64"),
    "seeds axes": ((IMAGES, "contrast", 1, SEEDS[:, None]), r"got \(2, 1\) torch\.int64"),
    "seeds dtype": (
        (IMAGES, "contrast", 1, SEEDS.float()),
        r"got \(2,\) torch\.float32; .*torch\.arange\(2\)",
    ),
}


@pytest.mark.parametrize("arguments, message", WRONG.values(), ids=WRONG.keys())
def test_wrong_arguments_are_named_with_the_remedy(arguments, message):
    images, name, severity, seeds = arguments
    with pytest.raises(ValueError, match="expected .*" + message):
        corrupt(images, name, severity, seeds=seeds)


def test_unknown_profile_is_named_with_the_remedy():
    with pytest.raises(ValueError, match=r"`profile` to be one of imagenet, tiny, cifar, got 'coco'; take"):
        corrupt(IMAGES, "contrast", 1, seeds=SEEDS, profile="coco")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@every_corruption
def test_gpu_agrees_with_cpu(name):
    images, seeds = random_images(8, 3, 224, 224), torch.arange(8)
    ours = corrupt(images.cuda(), name, 3, seeds=seeds)
    assert ours.device.type == "cuda"
    difference = (ours.cpu().int() - corrupt(images, name, 3, seeds=seeds).int()).abs()
    assert (difference <= 1).double().mean() >= 0.9999
