import pytest
import torch
from torch import nn

from benchmarks.classifier import Classifier
from benchmarks.error_detection.probing import make_probe
from benchmarks.inference import Engine
from robustness.consistency.transforms import Transform
from tests.conftest import ColourNet

BANK = (Transform("flip_horizontally"), Transform("shift", (2, 0)))


class Unused(nn.Module):
    """A network whose dropout and second linear layer never run."""

    def __init__(self) -> None:
        super().__init__()
        self.network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 3))
        self.dropout, self.spare = nn.Dropout(), nn.Linear(3, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.network(images)
        return logits


def engine(module: nn.Module) -> Engine:
    names = ["blue", "green", "red"]
    classifier = Classifier(module, mean=(0.5,) * 3, std=(0.5,) * 3, class_names=names)
    return Engine(classifier=classifier, device=torch.device("cpu"), precision="exact", batch_size=5)


def pixels(count: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (count, 3, 8, 8), dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize("count", [1, 7])
def test_answers_are_those_of_the_classifier(count: int) -> None:
    with engine(ColourNet()).running() as running:
        probe = make_probe(running, BANK, pixels(1), draws=4)
        answers = probe(pixels(count), seed=0)
        expected = running.logits(pixels(count))
    assert answers.logits.shape == (count, 3, 3) and probe.draws == 0 and answers.dropout is None
    assert torch.equal(answers.logits[:, 0], expected)
    assert answers.logits[:, 1].allclose(expected, atol=1e-5), "a mirrored image has the same mean colour"
    assert not answers.logits[:, 2].allclose(expected, atol=1e-3)
    assert answers.features is not None and answers.features.shape == (count, 3)
    assert answers.finite.all()


def test_dropout_is_drawn_where_there_is_some() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(192, 3))
    with engine(network).running() as running:
        probe = make_probe(running, BANK, pixels(1), draws=4)
        answers = probe(pixels(6), seed=0)
    assert answers.dropout is not None and answers.dropout.shape == (6, 4, 3)
    assert answers[torch.tensor([True, False] * 3)].dropout.shape == (3, 4, 3)  # type: ignore[union-attr]


def test_what_never_runs_does_not_apply() -> None:
    with engine(Unused()).running() as running:
        probe = make_probe(running, BANK, pixels(1), draws=4)
        assert probe.layer is None and probe.draws == 0


def test_a_number_that_is_none_anywhere_is_seen() -> None:
    class Broken(ColourNet):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            logits = super().forward(images)
            return torch.where(images[:, :1, 0, 0] > 0.5, torch.nan, logits)

    images = pixels(4)
    images[:, :, 0, 0] = torch.tensor([255, 0, 255, 0])[:, None]
    with engine(Broken()).running() as running:
        answers = make_probe(running, BANK[1:], torch.zeros_like(images[:1]), draws=2)(images, seed=0)
    assert answers.finite.tolist() == [False, True, False, True]
