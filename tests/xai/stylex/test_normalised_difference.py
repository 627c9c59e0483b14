"""The baseline ranks by where exemplars lie."""

import pytest
import torch

from tests.xai.stylex.planted_decoders import styles
from xai.stylex.normalised_difference import normalised_difference

X = styles(400) * torch.linspace(0.1, 5, 12).double()  # the scale of a coordinate must not matter


def test_coordinates_that_go_with_the_score_come_first_in_their_direction() -> None:
    scores = 2 * X[:, 3] / X[:, 3].std() - X[:, 8] / X[:, 8].std()
    first, second, *_ = normalised_difference(X, scores, count=12)
    assert (first.coordinates, first.directions) == ((3,), (1,))
    assert (second.coordinates, second.directions) == ((8,), (0,))


def test_the_order_is_that_of_a_plain_loop() -> None:
    scores = X @ torch.linspace(-1, 1, 12).double()
    exemplars = sorted(range(400), key=lambda row: -float(scores[row]))[:40]
    sizes = {}
    for column in range(12):
        values = X[:, column].numpy()
        sizes[column] = abs(values[exemplars].mean() - values.mean()) / values.std()
    found = [shift.coordinates[0] for shift in normalised_difference(X, scores, count=12, share=0.1)]
    assert found == sorted(sizes, key=lambda column: -sizes[column])
    assert [s.coordinates[0] for s in normalised_difference(X, scores, count=2, share=0.1, among=[4, 5, 6])] == [
        column for column in found if column in (4, 5, 6)
    ][:2]


def test_coordinates_that_never_vary_come_last() -> None:
    x = X.clone()
    x[:, 0] = 3.0
    assert normalised_difference(x, x[:, 1], count=12)[-1].coordinates == (0,)


def test_scores_belong_to_styles() -> None:
    with pytest.raises(ValueError, match="expected a score for each of 400 styles, got 3"):
        normalised_difference(X, X[:3, 0], count=1)
