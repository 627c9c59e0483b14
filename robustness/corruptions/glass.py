"""Glass blur: pixels copied from random neighbours, one after the other, between two Gaussian blurs.

The function takes (N, 3, H, W) uint8 images, its constant of one severity and (N,) int64 keys, and returns
new uint8 images. Displacements are pixels and are not scaled with the image; a margin as wide as the
greatest displacement stays where it is, and an image without anything inside the margin is only blurred.

The original means to swap two pixels and in effect copies one; the copy is what the benchmark contains.
It also works in place, so a pixel may be passed on many times. That chain is followed here for all pixels
at once, by doubling: the result equals the sequential loop, pixel by pixel.
"""

import torch
from torch import Tensor

from robustness.corruptions.blur import cache_sized, gaussian_filter
from robustness.corruptions.draws import words
from robustness.corruptions.levels import look_up, truncate

__all__ = ["glass_blur", "glass_origins"]


def glass_blur(images: Tensor, constant: tuple[float, int, int], keys: Tensor) -> Tensor:
    """Frosted glass: blur, displace pixels by up to ``reach``, blur again.

    Args:
        images: (N, 3, H, W) uint8.
        constant: sigma of both blurs in pixels, the reach in pixels, the number of iterations.
        keys: (N,) int64.

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
    """
    sigma, reach, iterations = constant
    parts = zip(cache_sized(images), cache_sized(keys), strict=True)
    return torch.cat([_behind_glass(part, sigma, reach, iterations, key) for part, key in parts])


def glass_origins(keys: Tensor, height: int, width: int, reach: int, iterations: int) -> Tensor:
    """Where the content of each pixel comes from.

    In every iteration, from the last pixel inside the margin to the first, pixel (y, x) becomes a copy of
    what pixel (y + dy, x + dx) is by then, with dx and dy drawn from -reach .. reach - 1.

    Args:
        keys: (N,) int64.
        height: H, pixels.
        width: W, pixels.
        reach: the greatest displacement, pixels.
        iterations: how often every pixel is displaced.

    Returns:
        (N, H * W) int32, the place ``y * W + x`` in the image for each pixel in the same order.
    """
    size = height * width
    steps = _steps(keys, (iterations, height, width), reach).view(len(keys), -1)
    # Node t * size + p is pixel p after t iterations, and holds the number of the node that it copies: one
    # of the same iteration if that pixel lies ahead and so was displaced before, else of the last iteration.
    later = torch.arange(size, (iterations + 1) * size, dtype=torch.int32, device=keys.device) + steps
    later.add_(steps.clamp_(0, 1).sub_(1).mul_(size))
    return _follow(later, size)[:, -size:]


def _behind_glass(images: Tensor, sigma: float, reach: int, iterations: int, keys: Tensor) -> Tensor:
    height, width = images.shape[2:]
    blurred = truncate(gaussian_filter(images, sigma))
    origins = glass_origins(keys, height, width, reach, iterations)
    planes = [
        look_up(plane, origin) for image, origin in zip(blurred.flatten(2), origins, strict=True) for plane in image
    ]
    return truncate(gaussian_filter(torch.stack(planes).view(images.shape), sigma))


def _steps(keys: Tensor, shape: tuple[int, int, int], reach: int) -> Tensor:
    """(N, iterations, H, W) int32: the drawn displacements ``dy * W + dx``, 0 in the margin."""
    iterations, height, width = shape
    draws = words(keys, iterations * height * width).view(-1, *shape)
    # Sixteen bits for each axis, scaled to 0 .. 2 * reach - 1.
    dx = (draws & 0xFFFF).mul_(2 * reach).bitwise_right_shift_(16).sub_(reach)
    dy = draws.bitwise_right_shift_(16).add_(1 << 15).mul_(2 * reach).bitwise_right_shift_(16).sub_(reach)
    rows, columns = (torch.arange(side, dtype=torch.int32, device=keys.device) for side in (height, width))
    inside_rows = (rows > reach) & (rows <= height - reach)  # the original's range: H - reach down to reach + 1
    inside = inside_rows[:, None] & (columns > reach) & (columns <= width - reach)
    return dy.mul_(width).add_(dx).mul_(inside.to(torch.int32))


def _follow(later: Tensor, size: int) -> Tensor:
    """Replace each node by the end of its chain among the ``size`` nodes before the first iteration.

    Args:
        later: (N, iterations * size) int32, the nodes behind the first ``size``, which point at themselves.
        size: pixels of an image.
    """
    count, per_image = len(later), later.shape[1] + size
    start = torch.arange(0, count * per_image, per_image, dtype=torch.int32, device=later.device)[:, None]
    nodes = torch.arange(count * per_image, dtype=torch.int32, device=later.device).view(count, -1)
    torch.add(later, start, out=nodes[:, size:])
    # Every round doubles the steps that are taken at once.
    while int((nodes[:, -size:] - start).max()) >= size:
        nodes[:, size:] = look_up(nodes.view(-1), nodes[:, size:])
    return nodes[:, size:].sub_(start)
