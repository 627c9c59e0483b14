import pytest
import torch

from benchmarks.error_study.protocol import SmallClassifier
from benchmarks.error_study.training import split_digits, train_small

SMALL = SmallClassifier(architecture="convnet", images=60, steps=12, seed=3)


def test_no_image_is_trained_and_tested_on() -> None:
    train, test = split_digits(SMALL, 300)
    assert (len(train.entries), len(test.entries)) == (60, 300)
    assert not set(train.entries.ids) & set(test.entries.ids)
    assert len(set(train.entries.labels)) == 10


def test_the_same_seed_gives_the_same_weights_whatever_was_drawn_before() -> None:
    train, _ = split_digits(SMALL, 10)
    steps: list[int] = []
    first = train_small(SMALL, train, on_step=steps.append)
    torch.manual_seed(99)
    assert train_small(SMALL, train).weights_sha256 == first.weights_sha256
    assert steps == [1] * SMALL.steps
    assert not first.classifier.module.training and first.name == SMALL.name


def test_transformers_are_made_for_the_size_of_the_digits() -> None:
    small = SmallClassifier(architecture="test_vit", images=20, steps=1, seed=0)
    train, _ = split_digits(small, 10)
    model = train_small(small, train)
    assert model.classifier(torch.zeros(1, 3, 32, 32)).shape == (1, 10)


def test_something_must_be_left_to_test_on() -> None:
    with pytest.raises(ValueError, match="fewer than 1,797 training images, got 1797"):
        split_digits(SmallClassifier(architecture="convnet", images=1797, steps=1, seed=0), 10)
