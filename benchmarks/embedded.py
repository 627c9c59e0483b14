"""The embedded default: real handwritten digits and a small network trained on half of them, here and now."""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import platformdirs
import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.checkpoints import read_checkpoint, write_checkpoint
from benchmarks.conditions import CLEAN
from benchmarks.datasets import Samples, digits_halves
from benchmarks.preparation import Preparation
from benchmarks.zoo import ZooModel, wrap_module

__all__ = [
    "PREPARATION",
    "EmbeddedTraining",
    "as_tensors",
    "cache_folder",
    "embedded_default",
    "shifted",
    "weights_path",
]

_CONFIG: dict[str, Any] = {
    "input_size": [3, 32, 32],
    "crop_pct": 1.0,
    "interpolation": "bilinear",
    "mean": [0.5, 0.5, 0.5],
    "std": [0.5, 0.5, 0.5],
}
PREPARATION = Preparation.from_timm(_CONFIG)


@dataclass(frozen=True, kw_only=True)
class EmbeddedTraining:
    """How the default network is trained: seconds on two cores.

    Attributes:
        architecture: a timm name.
        steps: optimiser steps.
        batch_size: images a step.
        learning_rate: highest, of a one-cycle schedule.
        weight_decay: of AdamW.
        shift: largest translation in pixels, the only augmentation.
        seed: of the halves, the initial weights and the batches.
    """

    architecture: str = "test_resnet"
    steps: int = 250
    batch_size: int = 64
    learning_rate: float = 4e-3
    weight_decay: float = 0.05
    shift: int = 2
    seed: int = 0

    def key(self) -> str:
        """Short hash that names the cached weights; other settings or another timm train anew."""
        text = json.dumps(asdict(self) | {"timm": timm.__version__, "data_config": _CONFIG}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def cache_folder() -> Path:
    """The user's cache folder for this program."""
    return platformdirs.user_cache_path("classifier-audit")


def weights_path(training: EmbeddedTraining, cache: Path | None = None) -> Path:
    """Where the trained weights are kept."""
    return (cache or cache_folder()) / "embedded" / f"{training.architecture}-{training.key()}.safetensors"


def embedded_default(
    training: EmbeddedTraining,
    *,
    cache: Path | None = None,
    on_step: Callable[[int], None] = lambda _: None,
) -> tuple[ZooModel, Samples]:
    """Make the default audit's two ingredients: a classifier and images it has not seen.

    Args:
        training: settings of the network.
        cache: folder that keeps the trained weights; the user's cache folder if None.
        on_step: called after each training step with 1.

    Returns:
        The network trained on one stratified half of the digits, and the other half.
    """
    train_half, audit_half = digits_halves(training.seed)
    path = weights_path(training, cache)
    module = timm.create_model(training.architecture, num_classes=len(train_half.class_names))
    if not _load_cached(module, path):
        _train(module, train_half, training, on_step)
        write_checkpoint(module, path, class_names=train_half.class_names, data_config=json.dumps(_CONFIG))
    model = wrap_module(
        module,
        name=f"{training.architecture}-digits",
        class_names=train_half.class_names,
        preparation=PREPARATION,
        mean=_CONFIG["mean"],
        std=_CONFIG["std"],
        source=f"{training.architecture} trained on {len(train_half.entries)} embedded digits, seed {training.seed}",
    )
    return model, audit_half


def _load_cached(module: nn.Module, path: Path) -> bool:
    """Load the cached weights; anything unreadable or unfit counts as absent and is replaced."""
    try:
        module.load_state_dict(read_checkpoint(path))
    except (FileNotFoundError, ValueError, RuntimeError):
        return False
    return True


def _train(module: nn.Module, samples: Samples, training: EmbeddedTraining, on_step: Callable[[int], None]) -> None:
    generator = torch.Generator().manual_seed(training.seed)
    images, labels = as_tensors(samples)
    _initialise(module, generator)
    module.train()
    optimiser = torch.optim.AdamW(module.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay)
    for step in range(training.steps):
        for group in optimiser.param_groups:
            group["lr"] = training.learning_rate * _one_cycle(step / training.steps)
        chosen = torch.randint(len(images), (training.batch_size,), generator=generator)
        batch = shifted(images[chosen], training.shift, generator)
        loss = F.cross_entropy(module((batch - 0.5) / 0.5), labels[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        on_step(1)
    module.eval()


def as_tensors(samples: Samples) -> tuple[Tensor, Tensor]:
    """All images (N, 3, 32, 32) in [0, 1], prepared as the default network sees them, and their classes (N,)."""
    decoded = (samples.decode(entry, CLEAN).image for entry in samples.entries)
    images = torch.stack([PREPARATION(image) for image in decoded if image is not None])
    labels = torch.tensor([samples.class_names.index(entry.class_name) for entry in samples.entries])
    return images.float() / 255, labels


def _initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Draw the weights anew from ``generator``; timm drew them from the global state."""
    for name, parameter in module.named_parameters():
        if parameter.ndim > 1:
            fan_in = parameter[0].numel()
            deviation = math.sqrt(2 / fan_in)
            with torch.no_grad():
                parameter.normal_(0, deviation, generator=generator)
        elif name.endswith("bias"):
            nn.init.zeros_(parameter)
        else:
            nn.init.ones_(parameter)


def _one_cycle(progress: float) -> float:
    """Linear rise over the first fifth, then half a cosine to zero."""
    if progress < 0.2:
        return (progress + 0.01) / 0.21
    return 0.5 * (1 + math.cos(math.pi * (progress - 0.2) / 0.8))


def shifted(images: Tensor, most: int, generator: torch.Generator) -> Tensor:
    """Translate each image by up to ``most`` pixels; the border is repeated."""
    padded = F.pad(images, (most,) * 4, mode="replicate")
    height, width = images.shape[-2:]
    offsets = torch.randint(2 * most + 1, (len(images), 2), generator=generator).tolist()
    return torch.stack([one[:, y : y + height, x : x + width] for one, (y, x) in zip(padded, offsets, strict=True)])
