import numpy as np
import pytest
import torch
from sklearn.covariance import LedoitWolf
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from robustness.feature_distance import fit_mahalanobis, fit_nearest_neighbours, last_linear, penultimate_features


def clusters(count: int, *, shift: float = 0.0, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Features (N, 6) around one of three means, along axes of very different spread."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 3, (count,), generator=generator)
    means = 4 * torch.eye(6)[:3] + 2
    noise = torch.randn(count, 6, generator=generator) * torch.tensor([1.0, 1.0, 1.0, 0.2, 0.2, 3.0])
    noise[:, 3] += shift
    return means[labels] + noise, labels


def slow_neighbour(references: np.ndarray, row: np.ndarray, k: int) -> float:
    unit = row / np.linalg.norm(row)
    return float(sorted(np.linalg.norm(unit - other / np.linalg.norm(other)) for other in references)[k - 1])


@pytest.mark.parametrize("k", [1, 4, 60])
def test_nearest_neighbours_equal_a_plain_loop(k: int) -> None:
    (features, _), (others, _) = clusters(60), clusters(300, seed=1)
    ours = fit_nearest_neighbours(features, k=k).confidence(others)
    expected = [-slow_neighbour(features.double().numpy(), row, k) for row in others.double().numpy()]
    np.testing.assert_allclose(ours.numpy(), expected, atol=1e-7)


def slow_mahalanobis(features: np.ndarray, labels: np.ndarray, others: np.ndarray) -> list[float]:
    means = {label: features[labels == label].mean(axis=0) for label in set(labels.tolist())}
    centred = np.stack([row - means[label] for row, label in zip(features, labels.tolist(), strict=True)])
    precision = np.linalg.inv(LedoitWolf(assume_centered=True).fit(centred).covariance_)
    return [-min(float((row - mean) @ precision @ (row - mean)) for mean in means.values()) for row in others]


@pytest.mark.parametrize("count", [5, 200])
def test_mahalanobis_equals_a_plain_loop(count: int) -> None:
    (features, labels), (others, _) = clusters(count), clusters(50, seed=1)
    ours = fit_mahalanobis(features, labels).confidence(others)
    expected = slow_mahalanobis(features.double().numpy(), labels.numpy(), others.double().numpy())
    np.testing.assert_allclose(ours.numpy(), expected, rtol=1e-8)


def test_both_tell_shifted_features_from_those_of_calibration() -> None:
    features, labels = clusters(300)
    (near, _), (far, _) = clusters(200, seed=1), clusters(200, shift=3.0, seed=2)
    is_near = np.repeat([True, False], 200)
    for fitted, least in ((fit_mahalanobis(features, labels), 0.99), (fit_nearest_neighbours(features), 0.9)):
        scores = torch.cat([fitted.confidence(near), fitted.confidence(far)])
        assert roc_auc_score(is_near, scores.numpy()) > least


def test_the_length_of_a_feature_does_not_matter_to_neighbours() -> None:
    fitted = fit_nearest_neighbours(clusters(50)[0])
    others = clusters(20, seed=1)[0]
    torch.testing.assert_close(fitted.confidence(others), fitted.confidence(100 * others))


def test_mahalanobis_does_not_change_under_scaling_of_all_features() -> None:
    (features, labels), (others, _) = clusters(100), clusters(20, seed=1)
    scaled = fit_mahalanobis(100 * features, labels).confidence(100 * others)
    torch.testing.assert_close(scaled, fit_mahalanobis(features, labels).confidence(others), rtol=1e-4, atol=1e-4)


def test_classes_without_images_and_constant_features_are_no_trouble() -> None:
    features, labels = clusters(40)
    features[:, 5] = 1
    fitted = fit_mahalanobis(features, labels * 7)
    assert fitted.means.shape == (3, 6)
    assert fitted.confidence(features).isfinite().all()


@pytest.mark.parametrize("rows", [0, 1, 600])
def test_any_number_of_rows(rows: int) -> None:
    features, labels = clusters(30)
    others = clusters(max(rows, 1), seed=1)[0][:rows]
    for fitted in (fit_nearest_neighbours(features, k=2), fit_mahalanobis(features, labels)):
        assert fitted.confidence(others).shape == (rows,)


def test_a_row_that_is_not_finite_scores_nan_and_only_that_row() -> None:
    features, labels = clusters(40)
    others = clusters(30, seed=1)[0]
    others[4, 2] = float("inf")
    for fitted in (fit_nearest_neighbours(features), fit_mahalanobis(features, labels)):
        assert fitted.confidence(others).isnan().nonzero().flatten().tolist() == [4]


def test_calibration_that_cannot_work_is_refused() -> None:
    features, labels = clusters(8)
    with pytest.raises(ValueError, match=r"expected `k` in 1..8, .*, got 9"):
        fit_nearest_neighbours(features, k=9)
    with pytest.raises(ValueError, match="got 3 classes of 3 images without"):
        fit_mahalanobis(features[:3], torch.tensor([0, 1, 2]))
    with pytest.raises(ValueError, match=r"`labels` of shape \(8,\)"):
        fit_mahalanobis(features, labels[:7])
    with pytest.raises(ValueError, match="at least one row"):
        fit_nearest_neighbours(features[:0], k=1)
    features[0, 0] = float("nan")
    with pytest.raises(ValueError, match="got 1 of 8 rows with NaN"):
        fit_mahalanobis(features, labels)


def test_features_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected `features` of shape \(N, 6\) as in calibration, got \(2, 5\)"):
        fit_nearest_neighbours(clusters(20)[0]).confidence(torch.zeros(2, 5))


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.squeeze = nn.Linear(3, 5)
        self.norm = nn.BatchNorm1d(5)
        self.head = nn.Linear(5, 4)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(images))
        return logits

    def features(self, images: Tensor) -> Tensor:
        return torch.relu(self.norm(self.squeeze(images.mean((2, 3)))))


def test_penultimate_features_are_what_the_head_is_given() -> None:
    module, images = Network().eval(), torch.rand(7, 3, 4, 4)
    assert last_linear(module) is module.head
    features = penultimate_features(module, module.head, images)
    assert torch.equal(features, module.features(images))
    assert not features.requires_grad
    assert not module.head._forward_pre_hooks


def test_a_layer_that_does_not_run_once_is_refused() -> None:
    module, images = Network().eval(), torch.rand(2, 3, 4, 4)
    with pytest.raises(ValueError, match=r"`layer` to run once, on 2 images, .* got inputs \[\]"):
        penultimate_features(module, nn.Linear(5, 4), images)
    with pytest.raises(ValueError, match=r"got inputs \[\(2, 5\), \(2, 5\)\]"):
        penultimate_features(lambda pixels: module(pixels) + module(pixels), module.head, images)
    assert not module.head._forward_pre_hooks


def test_a_network_without_a_linear_layer_is_refused() -> None:
    with pytest.raises(ValueError, match="expected `module` with a linear layer, got Conv2d without"):
        last_linear(nn.Conv2d(3, 2, 1))
