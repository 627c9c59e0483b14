import numpy as np
import pytest
from matplotlib.figure import Figure

from reports.error_plots import attack_curves, score_curves, score_forest
from reports.style import house_style
from tests.reports.error_samples import error_tables


@pytest.fixture
def ax():
    with house_style():
        yield Figure().subplots()


def test_a_forest_has_a_point_and_an_interval_for_each_score_and_population(ax) -> None:
    errors = error_tables()["errors"]
    rows = errors[(errors["metric"] == "auroc") & errors["population"].isin(["clean", "mild"])].copy()
    rows.loc[rows.index[0], ["value", "low", "high"]] = np.nan
    score_forest(rows, ax)
    points = [line for line in ax.get_lines() if line.get_label() in {"clean", "mild"}]
    assert [len(line.get_xdata()) for line in points] == [3, 4]
    segments = np.concatenate([lines.get_segments() for lines in ax.collections])[:, :, 0]
    assert (segments[:, 1] - segments[:, 0]) == pytest.approx([0.02] * 7)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == ["max softmax (MSP)", "averaged copies (TTA)", "learned detector", "random (control)"]
    places = sorted(np.concatenate([line.get_ydata() for line in points]))
    assert min(np.diff(places)) > 0.2, "populations stand side by side"


def test_curves_are_drawn_as_they_are(ax) -> None:
    curves = error_tables()["errors_curves"]
    rows = curves[curves["population"] == "mild"]
    score_curves(rows, ax)
    first = ax.get_lines()[0]
    assert first.get_xdata().tolist() == rows[rows["score"] == "max_softmax"]["coverage"].tolist()
    assert first.get_ydata().tolist() == rows[rows["score"] == "max_softmax"]["value"].tolist()
    assert ax.get_ylim()[0] == 0 and ax.get_xlim() == (0, 1)


def test_who_knows_the_score_is_drawn_solid(ax) -> None:
    attacks = error_tables()["errors_attacks"]
    attack_curves(attacks[attacks["metric"] == "auroc"], ax)
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert lines["learned detector: knows it"].get_linestyle() == "-"
    assert lines["learned detector: does not know it"].get_linestyle() == "--"
    assert lines["learned detector: knows it"].get_ydata().tolist() == pytest.approx([0.6, 0.2])
    assert ax.get_xlim()[0] == 0
