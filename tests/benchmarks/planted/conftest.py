"""Two classifiers of tiny images, one that had a shortcut and one that had none, and an oracle."""

import pytest

from benchmarks.planted import (
    AttributeOracle,
    Design,
    Fitting,
    PlantedClassifier,
    Scene,
    train_classifier,
    train_oracle,
)

TINY = Scene(side=16, noise=0.01)


@pytest.fixture(scope="session")
def shortcut_classifier() -> PlantedClassifier:
    """Small or large, with a marker on every large one."""
    return train_classifier(
        Design(rule="size", correlation=1.0, scene=TINY), Fitting(images=2048, steps=80), held_out=500
    )


@pytest.fixture(scope="session")
def honest_classifier() -> PlantedClassifier:
    """Small or large, without a shortcut."""
    return train_classifier(Design(rule="size", scene=TINY), Fitting(images=4096, steps=250), held_out=500)


@pytest.fixture(scope="session")
def oracle() -> AttributeOracle:
    """Reads tiny images."""
    return train_oracle(TINY, Fitting(images=4096, steps=250), held_out=1000)
