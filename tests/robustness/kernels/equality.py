"""What every compiled corruption must satisfy: the pixels of torch's form, at any size, for any batch."""

import torch

from robustness.corruptions.draws import image_keys
from robustness.corruptions.severities import SEVERITIES
from tests.robustness.corruptions.charts import random_images

__all__ = ["SIZES", "assert_same_pixels"]

SIZES = [("imagenet", 224, 224), ("tiny", 64, 64), ("cifar", 32, 32), ("imagenet", 57, 91), ("tiny", 8, 8),
         ("cifar", 1, 7), ("imagenet", 1, 1)]  # fmt: skip


def assert_same_pixels(compiled, with_torch, name, size):
    """Compare two forms of corruption ``name`` under every severity of a profile, on smooth and on random pixels."""
    profile, height, width = size
    rough = random_images(2, 3, height, width)
    ramp = torch.arange(height * width).view(height, width) * 255 // (height * width)
    images = torch.cat([rough, ramp.to(torch.uint8).expand(1, 3, -1, -1)]).contiguous()
    for severity, constant in enumerate(SEVERITIES[name][profile], start=1):
        keys = image_keys(torch.tensor([3, -8, 2**40]), f"{name}/{severity}")
        before = images.clone()
        found = compiled(images, constant, keys)
        assert torch.equal(images, before)
        assert torch.equal(found, with_torch(images, constant, keys)), (name, profile, severity)
