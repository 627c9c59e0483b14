"""Permuted AdaIN (pAdaIN): now and then, in training, images exchange the mean and spread of their feature channels.

What is left of an image is the arrangement of its features; their level and contrast, which brightness, colour and
texture decide, come from another image of the batch. A network trained so leans less on global statistics.

The layer sits between convolution and batch norm, on the stem and on residual branches, never on a shortcut; in
pre-activation networks it follows the convolution. It has no parameters and no buffers, and :func:`insert_padain`
renames nothing, so checkpoints load with and without it.

Departures from the authors' code: a batch of one image and maps of one position come back as they are (there the
variance is undefined), and ``p = 0`` draws no random number, so that such a run equals one without the layer.

Reference:
    Nuriel, Benaim and Wolf, "Permuted AdaIN: Reducing the Bias Towards Global Statistics in Image Classification",
    CVPR 2021, section 3, https://arxiv.org/abs/2010.05785
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from robustness.padain_sites import padain_sites

__all__ = [
    "PermutedAdaIN",
    "attach_at_sites",
    "insert_padain",
    "padain_sites",
    "permuted_adain",
    "remove_padain",
    "swap_statistics",
]

_CHILD = "padain"


def permuted_adain(features: Tensor, permutation: Tensor, eps: float = 1e-5) -> Tensor:
    """Give every image the channel statistics of another: ``(x - m(x)) / (s(x) + eps) * s(x[pi]) + m(x[pi])``.

    m and s are mean and ``sqrt(variance + eps)`` over the positions of one image and channel, with the unbiased
    variance. No gradient flows into the statistics that are received. Statistics of half precision features are
    taken in float32; dtype and memory format stay.

    Args:
        features: (N, C, H, W), floating point.
        permutation: (N,) int64, the image whose statistics each one receives; fixed points are allowed.
        eps: inside the root, and added to the divisor.

    Returns:
        (N, C, H, W); ``features`` itself where H = W = 1, since a single position has no variance.

    Raises:
        ValueError: features that are no maps, or a permutation of another length.

    Reference:
        Nuriel, Benaim and Wolf, CVPR 2021, equations 1 to 3, https://arxiv.org/abs/2010.05785

    Example:
        >>> features = torch.tensor([[1.0, 3.0], [10.0, 30.0]]).view(2, 1, 1, 2)
        >>> permuted_adain(features, torch.tensor([1, 0])).flatten().round(decimals=3).tolist()
        [10.0, 30.0, 1.0, 3.0]
    """
    _check_maps("features", features)
    if tuple(permutation.shape) != (len(features),):
        raise ValueError(
            f"expected `permutation` of shape ({len(features)},), one image for each of `features`, "
            f"got {tuple(permutation.shape)}"
        )
    if features.shape[2:].numel() == 1:
        return features
    mean, spread = _statistics(features, eps)
    permutation = permutation.to(features.device)
    return _restyled(features, (mean, spread), (mean.detach()[permutation], spread.detach()[permutation]), eps)


def swap_statistics(
    source_features: Tensor,
    target_features: Tensor,
    p: float = 0.01,
    eps: float = 1e-5,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Show labelled source images under the statistics of the target domain, with probability p; else as they are.

    For domain adaptation: labels stay those of the source, the target needs none. One draw decides for the call, and
    one permutation of the target's images says who receives whose statistics; each is used about equally often.

    Args:
        source_features: (N, C, H, W), floating point.
        target_features: (M, C, h, w), of the same layer; their gradient is cut.
        p: probability of an exchange, in [0, 1].
        eps: as in :func:`permuted_adain`.
        generator: of the draws; None is torch's global one.

    Returns:
        (N, C, H, W) source features, with the target's statistics or unchanged.

    Raises:
        ValueError: p outside [0, 1], features that are no maps, different channels, or no target image.

    Example:
        >>> source, target = torch.tensor([[[[0.0, 2.0]]]]), torch.tensor([[[[10.0, 30.0]]]])
        >>> swap_statistics(source, target, p=1.0).flatten().round(decimals=3).tolist()
        [10.0, 30.0]
    """
    _check_probability(p)
    _check_maps("source_features", source_features)
    _check_maps("target_features", target_features)
    if source_features.shape[1] != target_features.shape[1] or not len(target_features):
        raise ValueError(
            f"expected `target_features` of at least one image with {source_features.shape[1]} channels, as the "
            f"source has, got {tuple(target_features.shape)}; take both from the same layer"
        )
    sizes = source_features.shape[2:].numel(), target_features.shape[2:].numel()
    rows = None if min(sizes) == 1 else _draw(max(len(source_features), len(target_features)), p, generator)
    if rows is None:
        return source_features
    rows = (rows[: len(source_features)] % len(target_features)).to(target_features.device)
    mean, spread = (statistic[rows] for statistic in _statistics(target_features.detach(), eps))
    return _restyled(source_features, _statistics(source_features, eps), (mean, spread), eps)


class PermutedAdaIN(nn.Module):
    """:func:`permuted_adain` under a fresh permutation with probability p, in training mode only; else the identity.

    Every call draws for itself: with L layers, at least one acts in a share 1 - (1 - p)^L of the steps. Draws come
    from the CPU, as the decision must be known there, so the device is never waited for. Under DistributedDataParallel
    the permutation is within the images of each process, as the authors trained. Under ``torch.compile`` the draw
    breaks the graph in training mode, because what runs next depends on its value; evaluation stays one graph.

    Args:
        p: probability that a call permutes, in [0, 1]; the paper has 0.01.
        eps: as in :func:`permuted_adain`.
        generator: of the draws; None is torch's global generator of the CPU, as for dropout.

    Raises:
        ValueError: p outside [0, 1].

    Example:
        >>> features = torch.tensor([[0.0, 2.0], [10.0, 30.0]]).view(2, 1, 1, 2)
        >>> torch.equal(PermutedAdaIN(p=1.0).eval()(features), features)
        True
    """

    def __init__(self, p: float = 0.01, eps: float = 1e-5, generator: torch.Generator | None = None) -> None:
        super().__init__()
        _check_probability(p)
        self.p = p
        self.eps = eps
        self.generator = generator

    def forward(self, features: Tensor) -> Tensor:
        """Features (N, C, H, W) in, the same shape out."""
        if not self.training or self.p == 0 or len(features) < 2 or features.shape[2:].numel() == 1:
            return features
        permutation = _draw(len(features), self.p, self.generator)
        return features if permutation is None else permuted_adain(features, permutation, self.eps)

    def extra_repr(self) -> str:
        """Settings, for the printed network."""
        return f"p={self.p}, eps={self.eps}"


def insert_padain(model: nn.Module, p: float = 0.01) -> int:
    """Permute the output of every convolution in :func:`padain_sites`, in place.

    Each of them gets a :class:`PermutedAdaIN` as a child, ``<name>.padain``, and a hook that applies it. State dicts
    keep their keys; copies and pickles keep the layer. A network that has the layer already gets the new ``p``.

    Args:
        model: any network with BatchNorm2d after or before its convolutions.
        p: probability that a site permutes, in [0, 1].

    Returns:
        The number of sites.

    Raises:
        ValueError: p outside [0, 1], or a network without any site.

    Example:
        >>> insert_padain(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)), p=0.1)
        1
    """
    return attach_at_sites(model, lambda: PermutedAdaIN(p), p)


def attach_at_sites(model: nn.Module, make_layer: Callable[[], nn.Module], p: float) -> int:
    """Apply a layer of its own to the output of every site; see :func:`insert_padain`.

    Args:
        model: the network, changed in place.
        make_layer: makes the layer of one site, without parameters and buffers.
        p: probability that it acts.

    Returns:
        The number of sites.

    Raises:
        ValueError: a network without any site.
    """
    _check_probability(p)
    sites = padain_sites(model)
    if not sites:
        raise ValueError(
            f"expected `model` with BatchNorm2d after or before its convolutions, got {type(model).__name__} "
            f"without; pAdaIN is defined for networks with batch norm"
        )
    for name in sites:
        convolution = model.get_submodule(name)
        _detach(convolution)
        convolution.add_module(_CHILD, make_layer().train(convolution.training))
        convolution.register_forward_hook(_permute_output)
    return len(sites)


def remove_padain(model: nn.Module) -> None:
    """Undo :func:`insert_padain`, in place; a network without the layer stays as it is."""
    for module in list(model.modules()):
        _detach(module)


def _permute_output(convolution: nn.Module, _inputs: tuple[Tensor, ...], features: Tensor) -> Tensor:
    permuted: Tensor = convolution.get_submodule(_CHILD)(features)
    return permuted


def _detach(module: nn.Module) -> None:
    # By the function rather than by the handle: a copied or unpickled network has the hook and no handle to it.
    for key in [key for key, hook in module._forward_hooks.items() if hook is _permute_output]:
        del module._forward_hooks[key]
        delattr(module, _CHILD)


# The value decides what runs next, which no compiled graph can express; without this, every caller up to the network
# would be traced in vain before it breaks.
@torch.compiler.disable(reason="whether to permute is decided anew in every call")  # type: ignore[untyped-decorator]
def _draw(count: int, p: float, generator: torch.Generator | None) -> Tensor | None:
    """A permutation with probability p, else None."""
    device = generator.device if generator is not None else "cpu"
    if torch.rand((), generator=generator, device=device).item() >= p:
        return None
    return torch.randperm(count, generator=generator, device=device)


def _statistics(features: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """Mean and spread, (N, C, 1, 1) each, in float32 at least."""
    precise = features.float() if features.dtype in (torch.float16, torch.bfloat16) else features
    variance, mean = torch.var_mean(precise, dim=(2, 3), keepdim=True)
    return mean, (variance + eps).sqrt()


def _restyled(features: Tensor, content: tuple[Tensor, Tensor], style: tuple[Tensor, Tensor], eps: float) -> Tensor:
    (mean, spread), (new_mean, new_spread) = content, style
    return ((features - mean) * (new_spread / (spread + eps)) + new_mean).to(features.dtype)


def _check_maps(name: str, features: Tensor) -> None:
    if features.ndim != 4 or not features.is_floating_point():
        raise ValueError(
            f"expected `{name}` of shape (N, C, H, W), floating point, got {tuple(features.shape)} {features.dtype}"
        )


def _check_probability(p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"expected probability `p` in [0, 1], got {p}")
