import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from reports.explanation_plots import agreement_matrix, check_dots
from reports.style import house_style


def test_checks_with_intervals_for_each_choice_of_images():
    frame = pd.DataFrame(
        [(group, method, 0.5) for group in ("random", "confidently_wrong") for method in ("grad_cam", "<b>$x$")],
        columns=["group", "method", "value"],
    )
    frame = frame.assign(metric="insertion_blurred", low=0.25, high=0.75)
    with house_style():
        ax = check_dots(frame, Figure().subplots())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["grad cam", "<b>$x$"]
    segments = np.concatenate([[line[:, 0] for line in lines.get_segments()] for lines in ax.collections])
    assert segments == pytest.approx(np.array([[0.25, 0.75]] * 4))
    places = np.concatenate([line.get_ydata() for line in ax.lines])
    assert len(set(places)) == 4, "no dot hides another"
    assert ax.get_xlabel() == "Insertion, 95 % interval"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["drawn at random", "most confidently wrong"]


def test_agreement_shows_numbers_and_intervals():
    frame = pd.DataFrame(
        [("a", "b", 0.9), ("a", "c", -0.2), ("b", "c", 0.1)], columns=["method", "other", "value"]
    ).assign(low=-0.3, high=0.95)
    with house_style():
        ax = agreement_matrix(frame, Figure().subplots())
    words = [text.get_text() for text in ax.texts]
    assert words[::2] == ["0.90", "-0.20", "0.10"] and set(words[1::2]) == {"[-0.30, 0.95]"}
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "c"]
    faces = [patch.get_facecolor()[0] for patch in ax.collections]
    assert faces[0][0] > faces[0][2] and faces[1][2] > faces[1][0], "red for agreement, blue for its opposite"
