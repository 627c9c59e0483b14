"""LPIPS with random weights, in a file of the form that users bring."""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

# Convolutions of AlexNet as torchvision numbers them: place, output and input channels, side of the kernel.
ALEXNET = ((0, 64, 3, 11), (3, 192, 64, 5), (6, 384, 192, 3), (8, 256, 384, 3), (10, 256, 256, 3))


def random_weights(seed: int = 0) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for number, (place, out, channels, kernel) in enumerate(ALEXNET):
        scale = (2 / (channels * kernel**2)) ** 0.5
        tensors[f"features.{place}.weight"] = torch.randn(out, channels, kernel, kernel, generator=generator) * scale
        tensors[f"features.{place}.bias"] = torch.randn(out, generator=generator) * 0.1
        tensors[f"lin{number}.model.1.weight"] = torch.rand(1, out, 1, 1, generator=generator)
    return tensors


def write_weights(path: Path, tensors: dict[str, Tensor] | None = None) -> Path:
    save_file(random_weights() if tensors is None else tensors, path)
    return path
