"""A classifier that minds where colours stand, unlike the one of the other tests, so that its predictions flip."""

import pytest
import torch
from torch import nn

from benchmarks.preparation import Preparation
from benchmarks.zoo import ZooModel, wrap_module
from tests.conftest import COLOURS, SIDE


@pytest.fixture
def colour_model() -> ZooModel:
    """Random linear logits of seven classes from the means of 8 x 8 patches; it sees the centre of a margin."""
    network = nn.Sequential(nn.AdaptiveAvgPool2d(8), nn.Flatten(), nn.Linear(3 * 64, 7))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        nn.init.normal_(network[2].weight)
    return wrap_module(
        network,
        name="colour",
        class_names=[*COLOURS, "cyan", "pink", "grey", "white"],
        preparation=Preparation(size=(SIDE, SIDE), crop_fraction=0.8),
        mean=(0.5, 0.5, 0.5),
        std=(0.25, 0.25, 0.25),
    )
