import matplotlib.colors
import pandas as pd

from reports.augmentation_plots import (
    MARK,
    difference_dots,
    heat_of_recipes,
    ranked_dots,
    recipe_label,
    trade_off,
)
from reports.style import house_style, new_figure
from tests.reports.augmentation_samples import augmentation_tables

TABLES = augmentation_tables()


def axes():
    return new_figure((4.7, 3.5)).subplots()


def rows_of(metric, group="all", table="augmentations"):
    frame = TABLES[table]
    return frame[(frame["metric"] == metric) & (frame["group"] == group)]


def texts(ticks):
    return [tick.get_text() for tick in ticks]


def test_flagged_recipes_are_marked_and_hollow():
    assert recipe_label("a", float("nan")) == "a" and recipe_label("a", "contrast") == f"a {MARK}"
    with house_style():
        ax = ranked_dots(rows_of("mean_corruption_error"), axes())
    faces = [matplotlib.colors.to_hex(line.get_markerfacecolor()) for line in ax.lines]
    assert faces[2] == "#ffffff" != faces[0]
    assert texts(ax.get_yticklabels()) == ["baseline", "padain", f"randaugment {MARK}"]
    assert MARK in ax.get_xlabel()
    with house_style():
        plain = ranked_dots(rows_of("mean_corruption_error").head(2), axes())
    assert MARK not in plain.get_xlabel()


def test_every_dot_is_a_row_with_its_interval():
    rows = rows_of("mean_corruption_error")
    with house_style():
        ax = ranked_dots(rows, axes())
    assert [line.get_xdata()[0] for line in ax.lines] == list(rows["value"])
    spans = [segment[:, 0].tolist() for lines in ax.collections for segment in lines.get_segments()]
    assert spans == rows[["low", "high"]].to_numpy().tolist()
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first row on top"


def test_costs_have_ticks_on_a_logarithmic_axis():
    with house_style():
        ax = ranked_dots(rows_of("relative_cost", "training"), axes(), percent=False, log=True)
    assert ax.get_xscale() == "log" and set(texts(ax.get_xticklabels())) >= {"1", "2"}


def test_differences_name_both_and_count_seeds():
    with house_style():
        ax = difference_dots(rows_of("mean_corruption_error", table="augmentations_differences"), axes())
    assert texts(ax.get_yticklabels()) == ["padain − baseline", f"randaugment {MARK} − baseline"]
    assert [text.get_text() for text in ax.texts] == ["5 of 5", "5 of 5", "lower in"]
    assert "percentage points" in ax.get_xlabel()


def test_one_metric_against_another():
    clean, corrupted = rows_of("error", "clean"), rows_of("mean_corruption_error")
    with house_style():
        ax = trade_off(clean, corrupted, axes())
    points = [(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines]
    assert points == list(zip(clean["value"], corrupted["value"], strict=True))
    assert ax.get_xlim()[0] <= 0 and ax.get_ylim()[0] == 0
    assert texts(ax.figure.legends[0].get_texts()) == ["baseline", "padain", f"randaugment {MARK}"]


def test_heat_says_percents():
    frame = TABLES["augmentations"]
    rows = frame[(frame["metric"] == "mean_error") & (frame["group"] != "noise")]
    with house_style():
        ax = heat_of_recipes(rows, axes())
    assert [text.get_text() for text in ax.texts] == ["33", "28", "22", "36", "30", "24"]
    assert texts(ax.get_yticklabels()) == ["gaussian noise", "fog"]


def test_an_undefined_cell_stays_blank():
    frame: pd.DataFrame = TABLES["augmentations"]
    rows = frame[frame["metric"] == "statistics_flip_rate"].copy()
    rows.loc[rows.index[0], "value"] = float("nan")
    with house_style():
        ax = heat_of_recipes(rows, axes())
    assert len(ax.texts) == 5
