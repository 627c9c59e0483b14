"""Small real things that many tests share: a network, a folder of images, a plan."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"  # before the hub client is imported, which reads it once

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from benchmarks.conditions import CLEAN, Condition
from benchmarks.datasets import open_samples
from benchmarks.embedded import EmbeddedTraining
from benchmarks.plan import Plan
from benchmarks.preparation import Preparation
from benchmarks.zoo import ZooModel, wrap_module
from tests.starting import finished, results, seven_units

torch.set_num_threads(1)  # many small operations: a second thread waits more than it works, above all on busy machines

SIDE = 16
COLOURS = {"blue": (40, 60, 220), "green": (50, 200, 60), "red": (220, 50, 40)}


# Folders and files whose tests share something that takes long to make: one process makes it once, not every process.
_TOGETHER = tuple(
    f"tests/{name}"
    for name in (
        "benchmarks/augmentation/",
        "benchmarks/error_detection/",
        "benchmarks/explanations/",
        "benchmarks/planted/",
        "test_resume",
    )
)

# The longest files come first, so that no process waits for them at the end.
_FIRST = ("tests/test_resume", "tests/test_documents.py", "tests/benchmarks/augmentation/")


def pytest_configure(config: pytest.Config) -> None:
    """Let pytest-xdist deal tests out in the order of collection; its own is by how many a group has."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the sort is stable."""
    items.sort(key=lambda item: not item.nodeid.startswith(_FIRST))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep files, and these folders, in one process each; examples in docstrings fill up.

    The groups of ``--dist loadgroup`` would do, but their marks are lost with pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class FolderScheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            alone = file if file.startswith("tests/") else nodeid
            return next((folder for folder in _TOGETHER if file.startswith(folder)), alone)

    return FolderScheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's cache folder, settings and network out of the tests."""
    before = dict(os.environ)
    os.environ.update(XDG_CACHE_HOME=str(tmp_path_factory.mktemp("cache")), COLUMNS="200")
    yield
    os.environ.clear()
    os.environ.update(before)


class ColourNet(nn.Module):
    """Classify by mean colour: logits for blue, green and red, with a batch norm to be kept in evaluation mode."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3)
        self.head = nn.Linear(3, 3)
        with torch.no_grad():
            self.head.weight.copy_(torch.eye(3).flip(0) * 4)
            self.head.bias.zero_()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(self.norm(images).mean((2, 3)))
        return logits


@pytest.fixture
def colour_model() -> ZooModel:
    """A classifier of red, green and blue images that is right on most of :func:`colour_folder`."""
    return wrap_module(
        ColourNet(),
        name="colour",
        class_names=list(COLOURS),
        preparation=Preparation(size=(SIDE, SIDE), crop_fraction=1.0),
        mean=(0.5, 0.5, 0.5),
        std=(0.25, 0.25, 0.25),
    )


def write_images(folder: Path, name: str, count: int, seed: int = 0) -> None:
    """Write noisy images of a colour into ``folder/name``."""
    generator = np.random.default_rng(seed + len(name))
    (folder / name).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        noise = generator.normal(0, 60, (20, 24, 3)) + generator.normal(0, 110, 3)
        pixels = np.clip(np.array(COLOURS[name]) + noise, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / name / f"{number:03d}.png")


@pytest.fixture
def colour_folder(tmp_path: Path) -> Path:
    """Thirty images in three class folders."""
    for name in COLOURS:
        write_images(tmp_path / "data", name, 10)
    return tmp_path / "data"


MakePlan = Callable[..., Plan]


@pytest.fixture
def make_plan(colour_model: ZooModel) -> MakePlan:
    """Make a plan of the colour classifier on a folder."""

    def make(data: Path, **changes: object) -> Plan:
        settings: dict[str, object] = {
            "models": (colour_model,),
            "samples": open_samples(data),
            "label_indices": ({name: index for index, name in enumerate(COLOURS)},),
            "conditions": (CLEAN, *(Condition(kind="corruption", name="gaussian_noise", severity=s) for s in (2, 4))),
            "profile": "cifar",
            "precision": "exact",
            "block_size": 8,
        }
        return Plan(**(settings | changes))  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def short_training() -> EmbeddedTraining:
    """The embedded default's settings, cut to a second."""
    return EmbeddedTraining(steps=20, batch_size=16)


@pytest.fixture(scope="session")
def seven(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The arguments of an audit in seven units."""
    return seven_units(tmp_path_factory.mktemp("seven"))


@pytest.fixture(scope="session")
def whole(seven: list[str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What that audit leaves behind where nobody disturbs it."""
    run = tmp_path_factory.mktemp("whole") / "run"
    assert finished(*seven, "--out", run) == 0
    return results(run)
