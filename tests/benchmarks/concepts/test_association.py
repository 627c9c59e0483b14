import numpy as np
import pytest
import torch

from benchmarks.concepts.association import association_table, effective_number, independence_weights
from benchmarks.concepts.attributes import Attribute, image_attribute

N = 2000


def attributes(tied: float, seed: int = 0) -> list[Attribute]:
    """A shape of four, a mark that goes with the last in a share of the images, and a number on its own."""
    generator = np.random.default_rng(seed)
    shape = generator.integers(4, size=N)
    mark = np.where(generator.random(N) < tied, shape == 3, shape != 3).astype(int)
    named = {"shape": shape, "mark": mark, "size": generator.random(N)}
    return [image_attribute(name, values, source="here") for name, values in named.items()]


def test_what_goes_together_is_found_and_nothing_else() -> None:
    table = association_table(attributes(0.95)).set_index(["attribute", "other"])
    assert table["associated"].to_dict() == {("shape", "mark"): True, ("shape", "size"): False, ("mark", "size"): False}
    row = table.loc["shape", "mark"]
    assert 0.8 < row["low"] < row["value"] < row["high"] < 0.95
    assert table.loc["shape", "size"]["value"] < 0.05
    assert association_table(attributes(1.0)).iloc[0]["value"] == pytest.approx(1, abs=1e-3)


def test_independent_attributes_are_seldom_called_associated() -> None:
    tables = [association_table(attributes(0.5, seed)) for seed in range(10)]
    assert not any(table["associated"].any() for table in tables)


def test_weights_make_them_independent_and_cost_images() -> None:
    known = attributes(0.95)
    table = association_table(known)
    weights = independence_weights(known, table)
    after = association_table(known, weights=weights).set_index(["attribute", "other"])
    assert after.loc["shape", "mark"]["value"] < 0.02
    assert weights.mean().item() == pytest.approx(1) and 200 < effective_number(weights) < 700
    shape, mark = known[0].values, known[1].values
    joint = weights[(shape == 3) & (mark == 0)].sum() / N
    marginal = weights[shape == 3].sum() * weights[mark == 0].sum() / N**2
    assert joint.item() == pytest.approx(marginal.item(), rel=1e-6)


def test_nothing_to_weigh_and_images_that_are_not_known() -> None:
    known = attributes(0.5)
    assert independence_weights(known, association_table(known)).eq(1).all()
    tied = attributes(0.95)
    tied[1] = Attribute(name="mark", values=tied[1].values, known=torch.arange(N) < 1500, source="here")
    weights = independence_weights(tied, association_table(tied))
    assert weights[1500:].eq(0).all() and weights[:1500].gt(0).all()
