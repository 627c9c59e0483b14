import numpy as np
import pytest
import torch
from sklearn.metrics import r2_score

from benchmarks.planted import RULES, AttributeOracle, draw_attributes, render, transplant
from benchmarks.planted.attributes import ATTRIBUTES
from benchmarks.planted.oracles import measure_readings

TABLE = draw_attributes(300, seed=7)


def test_it_reads_every_visible_attribute(oracle: AttributeOracle) -> None:
    quality = oracle.quality.set_index("attribute")
    assert tuple(quality.index) == oracle.scene.visible
    assert (quality.loc[["marker", "stripes"], "value"] > 0.99).all()
    assert quality.loc["shape", "value"] > 0.75, "tiny shapes, and a second of training"
    assert (quality.loc[["size", "hue", "background", "x"], "value"] > 0.85).all()
    assert quality.loc["y", "value"] > 0.7
    assert (quality["measure"] == ["accuracy" if ATTRIBUTES[name].count else "r2" for name in quality.index]).all()
    assert (quality["low"] <= quality["value"]).all()
    assert (quality["n"] == 1000).all()


def test_what_it_reads_is_what_was_drawn_in_the_same_units(oracle: AttributeOracle) -> None:
    images = render(TABLE, oracle.scene)
    read = oracle.read(images)
    measured = measure_readings(read, TABLE).set_index("attribute")["value"]
    claimed = oracle.quality.set_index("attribute")["value"]
    assert measured.to_numpy() == pytest.approx(claimed.to_numpy(), abs=0.08)
    assert (RULES["size"].label(read) == RULES["size"].label(TABLE)).mean() > 0.9
    assert oracle.read(images.float() / 255).equals(read)


@pytest.mark.parametrize("name", ["marker", "hue", "stripes"])
def test_an_edit_moves_its_attribute_and_leaves_the_others(oracle: AttributeOracle, name: str) -> None:
    edited = transplant(TABLE, draw_attributes(300, seed=8), name)
    moved = oracle.changes(render(TABLE, oracle.scene), render(edited, oracle.scene)).mean()
    assert moved[name] == pytest.approx(1, abs=0.2)
    assert moved.drop(name).max() < 0.35
    assert moved.idxmax() == name


def test_r2_against_scikit_learn() -> None:
    noise = np.random.default_rng(0).normal(0, 0.3, len(TABLE))
    read = TABLE[["size", "marker"]].assign(size=TABLE["size"] + noise)
    figures = measure_readings(read, TABLE).set_index("attribute")
    assert figures.loc["size", "value"] == pytest.approx(r2_score(TABLE["size"], read["size"]))
    assert figures.loc["size", "low"] < figures.loc["size", "value"] < figures.loc["size", "high"]
    assert figures.loc["marker", "value"] == 1
    guessing = measure_readings(TABLE[["hue"]].assign(hue=0.0), TABLE)["value"].item()
    assert guessing == pytest.approx(-1, abs=0.2), "a constant point on the circle errs twice the variance"


def test_errors(oracle: AttributeOracle) -> None:
    with pytest.raises(ValueError, match=r"expected images of shape \(N, 3, 16, 16\), got \(1, 3, 32, 32\)"):
        oracle.read(torch.zeros(1, 3, 32, 32))
    with pytest.raises(TypeError, match="expected images as uint8 .* got torch.int64"):
        oracle.read(torch.zeros(1, 3, 16, 16, dtype=torch.int64))
    with pytest.raises(ValueError, match="expected an edited image for each of 2, got 1"):
        oracle.changes(torch.zeros(2, 3, 16, 16), torch.zeros(1, 3, 16, 16))
