import re

import pandas as pd
import pytest

from reports.figures import draw_figures, plan_figures
from tests.reports.samples import EVIL, NAMES, sample_tables


@pytest.fixture(scope="module")
def drawn():
    tables = sample_tables(models=(EVIL, "$b_1$ $"), names=NAMES, corruptions=NAMES[-3:], severities=(1, 3))
    return tables, draw_figures(tables)


def test_names_are_harmless_file_names(drawn):
    _, figures = drawn
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,60}", name) for name in figures)


def test_plans_and_drawings_agree(drawn):
    tables, figures = drawn
    plans = plan_figures(tables)
    assert [plan.name for plan in plans] == list(figures)
    assert {"severity", "heat", "calibration", "errors", "classes", "comparison"} == {plan.section for plan in plans}
    assert all(plan.alt and plan.title for plan in plans)


def test_the_same_tables_give_the_same_bytes(drawn):
    tables, figures = drawn
    some = {name: tables[name] for name in ("cells", "risk_coverage")}
    assert all(figures[name] == svg for name, svg in draw_figures(some).items())


def test_names_from_the_data_stay_text(drawn):
    _, figures = drawn
    text = b"".join(figures.values())
    assert b"<img" not in text
    assert b"$b_1$ $" in text
    assert "汉字".encode() in text


def test_every_figure_is_legible_at_400_pixels(drawn):
    """A figure of 400 pixels less margins must not shrink 9 pt text below 9 pixels."""
    tables, _ = drawn
    widest = max(plan.size[0] for plan in plan_figures(tables))
    assert 9 * 4 / 3 * (400 - 50) / (96 * widest) > 9


@pytest.mark.parametrize("tables", [{}, {"cells": pd.DataFrame()}, {"unknown": pd.DataFrame({"x": [1]})}])
def test_absent_tables_give_no_figures(tables):
    assert draw_figures(tables) == {}


def test_clean_only_runs_have_no_severity_plots():
    tables = sample_tables(corruptions=())
    assert not any(plan.section in {"severity", "heat"} for plan in plan_figures(tables))
    draw_figures({"cells": tables["cells"]})


def test_equal_names_of_different_kinds_keep_their_own_figures():
    cells = sample_tables(corruptions=("fog",), severities=(1, 2))["cells"]
    shifted = cells[cells["condition_kind"] != "clean"]
    both = pd.concat([cells, shifted.assign(condition_kind="published")])
    names = list(draw_figures({"cells": both}))
    assert names == ["severity_01_fog", "severity_02_fog", "heat_01", "heat_02"]


def test_a_missing_interval_is_no_error():
    tables = sample_tables(models=("a", "b"), corruptions=("fog",), severities=(1,))
    figured = [name for name in tables if "low" in tables[name]]
    assert draw_figures({name: tables[name].assign(low=float("nan"), high=float("nan")) for name in figured})
