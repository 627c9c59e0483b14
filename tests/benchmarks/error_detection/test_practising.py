import math
from collections.abc import Iterator

import pytest
import torch

from benchmarks.error_detection.attacking import Victims
from benchmarks.error_detection.practising import practise
from benchmarks.error_detection.probing import make_probe
from benchmarks.inference import Engine
from benchmarks.request import Resolved
from robustness.consistency.features import log_odds
from robustness.consistency.transforms import Transform


@pytest.fixture
def victims(noisy: Resolved) -> Iterator[Victims]:
    classifier = noisy.plan.models[0].classifier
    engine = Engine(classifier=classifier, device=torch.device("cpu"), precision="exact")
    with engine.running():  # others share the network: its batch norm must not learn
        images = torch.full((3, 3, 16, 16), 0.4)
        for place in range(3):
            images[place, place] += 0.1
        with torch.inference_mode():
            labels = classifier(images).argmax(1)
        probe = make_probe(engine, [Transform("shift", (1, 0))], (255 * images[:1]).to(torch.uint8), draws=2)
        yield Victims(ids=["x", "y", "z"], images=images, labels=labels, probe=probe, seed=0)


def test_only_images_that_fool_are_kept_from_every_radius(victims: Victims) -> None:
    practice = practise(victims)
    assert len(practice.ids) >= 2 * 3, "all are fooled at the larger radii"
    assert practice.log_odds.shape == (len(practice.ids), 2)
    assert bool((practice.log_odds[:, 0] > -math.log(2)).all()), "the answer has more than a third"
    assert torch.equal(practise(victims).log_odds, practice.log_odds)


def test_attacked_images_are_surer_of_the_wrong_answer_than_the_clean_ones_of_it(victims: Victims) -> None:
    with torch.inference_mode():
        clean = victims.probe.engine.classifier(victims.images)
    assert float(practise(victims).log_odds[-3:, 0].mean()) > -float(log_odds(clean[:, None]).mean())


def test_without_images_there_is_nothing_to_learn(victims: Victims) -> None:
    none = Victims(ids=[], images=victims.images[:0], labels=victims.labels[:0], probe=victims.probe, seed=0)
    assert not len(practise(none).ids)
