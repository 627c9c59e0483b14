import numpy as np
import pytest
import torch
from torch import Tensor, nn

from benchmarks.global_statistics.exchange import UNDECIDED, Exchange, clean_predictions, exchanged_predictions
from benchmarks.global_statistics.partners import NOBODY
from benchmarks.inference import Engine
from tests.benchmarks.global_statistics.conftest import Arrangement, Convolutions, MeanColour, pictures

CPU = torch.device("cpu")
DEPTHS = ("pixels", "stem", "first", "second.0")


def engine_of(classifier: nn.Module, batch_size: int = 64) -> Engine:
    return Engine(classifier=classifier.eval(), device=CPU, precision="exact", batch_size=batch_size)


def restyled(content: Tensor, style: Tensor) -> Tensor:
    """(C, h, w) maps with the mean and spread of others, channel by channel."""
    rows = [
        (mine - mine.mean()) / mine.std() * other.std() + other.mean()
        for mine, other in zip(content, style, strict=True)
    ]
    return torch.stack(rows)


@pytest.mark.parametrize("depth", DEPTHS)
def test_statistics_of_oneself_change_nothing(network: Convolutions, depth: str) -> None:
    images, _ = pictures(6)
    both = Exchange(network, depth)(torch.cat([images, images], dim=1))
    logits = network(images.float() / 255)
    torch.testing.assert_close(both, torch.cat([logits, logits], dim=1), rtol=1e-3, atol=1e-4)


def test_both_images_are_answered_with_the_statistics_of_the_other(network: Convolutions) -> None:
    images, _ = pictures(2)
    pixels = images.float() / 255
    features = network.stem(pixels)
    swapped = torch.stack([restyled(features[0], features[1]), restyled(features[1], features[0])])
    expected = network.head(network.squeeze(network.second(network.first(swapped))).flatten(1))
    given = Exchange(network, "stem")(torch.cat([images[:1], images[1:]], dim=1))
    torch.testing.assert_close(given[0].chunk(2), tuple(expected), rtol=1e-3, atol=1e-3)
    swapped = torch.stack([restyled(pixels[0], pixels[1]), restyled(pixels[1], pixels[0])]).clamp(0, 1)
    given = Exchange(network, "pixels")(torch.cat([images[:1], images[1:]], dim=1))
    torch.testing.assert_close(given[0].chunk(2), tuple(network(swapped)), rtol=1e-3, atol=1e-3)


def test_who_reads_statistics_answers_as_the_partner_and_who_reads_arrangement_stays() -> None:
    images, labels = pictures(40)
    partners = np.roll(np.arange(40), 7)
    answers = exchanged_predictions(engine_of(MeanColour()), images, partners, "pixels")
    assert np.array_equal(answers, np.array(labels)[partners])
    engine = engine_of(Arrangement())
    kept = exchanged_predictions(engine, images, partners, "pixels")
    assert np.array_equal(kept, clean_predictions(engine, images))


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_batches_and_one_sided_partners_do_not_matter(network: Convolutions, batch_size: int) -> None:
    images, _ = pictures(11)
    partners = np.array([1, 0, 1, 4, 3, NOBODY, 7, 6, 2, 10, 9])
    counted: list[int] = []
    engine = engine_of(network, batch_size)
    answers = exchanged_predictions(engine, images, partners, "first", on_images=counted.append)
    assert answers[5] == UNDECIDED and sum(counted) == 10
    for place, partner in enumerate(partners):
        if partner != NOBODY:
            pair = torch.cat([images[place], images[partner]])[None]
            assert answers[place] == Exchange(network, "first")(pair)[0, :3].argmax()


def test_logits_that_are_not_finite_decide_nothing() -> None:
    class Broken(MeanColour):
        def forward(self, images: Tensor) -> Tensor:
            logits = super().forward(images)
            return torch.where(logits[:, :1] > logits[:, 1:2], float("nan"), logits)

    images, labels = pictures(12)
    assert ((clean_predictions(engine_of(Broken()), images) == UNDECIDED) == (np.array(labels) == 0)).mean() > 0.5
    answers = exchanged_predictions(engine_of(Broken()), images, np.roll(np.arange(12), 1), "pixels")
    assert set(answers) <= {UNDECIDED, 1, 2} and UNDECIDED in answers
