import pytest
import torch
from torch import nn

from robustness.consistency.copies import check_logits, transformed_logits
from robustness.consistency.transforms import Transform, default_transforms
from tests.robustness.consistency.pictures import noise

SHIFTS = [Transform("shift", (1, 0)), Transform("shift", (0, -1)), Transform("flip_horizontally")]


def small_network() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 5)).double().requires_grad_(False)


class Counting(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module, self.batches = module, []

    def forward(self, images):
        self.batches.append(len(images))
        return self.module(images)


@pytest.mark.parametrize("batch_size", [1, 2, 3, 4, 7, 8, 9, 28, 1000])
def test_equals_one_copy_at_a_time_whatever_the_batch(batch_size):
    network, images = small_network(), noise(7, 8, 8)
    logits = transformed_logits(network, images, SHIFTS, batch_size=batch_size)
    assert logits.shape == (7, 4, 5)
    for row, image in zip(logits, images, strict=True):
        slow = [network(image[None]), *(network(transform(image[None])) for transform in SHIFTS)]
        assert torch.allclose(row, torch.cat(slow))


@pytest.mark.parametrize("count, batch_size, passes", [(8, 16, 2), (100, 64, 7), (3, 2, 6), (1, 256, 1)])
def test_forward_passes_are_full(count, batch_size, passes):
    network = Counting(small_network())
    transformed_logits(network, noise(count, 8, 8), SHIFTS, batch_size=batch_size)
    assert len(network.batches) == passes
    assert sum(network.batches) == count * 4
    assert max(network.batches) <= batch_size


def test_no_transforms_leave_the_originals():
    network, images = small_network(), noise(3, 8, 8)
    assert torch.allclose(transformed_logits(network, images, [])[:, 0], network(images))


def test_bytes_and_floats_agree():
    network, levels = small_network().float(), (noise(2, 8, 8) * 255).to(torch.uint8)
    one = transformed_logits(network, levels, SHIFTS)
    assert torch.allclose(one, transformed_logits(network, levels.float() / 255, SHIFTS))


def test_gradients_reach_the_pixels_through_every_copy():
    images = (noise(2, 8, 8) * 0.4 + 0.3).requires_grad_()
    transforms, network = default_transforms(8), small_network()
    chosen = [0, 5, len(transforms)]

    def some_copies(pixels):
        return transformed_logits(network, pixels, transforms, batch_size=20)[:, chosen]

    assert torch.autograd.gradcheck(some_copies, (images,), fast_mode=True)


def test_gradients_are_the_callers_choice():
    images = noise(1, 8, 8).requires_grad_()
    assert transformed_logits(small_network(), images, SHIFTS).requires_grad
    with torch.no_grad():
        assert not transformed_logits(small_network(), images, SHIFTS).requires_grad


def test_other_arguments_are_refused():
    network, images = small_network(), noise(2, 8, 8)
    with pytest.raises(ValueError, match=r"expected `images` of shape \(N, 3, H, W\), got \(2, 1, 8, 8\)"):
        transformed_logits(network, images[:, :1], SHIFTS)
    with pytest.raises(TypeError, match="expected `images` as float in .* or uint8, got torch.int64"):
        transformed_logits(network, images.long(), SHIFTS)
    with pytest.raises(ValueError, match="expected `batch_size` of at least 1, got 0"):
        transformed_logits(network, images, SHIFTS, batch_size=0)
    with pytest.raises(ValueError, match=r"to keep the image shape \(3, 8, 8\), got \(3, 8, 7\)"):
        transformed_logits(network, images, [lambda pixels: pixels[..., 1:]])
    with pytest.raises(ValueError, match=r"expected logits of shape \(N, K\) from the classifier, got \(8, 3, 8, 8\)"):
        transformed_logits(nn.Identity(), images, SHIFTS)


def test_check_logits_says_what_is_wrong():
    check_logits(torch.zeros(0, 2, 2))
    check_logits(torch.zeros(3, 1, 2))
    for shape in ((3, 2), (3, 2, 1), (3, 2, 2, 2)):
        with pytest.raises(ValueError, match="expected `logits` of shape"):
            check_logits(torch.zeros(shape))
    with pytest.raises(ValueError, match="expected at least 1 transformed copies in `logits`, got 0"):
        check_logits(torch.zeros(3, 1, 2), copies=1)
    logits = torch.zeros(4, 2, 3)
    logits[1, 0, 2], logits[1, 1, 0], logits[3, 1, 1] = torch.nan, torch.inf, -torch.inf
    with pytest.raises(ValueError, match="NaN or infinity for 2 of 4 images; drop them"):
        check_logits(logits)
