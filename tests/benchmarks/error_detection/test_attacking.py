import math

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks.classifier import Classifier
from benchmarks.error_detection.attacking import (
    AttackSetting,
    Victims,
    aware_attack,
    eps_that_fools,
    score_images,
    smallest_evasion,
    unaware_attack,
)
from benchmarks.error_detection.fitted_scores import FittedScores
from benchmarks.error_detection.probing import make_probe
from benchmarks.inference import Engine
from robustness.confidence import max_softmax
from robustness.consistency.adaptive import AttackSettings
from robustness.consistency.scores import tta_confidence
from robustness.consistency.transforms import Transform


class Brightness(nn.Module):
    """Two classes by mean brightness: the border is at .5, and the change that fools is known."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        lead = 40 * images.mean((1, 2, 3)) - 20
        return torch.stack([-lead, lead], 1)


@pytest.fixture
def victims() -> Victims:
    classifier = Classifier(Brightness(), mean=(0.0,) * 3, std=(1.0,) * 3, class_names=["dark", "bright"])
    engine = Engine(classifier=classifier.eval(), device=torch.device("cpu"), precision="exact", batch_size=16)
    levels = torch.tensor([0.42, 0.46, 0.53, 0.58])
    images = levels.view(4, 1, 1, 1).expand(4, 3, 8, 8).contiguous()
    probe = make_probe(engine, [Transform("flip_horizontally")], images[:1], draws=2)
    return Victims(ids=list("abcd"), images=images, labels=torch.tensor([0, 0, 1, 1]), probe=probe, seed=0)


def test_the_radius_that_fools_is_the_largest_distance_to_the_border(victims: Victims) -> None:
    eps, smallest = eps_that_fools(victims)
    assert smallest == pytest.approx([0.08, 0.04, 0.03, 0.08], abs=2e-3)
    assert eps == pytest.approx(0.08, abs=2e-3)


def test_the_unaware_attack_stays_in_its_ball_and_raises_the_loss_to_the_end(victims: Victims) -> None:
    attacked, flags = unaware_attack(victims, 0.1, steps=10)
    assert flags == {}
    change = (attacked - victims.images).mean((1, 2, 3))
    assert change.tolist() == pytest.approx([0.1, 0.1, -0.1, -0.1], abs=1e-4)
    assert len(unaware_attack(victims, 0.0001, steps=2)[0]) == 4


def test_images_are_scored_as_rows_are(victims: Victims) -> None:
    scores, wrong = score_images(victims, victims.images, FittedScores(scores={}, reasons={"detector": "none"}))
    assert not wrong.any()
    logits = victims.probe.engine.logits(victims.images)
    assert scores["max_softmax"] == pytest.approx(max_softmax(logits).numpy())
    assert scores["tta_confidence"] == pytest.approx(scores["max_softmax"]), "a mirrored image is as bright"
    assert np.isnan(scores["detector"]).all()
    attacked, _ = unaware_attack(victims, 0.1, steps=10)
    assert score_images(victims, attacked, FittedScores(scores={}))[1].all()


def test_the_aware_attack_stays_in_its_ball_and_fools(victims: Victims) -> None:
    settings = AttackSettings(steps=10, copies_weights=(0.0,))
    found = aware_attack(victims, tta_confidence, 0.1, settings)
    assert (found - victims.images).abs().max() <= 0.1 + 1e-6
    assert score_images(victims, found, FittedScores(scores={}))[1].all()


def test_evading_takes_more_than_fooling(victims: Victims) -> None:
    setting = AttackSetting(images=4, rounds=5, aware=AttackSettings(steps=10, copies_weights=(0.0,)))
    found = smallest_evasion(victims, tta_confidence, 0.9, maximum=0.12, setting=setting)
    # A probability of .9 needs a lead of ln 9 = 80 (x - .5), .0275 beyond the border.
    assert found == pytest.approx([0.1075, 0.0675, 0.0575, 0.1075], abs=0.008)
    assert (found >= np.array([0.1075, 0.0675, 0.0575, 0.1075]) - 1e-3).all()
    never = smallest_evasion(victims, tta_confidence, 1.1, maximum=0.12, setting=setting)
    assert all(math.isinf(one) for one in never)


def test_settings_are_checked() -> None:
    with pytest.raises(ValueError, match="`images` of at least 0, got -1"):
        AttackSetting(images=-1)
    with pytest.raises(ValueError, match="`multiples` above 0"):
        AttackSetting(multiples=(0.0, 1.0))
