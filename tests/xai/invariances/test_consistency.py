import pytest
import torch

from xai.invariances import consistency, kept_decision


def clusters(count):
    """Features of three classes, far apart."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % 3
    return torch.eye(3)[labels] * 4 + 0.3 * torch.randn(count, 3, generator=generator) + 10, labels


def test_samples_like_their_image_are_consistent_and_others_are_not():
    features, labels = clusters(60)
    alike = features + 0.1 * torch.randn(8, 60, 3, generator=torch.Generator().manual_seed(1))
    good = consistency(alike, features, labels, generator=torch.Generator().manual_seed(2))
    assert good.cosine.value > 0.95 and good.above.value == 1 and good.between.value < 0 < good.threshold + 1
    other = consistency(alike.roll(1, 1), features, labels, generator=torch.Generator().manual_seed(2))
    assert other.above.value < 0.1 and other.cosine.value == pytest.approx(other.between.value, abs=0.05)
    assert other.between == good.between and other.threshold == good.threshold


def test_the_threshold_is_of_pairs_of_different_classes():
    features, labels = clusters(30)
    found = consistency(features[None], features, labels, generator=torch.Generator().manual_seed(0), pairs=400)
    units = torch.nn.functional.normalize(features - features.mean(0), dim=1)
    every = (units @ units.T)[labels[:, None] != labels]
    assert found.threshold == pytest.approx(float(every.quantile(0.95)), abs=0.01)
    assert found.between.value == pytest.approx(float(every.mean()), abs=0.01)


def test_decisions_and_mistakes():
    logits = torch.tensor([[2.0, 1.0], [0.0, 1.0]])
    assert kept_decision(torch.stack([logits, logits.flip(1)]), logits).value == 0.5
    with pytest.raises(ValueError, match="expected images of at least two classes to compare with, got 4 of one"):
        consistency(torch.rand(1, 4, 2), torch.rand(4, 2), torch.zeros(4), generator=torch.Generator())
