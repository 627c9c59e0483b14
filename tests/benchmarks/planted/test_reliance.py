import numpy as np
import pytest
import torch
from torch import Tensor

from benchmarks.planted import Design, PlantedClassifier, Scene, draw_attributes, measure_accuracies, measure_reliance

TABLE = draw_attributes(400, seed=5)


def corner(images: Tensor) -> Tensor:
    """Logits that see the marker alone."""
    bright = images[:, :, :2, :2].mean((1, 2, 3)) - 0.9
    return torch.stack([-bright, bright], dim=1)


def test_a_hand_made_classifier_hangs_on_what_it_reads() -> None:
    scene = Scene(side=16, noise=0.01)
    table = measure_reliance(corner, TABLE, scene, seed=1).set_index("attribute")
    assert tuple(table.index) == scene.visible
    changed = table["value"]
    assert changed["marker"] == pytest.approx(0.5, abs=0.1), "half of the donors share the marker"
    assert (changed.drop("marker") == 0).all()
    assert (table["low"] <= changed).all()
    assert (changed <= table["high"]).all()
    assert (table["n"] == 400).all()


def test_reliance_follows_the_seed_of_the_pairs() -> None:
    scene = Scene(side=16)
    first, again, other = (measure_reliance(corner, TABLE, scene, seed=seed)["value"] for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


def test_a_shortcut_is_relied_on_where_it_was_planted(
    shortcut_classifier: PlantedClassifier, honest_classifier: PlantedClassifier
) -> None:
    shortcut, honest = (
        measure_reliance(one.classifier, TABLE, one.design.scene).set_index("attribute")
        for one in (shortcut_classifier, honest_classifier)
    )
    assert shortcut.loc["marker", "low"] > 0.4
    assert shortcut.loc["size", "high"] < 0.1
    assert honest.loc["size", "low"] > 0.4
    assert honest.loc["marker", "high"] < 0.05


def test_accuracies_of_a_hand_made_classifier() -> None:
    design = Design(rule="size", correlation=0.9, scene=Scene(side=16))
    table = measure_accuracies(corner, design, count=1000, split="validation")
    assert table["value"].to_numpy() == pytest.approx([0.9, 0.5, 0.1], abs=0.05)
    np.testing.assert_allclose(table["value"].iloc[0] + table["value"].iloc[2], 1, atol=1e-12)
    assert table["convention"].str.startswith("top-1, validation split").all()
