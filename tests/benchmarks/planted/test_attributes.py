from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import mutual_info_score

from benchmarks.planted.attributes import ATTRIBUTES, check_attributes, draw_attributes, key_uniforms, transplant

TABLE = draw_attributes(4000, seed=3)


def test_an_image_is_the_same_in_every_table() -> None:
    few, many = draw_attributes(10, seed=0), draw_attributes(100, seed=0)
    pd.testing.assert_frame_equal(few, many.head(10))
    pd.testing.assert_frame_equal(draw_attributes(7, seed=0, first=93), many.tail(7))
    assert list(many) == [*ATTRIBUTES, "key"]
    assert draw_attributes(0, seed=0).empty


@pytest.mark.parametrize("other", [{"seed": 1}, {"seed": 0, "stream": "test"}, {"seed": 0, "first": 500}])
def test_other_seeds_streams_and_numbers_give_other_images(other: dict[str, object]) -> None:
    first, second = draw_attributes(500, seed=0), draw_attributes(500, **other)  # type: ignore[arg-type]
    assert not set(first["key"]) & set(second["key"])
    assert abs(np.corrcoef(first["size"], second["size"])[0, 1]) < 4 / np.sqrt(500)


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_values_are_spread_as_announced(name: str) -> None:
    attribute, values = ATTRIBUTES[name], TABLE[name].to_numpy()
    if attribute.count:
        assert stats.chisquare(np.bincount(values, minlength=attribute.count)).pvalue > 1e-3
        distances = values[:2000] != values[2000:]
    else:
        low, width = (0, 1) if attribute.kind == "angle" else (-1, 2)
        assert stats.kstest(values, stats.uniform(low, width).cdf).pvalue > 1e-3
        distances = np.abs(values[:2000] - values[2000:])
        distances = np.minimum(distances, 1 - distances) if attribute.kind == "angle" else distances
    assert distances.mean() == pytest.approx(attribute.spread, rel=0.05)


def test_attributes_are_independent() -> None:
    """Twice n times the mutual information of independent cells is chi-squared."""
    cells = {name: binned(name) for name in ATTRIBUTES}
    chances = []
    for first, second in combinations(ATTRIBUTES, 2):
        freedom = (cells[first].max()) * (cells[second].max())
        information = mutual_info_score(cells[first], cells[second])
        chances.append(stats.chi2.sf(2 * len(TABLE) * information, freedom))
    assert min(chances) > 0.01 / len(chances)
    assert stats.kstest(chances, "uniform").pvalue > 1e-3


def binned(name: str) -> np.ndarray:
    if ATTRIBUTES[name].count:
        return TABLE[name].to_numpy()
    return pd.qcut(TABLE[name], 4, labels=False).to_numpy()


def test_further_draws_belong_to_the_image() -> None:
    draws = key_uniforms(TABLE, 2, stream=7)
    assert draws.shape == (4000, 2)
    np.testing.assert_array_equal(key_uniforms(TABLE.iloc[[5, 3]], 2, stream=7), draws[[5, 3]])
    numbers = TABLE.drop(columns="key").to_numpy(float)
    assert np.abs(np.corrcoef(numbers.T, draws.T)[:10, 10:]).max() < 4 / np.sqrt(4000)


def test_a_transplant_takes_the_named_attributes_and_no_other() -> None:
    recipients, donors = TABLE.head(50), TABLE.tail(50)
    edited = transplant(recipients, donors, ["hue", "marker"])
    np.testing.assert_array_equal(edited[["hue", "marker"]], donors[["hue", "marker"]])
    untouched = [name for name in edited if name not in {"hue", "marker"}]
    pd.testing.assert_frame_equal(edited[untouched], recipients[untouched])
    pd.testing.assert_frame_equal(transplant(recipients, recipients, list(ATTRIBUTES)), recipients)


def test_errors() -> None:
    with pytest.raises(ValueError, match="expected `count` and `first` of at least 0, got -1"):
        draw_attributes(-1, seed=0)
    with pytest.raises(ValueError, match="expected attributes among shape, .* got colour"):
        transplant(TABLE, TABLE, "colour")
    with pytest.raises(ValueError, match="expected a donor for each of 4000 recipients, got 3"):
        transplant(TABLE, TABLE.head(3), "hue")
    with pytest.raises(ValueError, match="got none for hue, key"):
        check_attributes(TABLE.drop(columns=["hue", "key"]))
    with pytest.raises(ValueError, match=r"expected `shape` in 0\.\.3, got \[7"):
        check_attributes(TABLE.head(1).assign(shape=7))
    with pytest.raises(ValueError, match="expected finite values of `size`, got 1 others"):
        check_attributes(TABLE.head(1).assign(size=np.nan))
