"""LPIPS: how different two images look, by weights that people's judgements gave.

The network's layout comes from torchvision; every weight comes from the user's file, nothing is downloaded.

Reference:
    Zhang et al., LPIPS, 2018, equation 1, https://arxiv.org/abs/1801.03924, version 0.1: unit vectors of channels after
    five rectifiers, squared differences weighted by one head each, summed over depths and averaged over places.
    Vectors of length zero stay zero here, where the original divides by 1e-10.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from xai.stylex.losses import unit_features

__all__ = ["LEAST_SIDE", "Perceptual", "load_perceptual"]

LEAST_SIDE = 32
"""Pixels: smaller images do not reach the last head."""

# Of pixels in [-1, 1]: the mean and spread of ImageNet, as the original rounds them.
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)


@dataclass(frozen=True)
class _Layout:
    """A network of torchvision that LPIPS was fitted on: after which layers, and how many channels there are."""

    taps: tuple[int, ...]
    channels: tuple[int, ...]


_LAYOUTS = {
    "alexnet": _Layout((1, 4, 7, 9, 11), (64, 192, 384, 256, 256)),
    "vgg16": _Layout((3, 8, 15, 22, 29), (64, 128, 256, 512, 512)),
}


class Perceptual(nn.Module):
    """The distance, in evaluation mode and without gradients of its own weights.

    Args:
        layers: of the network, up to the last tap.
        taps: places of the layers whose outputs are compared.
        heads: (1, C, 1, 1) a tap.
        weights_hash: SHA-256 of the file.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self, layers: nn.Sequential, taps: tuple[int, ...], heads: list[Tensor], weights_hash: str) -> None:
        super().__init__()
        self.layers, self.taps, self.weights_hash = layers, taps, weights_hash
        self.register_buffer("shift", torch.tensor(_SHIFT)[:, None, None])
        self.register_buffer("scale", torch.tensor(_SCALE)[:, None, None])
        self.heads = nn.ParameterList(heads)
        self.eval().requires_grad_(requires_grad=False)

    def forward(self, images: Tensor, others: Tensor) -> Tensor:
        """Mean distance of pairs.

        Args:
            images: (N, 3, H, W) in [0, 1], at least 32 pixels a side.
            others: likewise; gradients do not reach them.

        Returns:
            A scalar of at least 0 where no head is negative.
        """
        with torch.no_grad():
            wanted = self._features(others)
        pairs = zip(self.heads, self._features(images), wanted, strict=True)
        terms = [(head * (one - other).square()).sum(1).mean() for head, one, other in pairs]
        return torch.stack(terms).sum()

    def _features(self, images: Tensor) -> list[Tensor]:
        found, features = [], (2 * images - 1 - self.shift) / self.scale
        for place, layer in enumerate(self.layers):
            features = layer(features)
            if place in self.taps:
                found.append(unit_features(features))
        return found


def load_perceptual(path: Path) -> Perceptual:
    """Read LPIPS from a safetensors file.

    Args:
        path: of a state dict with the convolutions of AlexNet or VGG-16 (``features.0.weight`` as torchvision calls
            them, or ``net.slice1.0.weight`` as LPIPS does) and the heads ``lin0.model.1.weight`` to ``lin4...``.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is something else, or a tensor is missing or of another shape.
    """
    if not path.is_file():
        raise FileNotFoundError(f"expected LPIPS weights in {path}, got no such file")
    content = path.read_bytes()
    try:
        tensors = {_torchvision_name(name): tensor.float() for name, tensor in load(content).items()}
    except SafetensorError as error:
        raise ValueError(f"expected LPIPS weights as safetensors, got {path}: {error}") from error
    heads = [tensors.get(f"lin{number}.model.1.weight") for number in range(5)]
    found = tuple(head.shape[1] for head in heads if head is not None and head.ndim == 4)
    names = [name for name, one in _LAYOUTS.items() if one.channels == found]
    if not names:
        wanted = " or ".join(f"{one.channels} ({name})" for name, one in _LAYOUTS.items())
        raise ValueError(
            f"expected heads lin0.model.1.weight to lin4.model.1.weight of channels {wanted} in {path}, got {found}"
        )
    layout = _LAYOUTS[names[0]]
    layers = _layers(names[0], layout.taps[-1] + 1, tensors, path)
    kept = [head for head in heads if head is not None]
    return Perceptual(layers, layout.taps, kept, hashlib.sha256(content).hexdigest())


def _torchvision_name(name: str) -> str:
    name = re.sub(r"^net\.slice\d+\.", "features.", name)
    return re.sub(r"^lins\.(\d+)\.", r"lin\1.", name)


def _layers(name: str, count: int, tensors: Mapping[str, Tensor], path: Path) -> nn.Sequential:
    """The first layers of a network's features, with the weights of a file."""
    from torchvision import models

    with torch.device("meta"):  # a layout alone: its random weights would take seconds, and the unused layers memory
        whole = models.get_model(name, weights=None).get_submodule("features")
    layers = nn.Sequential(*list(whole.children())[:count])
    wanted = layers.state_dict()
    for key, tensor in wanted.items():
        own = tensors.get(f"features.{key}")
        if own is None or own.shape != tensor.shape:
            got = "none" if own is None else str(tuple(own.shape))
            raise ValueError(f"expected features.{key} of shape {tuple(tensor.shape)} in {path}, got {got}")
    layers.load_state_dict({key: tensors[f"features.{key}"] for key in wanted}, assign=True)
    return layers
