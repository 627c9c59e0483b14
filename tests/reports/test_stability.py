import xml.etree.ElementTree as ET
from itertools import product

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from reports.stability import draw_stability, stability_bars
from reports.style import house_style


def table(models=("resnet", "vit"), perturbations=("gaussian_noise", "tilt", "scale")):
    rows = [
        {"model": model, "perturbation": name, "metric": metric, "value": value, "low": value / 2, "high": value * 1.5}
        for (metric, value), model, name in product(
            [("flip_probability", 0.1), ("top5_distance", 2.5), ("flip_rate", 60.0)], models, perturbations
        )
    ]
    return pd.DataFrame(rows).assign(n=40, convention="as told")


def test_bars_start_at_zero_and_carry_their_intervals():
    frame = table()
    frame = frame[frame["metric"] == "flip_probability"]
    with house_style():
        ax = stability_bars(frame, Figure().subplots())
    assert len(ax.patches) == 6
    assert all(bar.get_x() == 0 and bar.get_width() == pytest.approx(0.1) for bar in ax.patches)
    ends = np.concatenate([[line[:, 0] for line in lines.get_segments()] for lines in ax.collections])
    assert ends == pytest.approx(np.array([[0.05, 0.15]] * 6))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["gaussian noise", "tilt", "scale"]
    places = sorted(bar.get_y() for bar in ax.patches)
    assert min(np.diff(places)) > 0.3, "models stand side by side"


def test_the_figure_shows_both_metrics_and_names_models_where_there_are_several():
    svg = draw_stability(table())
    words = "".join(ET.fromstring(svg).itertext())
    for word in ("flip probability", "top-5 distance", "gaussian noise", "resnet", "vit"):
        assert word in words
    assert draw_stability(table()) == svg
    assert "resnet" not in "".join(ET.fromstring(draw_stability(table(["resnet"]))).itertext())


def test_gaps_and_strange_names_are_drawn_too():
    frame = table(["$x$ & <y>"])
    frame[["value", "low", "high"]] = np.nan
    assert draw_stability(frame).startswith(b"<?xml")
