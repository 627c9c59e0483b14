"""A run that takes a second."""

from pathlib import Path

import pytest
import timm
import torch

from benchmarks.invariances.tasks import Options
from benchmarks.plan import Plan
from benchmarks.preparation import Preparation
from benchmarks.zoo import wrap_module
from tests.conftest import COLOURS, MakePlan
from xai.invariances import AutoencoderRecipe, InvarianceRecipe, ProbeRecipe

__all__ = ["SMALL"]

SMALL = Options(
    layers=("layer4",),
    side=16,
    widen=("move",),
    copies=3,
    autoencoder=AutoencoderRecipe(code=3, width=4, steps=3, batch_size=8),
    flow=InvarianceRecipe(blocks=1, hidden=8, regression_steps=3, steps=3, batch_size=16),
    probe=ProbeRecipe(hidden=8, steps=3),
)


@pytest.fixture
def plan(make_plan: MakePlan, colour_folder: Path) -> Plan:
    torch.manual_seed(0)
    model = wrap_module(
        timm.create_model("test_resnet", num_classes=3),
        name="net",
        class_names=list(COLOURS),
        preparation=Preparation(size=(32, 32), crop_fraction=1.0),
        mean=(0.5,) * 3,
        std=(0.25,) * 3,
    )
    return make_plan(colour_folder, models=(model,))
