"""Trainings that write down which images each process reads; ``test_ranks`` starts them in two processes."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.training import TrainingSetting, train
from benchmarks.training.data import MemoryImages
from tests.benchmarks.training.conftest import coloured

ARCHITECTURES = {"exact": ("test_vit", 32), "normed": ("test_resnet", 16)}  # without and with batch norms


@dataclass(frozen=True, kw_only=True)
class RecordingImages(MemoryImages):
    seen: list[list[int]] = field(default_factory=list)

    def fetch(self, positions: Sequence[int], seeds: Sequence[int] | None = None) -> Tensor:
        if seeds is not None:
            self.seen.append(list(positions))
        return super().fetch(positions, seeds)


def record(folder: Path) -> None:
    """Train both networks on 37 images in steps of up to 10."""
    torch.set_num_threads(1)
    for name, (architecture, side) in ARCHITECTURES.items():
        data = coloured(37, side=side)
        source = RecordingImages(pixels=data.source.fetch(range(37)))
        setting = TrainingSetting(
            architecture=architecture,
            epochs=3,
            batch_size=10,
            learning_rate=0.01,
            padding=0,
            flip=False,
            precision="exact",
        )
        counted: list[int] = []
        train(
            setting,
            replace(data, source=source),
            folder / name,
            device=torch.device("cpu"),
            on_images=counted.append,
            validation=coloured(20, seed=1, side=side),
        )
        rank = os.environ.get("RANK", "0")
        (folder / f"{name}-{rank}.json").write_text(json.dumps({"seen": source.seen, "counted": counted}))
