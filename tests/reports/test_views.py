import math

import pandas as pd
import pytest

from reports import views
from tests.reports.samples import EVIL, NAMES, sample_tables

MAKERS = {
    "headline": views.headline_view,
    "cells": views.cells_view,
    "corruptions": views.corruptions_view,
    "classes": views.classes_view,
    "status": views.status_view,
    "skipped": views.skipped_view,
}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("models", [("a",), ("a", EVIL)])
def test_rows_fit_their_heads(name, models):
    view = MAKERS[name](sample_tables(models=models, names=NAMES)[name])
    assert view.name == name
    assert view.rows
    for row in view.rows:
        assert len(row) == len(view.heads)
        for cell, head in zip(row, view.heads, strict=True):
            assert (cell.order is not None) == head.numeric


@pytest.mark.parametrize("name", ["cells", "classes", "skipped"])
def test_long_tables_say_how_much_is_left(name):
    tables = sample_tables(names=tuple(map(str, range(1000))), corruptions=tuple(f"c{i}" for i in range(99)))
    tables["skipped"] = pd.concat([tables["skipped"]] * 300)
    view = MAKERS[name](tables[name])
    assert len(view.rows) == views.ROWS_SHOWN
    total = tables[name].shape[0] if name != "cells" else 1 + 99 * 5
    assert view.more == total - views.ROWS_SHOWN


def test_cells_stand_in_one_row_per_condition():
    view = views.cells_view(sample_tables(corruptions=("fog",), severities=(1, 5))["cells"])
    assert [row[0].text for row in view.rows] == ["clean", "fog", "fog"]
    assert [head.text for head in view.heads] == [
        "Condition", "Severity", "Accuracy", "Flip rate", "Calibration error (ECE)", "n",
    ]  # fmt: skip
    assert view.rows[1][2].text == "0.941 [0.921, 0.961]"


def test_a_missing_figure_is_a_dash_that_sorts_last():
    cells = sample_tables(corruptions=("fog",), severities=(1,))["cells"]
    cells = cells[~((cells["condition_kind"] == "clean") & (cells["metric"] == "flip_rate"))]
    cell = views.cells_view(cells).rows[0][4]
    assert cell.text == "–"
    assert math.isnan(cell.order)


def test_cards_draw_a_gauge_for_shares_only():
    cards = {card.label: card for card in views.headline_cards(sample_tables()["headline"])}
    assert cards["Accuracy"].gauge == pytest.approx((97.1, 94.187, 99.042))
    assert cards["AUGRC"].gauge is None
    assert cards["AUGRC"].unit == "× 1000"
    assert cards["Brier score"].gauge is None
    assert cards["Accuracy"].n == "898"


def test_a_figure_without_interval_has_no_gauge():
    headline = sample_tables()["headline"].assign(low=math.nan, high=math.nan)
    assert all(card.gauge is None and card.interval == "" for card in views.headline_cards(headline))


def test_a_crowd_of_models_is_cut_and_said():
    view = views.headline_view(sample_tables(models=tuple(f"m{i}" for i in range(60)), corruptions=())["headline"])
    assert len(view.heads) == 42
    assert "first 40 of 60 models" in view.title


def test_only_failures_are_listed_by_status():
    assert [row[3].text for row in views.status_view(sample_tables()["status"]).rows] == ["truncated"]
