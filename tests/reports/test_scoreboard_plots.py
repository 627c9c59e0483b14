import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from reports.scoreboard_plots import scoreboard_dots
from reports.style import house_style


def board():
    rows = [
        {"method": method, "question": question, "expected": expected, "ratio": ratio, "verdict": verdict}
        for method, question, expected, ratio, verdict in [
            ("occlusion", "marker", True, 12.0, "right"),
            ("lrp", "marker", True, 1.0, "wrong"),
            ("random", "marker", True, np.nan, "undefined"),
            ("occlusion", "shape", False, 0.0, "right"),
            ("lrp", "shape", False, 0.8, "right"),
            ("random", "shape", False, 1.0, "right"),
        ]
    ]
    frame = pd.DataFrame(rows).assign(classifier="size", measure="positive_mass")
    return frame.assign(ratio_low=frame["ratio"] * 0.5, ratio_high=frame["ratio"] * 2, needed=3.0)


def test_a_dot_with_its_interval_for_each_method_and_region():
    with house_style():
        ax = scoreboard_dots(board(), Figure().subplots())
    dots = {(float(line.get_xdata()[0]), line.get_markerfacecolor()) for line in ax.lines if len(line.get_xdata()) == 1}
    values = sorted(value for value, _ in dots)
    assert values == pytest.approx([0.05, 0.8, 1.0, 1.0, 12.0]), "nothing is lost below the axis, gaps are left out"
    assert [face for value, face in dots if face == "white"] == ["white"], "hollow where the verdict is not right"
    segments = np.concatenate([[line[:, 0] for line in lines.get_segments()] for lines in ax.collections])
    assert [6.0, 24.0] in segments.tolist()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["occlusion", "lrp", "random"]
    assert any(list(line.get_xdata()) == [1, 1] for line in ax.lines), "the line of chance"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "marker: must be pointed at", "shape: must not be"
    ]  # fmt: skip


def test_a_table_read_from_csv_looks_the_same():
    """There, truth is a word."""
    frame = board()
    with house_style():
        ax = scoreboard_dots(frame.assign(expected=frame["expected"].astype(str)), Figure().subplots())
    assert ax.get_legend().get_texts()[0].get_text() == "marker: must be pointed at"
