"""Small data and settings that train in a second."""

import pytest
import torch

from benchmarks.training import TrainingData, TrainingSetting, in_memory

CLASSES = ("blue", "green", "red")


def coloured(count: int, seed: int = 0, side: int = 16) -> TrainingData:
    """Noisy images in which one channel is brighter than the others: 2, 1 and 0 for blue, green and red."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 3
    images = torch.randint(60, 160, (count, 3, side, side), generator=generator)
    images[torch.arange(count), 2 - labels] += 60
    return in_memory(images.to(torch.uint8), labels, CLASSES, "coloured")


@pytest.fixture
def data() -> TrainingData:
    return coloured(46)


@pytest.fixture
def setting() -> TrainingSetting:
    return TrainingSetting(
        architecture="test_resnet",
        epochs=3,
        batch_size=16,
        learning_rate=0.05,
        validation=0.2,
        padding=1,
        precision="exact",
    )
