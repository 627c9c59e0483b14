"""The classifier is seen as it is, and left as it was."""

import torch
from torch import nn

from tests.xai.stylex.small import Brightness, halves
from xai.stylex.view import ClassifierView


def staged() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(4, 5, 3, stride=2, padding=1), nn.BatchNorm2d(5),
        nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 2),
    )  # fmt: skip


def test_the_last_map_of_each_size_is_seen() -> None:
    module, images = staged().train(), torch.rand(3, 3, 8, 8)
    view = ClassifierView(module, images[:1])
    logits, features = view(images)
    reference = staged()
    reference.load_state_dict(module.state_dict())
    reference.eval()
    assert view.depths == 2
    torch.testing.assert_close(features[0], reference[:2](images))
    torch.testing.assert_close(features[1], reference[:5](images))
    torch.testing.assert_close(logits, reference(images))


def test_the_classifier_itself_stays_as_it_was() -> None:
    module = staged().train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    view = ClassifierView(module, torch.rand(1, 3, 8, 8))
    logits, _ = view(torch.rand(2, 3, 8, 8).requires_grad_())
    logits.sum().backward()
    assert module.training
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert all(parameter.requires_grad and parameter.grad is None for parameter in module.parameters())
    assert not any(part._forward_hooks for part in module.modules())


def test_a_plain_function_shows_logits_alone() -> None:
    classifier = Brightness()
    images = halves(6)
    view = ClassifierView(classifier.forward, images[:1].float() / 255)
    assert view.depths == 0
    logits, features = view(images.float() / 255)
    assert not features
    torch.testing.assert_close(view.probabilities(images, batch_size=4), logits.softmax(1))
