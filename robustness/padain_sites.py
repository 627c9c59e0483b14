"""Where permuted AdaIN belongs in a network: between convolution and batch norm, except on shortcuts.

Found from the network's modules alone, in the order in which they were registered; nothing runs.

Reference:
    Nuriel, Benaim and Wolf, "Permuted AdaIN: Reducing the Bias Towards Global Statistics in Image Classification",
    CVPR 2021, section 3 and the published code, https://arxiv.org/abs/2010.05785
"""

from collections.abc import Iterator

from torch import nn

__all__ = ["padain_sites"]

_NORMS = (nn.BatchNorm2d, nn.SyncBatchNorm)
_CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)

# Parts of a path that say "this is the way around the block": timm, torchvision and the usual CIFAR networks.
_SHORTCUTS = ("downsample", "shortcut", "skip")


def padain_sites(model: nn.Module) -> list[str]:
    """Names of the convolutions whose output :func:`insert_padain` permutes, in the order of the network.

    These are the convolutions that a batch norm of the same part follows (of as many channels, with no other part
    between). From a batch norm that follows none of them (pre-activation: DenseNet, ResNetV2) all convolutions of the
    part are sites; in such networks the first convolution, the stem, is one as well. Whatever lies on a path named
    downsample, shortcut or skip is none. A part is a module of a class of its own; plain containers, and pairs of
    depthwise and pointwise convolutions, belong to the part they stand in.

    Example:
        >>> padain_sites(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 5, 1)))
        ['0']
    """
    found, preactivation = _sites_of(model, "")
    convolutions = [name for name, module in model.named_modules() if isinstance(module, nn.Conv2d)]
    if preactivation:
        found.add(convolutions[0])
    return [name for name in convolutions if name in found]


def _sites_of(part: nn.Module, prefix: str) -> tuple[set[str], bool]:
    """Sites in a part and the parts inside, and whether any of these is pre-activated."""
    sites: set[str] = set()
    waiting: list[tuple[str, int]] = []  # convolutions that no batch norm has followed so far
    norm_came_first, preactivation = False, False
    for path, layer in _layers(part, prefix):
        if isinstance(layer, nn.Conv2d):
            waiting.append((path, layer.out_channels))
            if norm_came_first:
                sites.add(path)
                preactivation = True
        elif isinstance(layer, _NORMS):
            followed = next((entry for entry in reversed(waiting) if entry[1] == layer.num_features), None)
            norm_came_first |= followed is None
            if followed:
                waiting.remove(followed)
                sites.add(followed[0])
        else:
            waiting.clear()
            inner, inner_preactivation = _sites_of(layer, f"{path}.")
            sites |= inner
            preactivation |= inner_preactivation
    return sites, preactivation


def _layers(part: nn.Module, prefix: str) -> Iterator[tuple[str, nn.Module]]:
    """Convolutions and batch norms of a part, and the parts inside of it that hold convolutions."""
    for name, child in part.named_children():
        path = f"{prefix}{name}"
        if any(word in name for word in _SHORTCUTS):
            continue
        if isinstance(child, (nn.Conv2d, *_NORMS)):
            yield path, child
        elif type(child) in _CONTAINERS or _only_convolves(child):
            yield from _layers(child, f"{path}.")
        elif any(isinstance(module, nn.Conv2d) for module in child.modules()):
            yield path, child


def _only_convolves(part: nn.Module) -> bool:
    children = list(part.children())
    return bool(children) and all(isinstance(child, nn.Conv2d) for child in children)
