"""The one door to all corruptions: check the arguments, hash the seeds, work in pieces that fit the cache."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from robustness.corruptions.blur import defocus_blur, gaussian_blur
from robustness.corruptions.digital import contrast, pixelate, saturate
from robustness.corruptions.draws import image_keys
from robustness.corruptions.elastic import elastic_transform
from robustness.corruptions.fog import fog
from robustness.corruptions.frost import frost
from robustness.corruptions.glass import glass_blur
from robustness.corruptions.jpeg import jpeg_compression
from robustness.corruptions.levels import truncate
from robustness.corruptions.motion import motion_blur
from robustness.corruptions.noise import gaussian_noise, impulse_noise, shot_noise, speckle_noise
from robustness.corruptions.severities import PROFILES, SEVERITIES
from robustness.corruptions.snow import snow
from robustness.corruptions.spatter import spatter
from robustness.corruptions.threads import for_each
from robustness.corruptions.weather import brightness
from robustness.corruptions.zoom import zoom_blur

__all__ = ["CORRUPTIONS", "corrupt"]

Corruption = Callable[[Tensor, Any, Tensor], Tensor]

# In the paper's order, the extra ones last.
CORRUPTIONS: dict[str, Corruption] = {
    "gaussian_noise": gaussian_noise,
    "shot_noise": shot_noise,
    "impulse_noise": impulse_noise,
    "defocus_blur": defocus_blur,
    "glass_blur": glass_blur,
    "motion_blur": motion_blur,
    "zoom_blur": zoom_blur,
    "snow": snow,
    "frost": frost,
    "fog": fog,
    "brightness": brightness,
    "contrast": contrast,
    "elastic_transform": elastic_transform,
    "pixelate": pixelate,
    "jpeg_compression": jpeg_compression,
    "speckle_noise": speckle_noise,
    "gaussian_blur": gaussian_blur,
    "spatter": spatter,
    "saturate": saturate,
}

# Values per piece. A CPU reuses memory that is still warm, and its threads want pieces of equal size that are worth
# the hand-over; a GPU wants large launches.
_CPU_PIECE = 1 << 21
_LEAST_PIECE = 1 << 17
_GPU_PIECE = 1 << 26


@torch.no_grad()
def corrupt(images: Tensor, name: str, severity: int, *, seeds: Tensor, profile: str = "imagenet") -> Tensor:
    """Corrupt a batch as the original benchmark does.

    An image's pixels depend on its own seed and on (name, severity, profile, H, W) alone: never on the
    batch, the worker, the number of threads or the device. Results are quantised to 8 bits by truncation,
    as in the original. The original starts from 8 bits too, so float images are first rounded to their
    nearest level: ``corrupt(x)`` and ``corrupt(x / 255)`` agree exactly.

    The constants of a profile are used at any size as they stand; each module says what that means.

    Args:
        images: (N, 3, H, W), RGB, uint8 in 0..255 or float32 in [0, 1]; never modified.
        name: a key of :data:`CORRUPTIONS`.
        severity: 1..5.
        seeds: (N,) int64, one per image; deterministic corruptions take them as well.
        profile: ``"imagenet"`` (made for 224 px), ``"tiny"`` (64 px) or ``"cifar"`` (32 px).

    Returns:
        Images of the same shape, dtype and device; float values are k / 255.

    Raises:
        ValueError: an argument is not as described above; the message names the remedy.

    Reference:
        D. Hendrycks and T. Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and
        Perturbations", ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261

    Example:
        >>> photos = torch.full((2, 3, 8, 8), 0.5)
        >>> noisy = corrupt(photos, "gaussian_noise", 3, seeds=torch.tensor([0, 1]))
        >>> noisy.shape, noisy.dtype, bool((noisy[0] == noisy[1]).all())
        (torch.Size([2, 3, 8, 8]), torch.float32, False)
    """
    _check_condition(name, severity, profile)
    _check_images(images)
    _check_seeds(seeds, len(images))
    severity = int(severity)
    keys = image_keys(seeds.to(images.device), f"{name}/{severity}/{profile}")
    constant = SEVERITIES[name][profile][severity - 1]
    on_cpu = images.device.type == "cpu"
    corruption = (_on_cpu() if on_cpu else CORRUPTIONS)[name]
    out = torch.empty_like(images)

    @torch.no_grad()  # a setting of each thread
    def work(piece: slice) -> None:
        corrupted = corruption(_to_levels(images[piece]), constant, keys[piece])
        out[piece] = corrupted if images.dtype == torch.uint8 else corrupted / 255

    threads = torch.get_num_threads() if on_cpu else 1
    for_each(work, _pieces(images, threads), threads=threads)
    return out


@lru_cache(maxsize=1)
def _on_cpu() -> dict[str, Corruption]:
    """The compiled forms, where there are any, in place of torch's; loading the compiler can wait until here."""
    from robustness.kernels import COMPILED

    return {**CORRUPTIONS, **COMPILED}


def _pieces(images: Tensor, threads: int) -> Iterator[slice]:
    """Parts of the batch, as many for each thread."""
    most = _CPU_PIECE if images.device.type == "cpu" else _GPU_PIECE
    rounds = -(-images.numel() // (most * threads))
    count = rounds * threads if images.numel() >= threads * _LEAST_PIECE else rounds
    step = max(-(-len(images) // max(count, 1)), 1)
    return (slice(start, start + step) for start in range(0, len(images), step))


def _to_levels(images: Tensor) -> Tensor:
    if images.dtype == torch.float32:
        images = truncate((images * 255).round_())
    return images.contiguous()


def _check_condition(name: str, severity: int, profile: str) -> None:
    if name not in CORRUPTIONS:
        raise ValueError(f"expected `name` to be one of {', '.join(CORRUPTIONS)}, got {name!r}")
    if severity not in range(1, 6):
        raise ValueError(f"expected `severity` in 1..5, got {severity!r}; severity 0 is the clean image itself")
    if profile not in PROFILES:
        raise ValueError(
            f"expected `profile` to be one of {', '.join(PROFILES)}, got {profile!r}; "
            f"take the one made for the size nearest to your images: 224, 64 or 32 px"
        )


def _check_images(images: Tensor) -> None:
    shape = tuple(images.shape)
    if len(shape) != 4 or shape[1] != 3:
        grey = len(shape) == 4 and shape[1] == 1
        remedy = "repeat the grey channel with images.expand(-1, 3, -1, -1)" if grey else "stack RGB images"
        raise ValueError(f"expected `images` of shape (N, 3, H, W), got {shape}; {remedy}")
    if 0 in shape[2:]:
        raise ValueError(f"expected `images` with at least one pixel, got shape {shape}; drop empty images")
    if images.dtype not in (torch.uint8, torch.float32):
        raise ValueError(
            f"expected `images` as uint8 in 0..255 or float32 in [0, 1], got {images.dtype}; "
            f"convert with images.float() or images.to(torch.uint8)"
        )
    if images.dtype == torch.float32 and images.numel():
        low, high = (bound.item() for bound in images.aminmax())
        if not (low >= 0 and high <= 1):  # written so that NaN fails as well
            raise ValueError(
                f"expected float `images` in [0, 1], got {low:g}..{high:g}; "
                f"corrupt pixels before normalisation, and divide 0..255 by 255"
            )


def _check_seeds(seeds: Tensor, count: int) -> None:
    if tuple(seeds.shape) != (count,) or seeds.dtype != torch.int64:
        raise ValueError(
            f"expected `seeds` of shape ({count},) and dtype torch.int64, one per image, "
            f"got {tuple(seeds.shape)} {seeds.dtype}; for example torch.arange({count})"
        )
