"""How much does a trained classifier lean on global statistics? Exchange them between images and look at the answers.

Two images exchange the mean and the spread of every channel, of the features at one place of the network
(:func:`swap_at`) or of the pixels (:func:`swap_colour_statistics`). Arrangement stays, level and contrast move: what
the classifier then gets wrong, it had read from statistics.

Reference:
    Nuriel, Benaim and Wolf, "Permuted AdaIN: Reducing the Bias Towards Global Statistics in Image Classification",
    CVPR 2021, section 3, https://arxiv.org/abs/2010.05785 (the exchange, there for training)
"""

import contextlib
from collections.abc import Iterator

from torch import Tensor, nn

from robustness.padain import permuted_adain

__all__ = ["swap_at", "swap_colour_statistics"]

# The layer's 1e-5 stands beside variances near 1; in pixels it would be a spread of 0.8 grey levels.
_PIXEL_EPS = 1e-8


@contextlib.contextmanager
def swap_at(model: nn.Module, site: str, permutation: Tensor) -> Iterator[None]:
    """Within the context, the output of one module takes the channel statistics of the permuted images.

    Where a module runs several times in one pass, each of its outputs is exchanged.

    Args:
        model: a network in evaluation mode.
        site: name of a module of it with (N, C, H, W) output, as in ``named_modules``; see
            :func:`robustness.padain.padain_sites`.
        permutation: (N,) int64, for batches of N images.

    Raises:
        ValueError: training mode, no module of that name, or one whose output is no (N, C, H, W) tensor.

    Example:
        >>> import torch
        >>> model = nn.Sequential(nn.Identity(), nn.Flatten()).eval()
        >>> features = torch.tensor([[1.0, 3.0], [10.0, 30.0]]).view(2, 1, 1, 2)
        >>> with swap_at(model, "0", torch.tensor([1, 0])):
        ...     model(features).round(decimals=3).tolist()
        [[10.0, 30.0], [1.0, 3.0]]
    """
    if model.training:
        raise ValueError("expected `model` in evaluation mode, got one in training mode; call model.eval() first")
    modules = dict(model.named_modules())
    if site not in modules:
        raise ValueError(
            f"expected `site` to be the name of a module of {type(model).__name__}, got {site!r}; "
            f"padain_sites(model) lists some"
        )

    def swap(_module: nn.Module, _inputs: tuple[Tensor, ...], output: object) -> Tensor:
        if not isinstance(output, Tensor) or output.ndim != 4:
            found = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            raise ValueError(f"expected `site` {site!r} to give (N, C, H, W) features, got {found}")
        return permuted_adain(output, permutation)

    handle = modules[site].register_forward_hook(swap)
    try:
        yield
    finally:
        handle.remove()


def swap_colour_statistics(images: Tensor, permutation: Tensor) -> Tensor:
    """Give every image the mean and spread of each colour channel of another: :func:`permuted_adain` on pixels.

    Args:
        images: (N, 3, H, W), RGB, float in [0, 1].
        permutation: (N,) int64, the image whose statistics each one receives.

    Returns:
        (N, 3, H, W), clipped to [0, 1]; images with fixed points are those given, up to rounding.

    Raises:
        ValueError: images of another shape or type, or a permutation of another length.

    Example:
        >>> import torch
        >>> images = torch.tensor([[0.0, 0.2], [0.4, 0.8]]).view(2, 1, 1, 2).expand(2, 3, 1, 2)
        >>> swap_colour_statistics(images, torch.tensor([1, 0]))[:, 0, 0].round(decimals=3).tolist()
        [[0.4..., 0.8...], [0.0, 0.2...]]
    """
    if images.ndim != 4 or images.shape[1] != 3 or not images.is_floating_point():
        raise ValueError(
            f"expected `images` of shape (N, 3, H, W), float in [0, 1], got {tuple(images.shape)} {images.dtype}; "
            f"divide images of 8 bits by 255"
        )
    return permuted_adain(images, permutation, eps=_PIXEL_EPS).clamp(0, 1)
