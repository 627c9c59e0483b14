"""The one door to all perturbations: check the arguments, hash the seeds, write frames into one tensor."""

from collections.abc import Callable, Iterator
from itertools import islice

import torch
from torch import Tensor

from robustness.corruptions.draws import image_keys
from robustness.corruptions.levels import truncate
from robustness.perturbations.blur import gaussian_blur, motion_blur, zoom_blur
from robustness.perturbations.courses import COURSES, Course
from robustness.perturbations.geometry import rotate, scale, shear, tilt, translate
from robustness.perturbations.noise import gaussian_noise, shot_noise, speckle_noise
from robustness.perturbations.weather import brightness, snow, spatter

__all__ = ["PERTURBATIONS", "perturb"]

Perturbation = Callable[[Tensor, Course, Tensor, tuple[int, int]], Iterator[Tensor]]

# In the paper's order, those for validation last.
PERTURBATIONS: dict[str, Perturbation] = {
    "gaussian_noise": gaussian_noise,
    "shot_noise": shot_noise,
    "motion_blur": motion_blur,
    "zoom_blur": zoom_blur,
    "snow": snow,
    "brightness": brightness,
    "translate": translate,
    "rotate": rotate,
    "tilt": tilt,
    "scale": scale,
    "speckle_noise": speckle_noise,
    "gaussian_blur": gaussian_blur,
    "spatter": spatter,
    "shear": shear,
}

# Values of the images that are worked on at once: a few of 224 px on a CPU, whose cache is small.
_CPU_PIECE = 1 << 20
_GPU_PIECE = 1 << 26


@torch.no_grad()
def perturb(
    images: Tensor,
    name: str,
    *,
    seeds: Tensor,
    frames: int | None = None,
    profile: str = "imagenet",
    size: tuple[int, int] | None = None,
) -> Tensor:
    """Make the perturbation sequence of every image of a batch, as the original benchmark does.

    A sequence depends on its image's own seed and on (name, profile, H, W, size) alone: never on the batch, the
    number of threads or the device. Frames are 8-bit; float images are first rounded to their nearest level.
    The first frame is clean for noise and zoom_blur; the other sequences start in the midst of it.

    The original resizes a photo to 256 pixels, moves it, and then crops 224: translation, rotation, tilt, scale
    and shear bring into sight what lies in the margin. Give such images with their margin, and the crop as
    ``size``. Without a margin, what comes into sight is black, as it is in CIFAR-P. The original also squeezes
    its 224 pixel sequences into lossy videos, which is not repeated here.

    Constants of a profile are used at any size as they stand; each module says what that means.

    Args:
        images: (N, 3, H, W), RGB, uint8 in 0..255 or float32 in [0, 1]; never modified.
        name: a key of :data:`PERTURBATIONS`.
        seeds: (N,) int64, one per image; deterministic perturbations take them as well.
        frames: as many of the first frames; all if None: 31, for translate 41 (cifar 16), for motion_blur of
            cifar 21.
        profile: ``"imagenet"`` (made for 224 px), ``"tiny"`` (64 px) or ``"cifar"`` (32 px).
        size: (h, w) of the frames, cut from the centre; the whole image if None.

    Returns:
        (N, frames, 3, h, w) of the images' dtype and device; float values are k / 255.

    Raises:
        ValueError: an argument is not as described above; the message names the remedy.

    Reference:
        D. Hendrycks and T. Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and
        Perturbations", ICLR 2019, section 4.2, https://arxiv.org/abs/1903.12261

    Example:
        >>> photos = torch.full((2, 3, 8, 10), 0.2)
        >>> films = perturb(photos, "rotate", seeds=torch.tensor([0, 1]), frames=4, size=(6, 6))
        >>> films.shape, films.dtype
        (torch.Size([2, 4, 3, 6, 6]), torch.float32)
    """
    course = _course(name, profile, frames)
    _check_images(images)
    _check_seeds(seeds, len(images))
    size = _checked_size(size, images)
    keys = image_keys(seeds.to(images.device), f"perturbation/{name}/{profile}")
    shape = (len(images), len(course.steps) if frames is None else frames, 3, *size)
    out = torch.empty(shape, dtype=images.dtype, device=images.device)
    for piece in _pieces(images):
        sequence = PERTURBATIONS[name](_to_levels(images[piece]), course, keys[piece], size)
        for number, frame in enumerate(islice(sequence, shape[1])):
            out[piece, number] = frame if images.dtype == torch.uint8 else frame / 255
    return out


def _course(name: str, profile: str, frames: int | None) -> Course:
    if name not in PERTURBATIONS:
        raise ValueError(f"expected `name` to be one of {', '.join(PERTURBATIONS)}, got {name!r}")
    if profile not in COURSES[name]:
        raise ValueError(
            f"expected `profile` to be one of {', '.join(COURSES[name])}, got {profile!r}; "
            f"take the one made for the size nearest to your images: 224, 64 or 32 px"
        )
    course = COURSES[name][profile]
    if frames is not None and not 1 <= frames <= len(course.steps):
        raise ValueError(f"expected `frames` of {name} in 1..{len(course.steps)} or None for all, got {frames}")
    return course


def _pieces(images: Tensor) -> Iterator[slice]:
    values = _CPU_PIECE if images.device.type == "cpu" else _GPU_PIECE
    step = max(values // images[:1].numel(), 1) if len(images) else 1
    return (slice(start, start + step) for start in range(0, len(images), step))


def _to_levels(images: Tensor) -> Tensor:
    if images.dtype == torch.float32:
        images = truncate((images * 255).round_())
    return images.contiguous()


def _checked_size(size: tuple[int, int] | None, images: Tensor) -> tuple[int, int]:
    height, width = images.shape[2:]
    if size is None:
        return height, width
    if len(size) != 2 or not (1 <= size[0] <= height and 1 <= size[1] <= width):
        raise ValueError(f"expected `size` as (h, w) within the images' ({height}, {width}), got {size}")
    return size[0], size[1]


def _check_images(images: Tensor) -> None:
    shape = tuple(images.shape)
    if len(shape) != 4 or shape[1] != 3 or 0 in shape[2:]:
        raise ValueError(
            f"expected `images` of shape (N, 3, H, W) with at least one pixel, got {shape}; "
            f"repeat a grey channel with images.expand(-1, 3, -1, -1)"
        )
    if images.dtype not in (torch.uint8, torch.float32):
        raise ValueError(f"expected `images` as uint8 in 0..255 or float32 in [0, 1], got {images.dtype}")
    if images.dtype == torch.float32 and images.numel():
        low, high = (bound.item() for bound in images.aminmax())
        if not (low >= 0 and high <= 1):  # written so that NaN fails as well
            raise ValueError(
                f"expected float `images` in [0, 1], got {low:g}..{high:g}; "
                f"perturb pixels before normalisation, and divide 0..255 by 255"
            )


def _check_seeds(seeds: Tensor, count: int) -> None:
    if tuple(seeds.shape) != (count,) or seeds.dtype != torch.int64:
        raise ValueError(
            f"expected `seeds` of shape ({count},) and dtype torch.int64, one per image, "
            f"got {tuple(seeds.shape)} {seeds.dtype}; for example torch.arange({count})"
        )
