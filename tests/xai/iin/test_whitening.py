"""Whitening: uncorrelated coordinates of variance 1, and nothing lost."""

import pytest
import torch

from tests.xai.iin.gaussian_pairs import normal
from xai.iin.whitening import fit_whitening


@pytest.mark.parametrize(("n", "width"), [(300, 7), (20, 50), (50, 50)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.float64, 1e-10)], ids=str)
def test_features_come_back_and_coordinates_are_white(n: int, width: int, dtype: torch.dtype, tolerance: float) -> None:
    features = (normal(n, width) @ normal(width, width, seed=1) * 10 + 100).to(dtype)
    whitening = fit_whitening(features, components=5)
    coordinates, rest = whitening(features)
    assert coordinates.dtype == rest.dtype == dtype
    assert (whitening.inverse(coordinates, rest) - features).abs().max() / 100 < tolerance
    white = coordinates.T @ coordinates / n
    assert torch.allclose(white, torch.eye(5, dtype=dtype), atol=1e-3)
    assert (rest @ whitening.basis).abs().max() < 1e-3
    other = features.flip(0) * 2  # not what it was fitted on
    assert (whitening.inverse(*whitening(other)) - other).abs().max() / 100 < tolerance


def test_components_are_those_of_the_singular_value_decomposition() -> None:
    features = normal(40, 6) @ normal(6, 6, seed=1)
    units = (features - features.mean(0)) / features.std(0, correction=0)
    _, values, right = torch.linalg.svd(units, full_matrices=False)
    whitening = fit_whitening(features, components=3)
    assert torch.allclose(whitening.spread, values[:3] / 40**0.5)
    assert torch.allclose((whitening.basis.T @ right[:3].T).abs(), torch.eye(3).double(), atol=1e-10)
    assert whitening.kept.item() == pytest.approx((values[:3].square().sum() / values.square().sum()).item())


def test_constant_units_and_repeated_ones_add_no_component() -> None:
    features = normal(100, 6)
    features[:, 1], features[:, 4] = 1000.1, features[:, 0] * -3 + 2
    whitening = fit_whitening(features, components=6)
    coordinates, rest = whitening(features)
    assert coordinates.shape == (100, 4)
    assert whitening.kept.item() == pytest.approx(1)
    assert torch.allclose(whitening.inverse(coordinates, rest), features)


def test_fewer_images_than_dimensions_leave_as_many_directions_as_they_span() -> None:
    whitening = fit_whitening(normal(5, 40), components=32)
    assert len(whitening.spread) == 4
    assert torch.allclose(whitening.basis.T @ whitening.basis, torch.eye(4).double(), atol=1e-10)


def test_an_edit_of_coordinates_leaves_the_rest_alone() -> None:
    features = normal(50, 8)
    whitening = fit_whitening(features, components=3)
    coordinates, rest = whitening(features)
    again, same = whitening(whitening.inverse(coordinates + 1, rest))
    assert torch.allclose(again, coordinates + 1)
    assert torch.allclose(same, rest)


def test_features_without_anything_to_find_are_refused() -> None:
    with pytest.raises(ValueError, match="expected features that differ between images, got 9 times the same"):
        fit_whitening(torch.full((9, 3), 0.1))
    with pytest.raises(ValueError, match="expected features of at least 2 images, got 1"):
        fit_whitening(torch.zeros(1, 3))
    with pytest.raises(ValueError, match=r"expected finite features, got NaN or infinity in 2 of 3 rows"):
        fit_whitening(torch.tensor([[0.0, torch.nan], [torch.inf, 1.0], [0.0, 0.0]]))
    with pytest.raises(ValueError, match=r"expected features of shape \(N, D\), got \(2, 3, 4, 4\)"):
        fit_whitening(torch.zeros(2, 3, 4, 4))
    with pytest.raises(ValueError, match=r"expected features of shape \(N, 3\), got \(9, 4\)"):
        fit_whitening(normal(9, 3))(normal(9, 4))
    with pytest.raises(ValueError, match="expected floating features, got torch.int64"):
        fit_whitening(torch.zeros(4, 3, dtype=torch.int64))
    with pytest.raises(ValueError, match="expected `components` of at least 1, got 0"):
        fit_whitening(normal(4, 3), components=0)
