import pytest
import torch

from benchmarks.classifier import Classifier
from benchmarks.planted import Design, Fitting, PlantedClassifier, Scene, train_classifier
from benchmarks.planted.design import VARIANTS

SHORT = Fitting(images=64, steps=2, batch_size=16)


def accuracies(trained: PlantedClassifier) -> dict[str, float]:
    return trained.accuracies.set_index("variant")["value"].to_dict()


def test_a_full_shortcut_is_learned_instead_of_the_cause(shortcut_classifier: PlantedClassifier) -> None:
    got = accuracies(shortcut_classifier)
    assert got["present"] > 0.97
    assert got["removed"] == pytest.approx(0.5, abs=0.1)
    assert got["reversed"] < 0.1


def test_without_a_shortcut_the_cause_is_learned(honest_classifier: PlantedClassifier) -> None:
    got = accuracies(honest_classifier)
    assert got["present"] > 0.9
    assert got["present"] == got["removed"] == got["reversed"], "nothing is planted, so the variants are one"


def test_what_comes_back_is_a_classifier(honest_classifier: PlantedClassifier) -> None:
    classifier = honest_classifier.classifier
    assert isinstance(classifier, Classifier)
    assert not classifier.training
    assert classifier.class_names == ("small", "large")
    assert classifier.input_size == (16, 16)
    assert tuple(honest_classifier.accuracies["variant"]) == VARIANTS
    assert (honest_classifier.accuracies["n"] == 500).all()
    pixels = torch.rand(2, 3, 16, 16, requires_grad=True)
    classifier(pixels).sum().backward()
    assert pixels.grad is not None
    assert pixels.grad.abs().sum() > 0


@pytest.mark.parametrize("architecture", ["convnet", "test_resnet"])
def test_the_seed_makes_the_weights(architecture: str) -> None:
    design, weights = Design(scene=Scene(side=16)), []
    for noise in (1, 2):
        torch.manual_seed(noise)
        trained = train_classifier(design, SHORT, architecture=architecture, held_out=4)
        weights.append(torch.cat([one.flatten() for one in trained.classifier.parameters()]))
    assert torch.equal(*weights)
    assert len(trained.classifier.class_names) == 4
