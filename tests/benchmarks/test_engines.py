from pathlib import Path

import pytest
import torch
from torch import nn

from benchmarks.engines import choose_device, first_images, running_engines
from tests.conftest import SIDE, MakePlan

CPU = torch.device("cpu")


def test_the_device_is_found_or_refused() -> None:
    assert choose_device("cpu") == CPU
    assert choose_device(None).type in {"cpu", "cuda"}
    with pytest.raises(ValueError, match="expected --device as one that is here, such as cpu, got 'nowhere'"):
        choose_device("nowhere")


def test_engines_run_in_evaluation_mode_only_inside(make_plan: MakePlan, colour_folder: Path) -> None:
    plan = make_plan(colour_folder)
    norm = next(m for m in plan.models[0].classifier.modules() if isinstance(m, nn.BatchNorm2d))
    norm.train()
    with running_engines(plan, device=CPU, batch_size=4) as engines:
        assert not norm.training and engines[0].batch_size == 4
    assert norm.training


def test_the_first_images_are_those_that_can_be_read(make_plan: MakePlan, colour_folder: Path) -> None:
    plan = make_plan(colour_folder)
    assert first_images(plan, 0, 4).shape == (4, 3, SIDE, SIDE)
    for path in colour_folder.rglob("*.png"):
        path.write_bytes(b"")
    assert first_images(make_plan(colour_folder), 0, 4).shape == (0, 3, SIDE, SIDE)
