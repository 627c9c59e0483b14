"""Some logits of a classifier are its logits."""

import pytest
import torch

from benchmarks.stylex.restricting import restrict
from benchmarks.zoo import ZooModel


def test_logits_are_those_of_the_classes(colour_model: ZooModel) -> None:
    images = torch.rand(3, 3, 16, 16)
    part = restrict(colour_model, ["red", "blue"])
    assert part.classifier.class_names == ("red", "blue")
    whole = colour_model.classifier.eval()(images)
    assert torch.equal(part.classifier(images), whole[:, [2, 0]])
    assert part.weights_sha256 != colour_model.weights_sha256
    assert part.weights_sha256 != restrict(colour_model, ["blue", "red"]).weights_sha256
    assert restrict(colour_model, ["blue", "green", "red"]) is colour_model


@pytest.mark.parametrize("names", [["red"], ["red", "red"], ["red", "pink"]])
def test_other_classes_are_refused(colour_model: ZooModel, names: list[str]) -> None:
    with pytest.raises(ValueError, match="expected two or more different classes of colour, which has blue, green"):
        restrict(colour_model, names)
