import math

import numpy as np
import pytest
import torch

from benchmarks.planted.attributes import ATTRIBUTES, draw_attributes
from benchmarks.planted.readings import heads, reading_changes, reading_loss, reading_values, unit_vectors

NAMES = [name for name in ATTRIBUTES if name != "coin"]
TABLE = draw_attributes(500, seed=0)


def certain(table=TABLE) -> torch.Tensor:
    """Outputs of an oracle that knows everything."""
    parts = []
    for name in NAMES:
        values, attribute = torch.tensor(table[name].to_numpy()).double(), ATTRIBUTES[name]
        if attribute.kind == "category":
            parts.append(torch.nn.functional.one_hot(values.long(), attribute.count).double() * 40)
        elif attribute.kind == "binary":
            parts.append((values * 80 - 40)[:, None])
        elif attribute.kind == "angle":
            parts.append(3 * torch.stack([(math.tau * values).cos(), (math.tau * values).sin()], 1))
        else:
            parts.append(values[:, None])
    return torch.cat(parts, 1)


def test_heads_fill_the_outputs_without_gap() -> None:
    spans = heads(NAMES)
    assert list(spans) == NAMES
    taken = [place for span in spans.values() for place in range(span.start, span.stop)]
    assert taken == list(range(certain().shape[1]))


def test_what_is_certain_is_read_exactly() -> None:
    read = reading_values(certain(), NAMES)
    for name in NAMES:
        np.testing.assert_allclose(read[name], TABLE[name], atol=1e-9)
        assert read[name].dtype == TABLE[name].dtype


def test_no_change_is_zero_and_a_new_draw_is_one() -> None:
    outputs, other = certain(), certain(draw_attributes(500, seed=1))
    assert (reading_changes(outputs, outputs, NAMES).to_numpy() == 0).all()
    forth, back = reading_changes(outputs, other, NAMES), reading_changes(other, outputs, NAMES)
    assert forth.mean().to_numpy() == pytest.approx(1, abs=0.12)
    np.testing.assert_allclose(forth, back)


def test_hues_are_compared_around_the_circle() -> None:
    almost, little = (certain(TABLE.head(1).assign(hue=hue)) for hue in (0.98, 0.03))
    assert reading_changes(almost, little, NAMES)["hue"].item() == pytest.approx(0.05 / 0.25)


def test_half_a_marker_counts_half() -> None:
    full, half = torch.tensor([[40.0]]), torch.tensor([[0.0]])
    assert reading_changes(full, half, ["marker"])["marker"].item() == pytest.approx(0.5 / 0.5 * 1.0)
    assert reading_changes(full, -full, ["marker"])["marker"].item() == pytest.approx(2.0)


def test_the_loss_of_certainty_is_zero_and_of_ignorance_known() -> None:
    table = TABLE.assign(size=0.0)
    targets = {name: torch.tensor(table[name].to_numpy()) for name in NAMES}
    outputs = certain(table)
    outputs[:, heads(NAMES)["hue"]] /= 3
    assert reading_loss(outputs, targets).item() == pytest.approx(0, abs=1e-6)
    single = {name: reading_loss(torch.zeros(500, stop), {name: targets[name]}).item() for name, stop in WIDTHS.items()}
    assert single["shape"] == pytest.approx(math.log(4))
    assert single["marker"] == pytest.approx(math.log(2))
    assert single["x"] == pytest.approx(1, abs=0.15)
    assert single["hue"] == pytest.approx(1, abs=1e-6)


WIDTHS = {"shape": 4, "marker": 1, "x": 1, "hue": 2}


def test_points_on_the_circle() -> None:
    points = unit_vectors(np.array([0.0, 0.25, 0.5]), ATTRIBUTES["hue"])
    np.testing.assert_allclose(points, [[1, 0], [0, 1], [-1, 0]], atol=1e-12)
    assert unit_vectors(np.array([0.5]), ATTRIBUTES["size"]).tolist() == [[0.5]]
