import math
from dataclasses import replace

import pytest
import torch

from robustness.consistency.adaptive import AttackSettings, Defence, adaptive_attack
from robustness.consistency.copies import transformed_logits
from robustness.consistency.detector import DetectorRecipe, fit_detector
from robustness.consistency.scores import CONSISTENCY_SCORES, negative_kl, tta_confidence
from tests.robustness.consistency.toys import Stripes, stripes, stripes_defence

QUICK = AttackSettings(steps=15)
ONE_RUN = AttackSettings(steps=15, copies_weights=(0.0,))


def scores_of(defence, images):
    return defence.score(transformed_logits(defence.classifier, images, defence.transforms))


@pytest.mark.parametrize("eps", [0.0, 0.03, 0.2, torch.tensor([0.0, 0.01, 0.3, 0.05, 2.0, 0.1])], ids=str)
def test_results_stay_in_the_ball_and_the_box(eps):
    images, labels = stripes(6)
    found = adaptive_attack(stripes_defence(), images, labels, eps=eps, settings=QUICK).images
    assert bool(((found - images).abs().amax((1, 2, 3)) <= torch.as_tensor(eps) + 1e-6).all())
    assert 0 <= float(found.min()) <= float(found.max()) <= 1


def test_eps_zero_changes_nothing():
    images, labels = stripes(4)
    result = adaptive_attack(stripes_defence(), images, labels, eps=0, settings=QUICK)
    assert torch.equal(result.images, images)
    assert not bool(result.fooled.any())
    assert result.scores.tolist() == [-math.inf] * 4


def test_what_it_reports_is_what_the_defence_says():
    images, labels = stripes(6)
    defence = stripes_defence()
    result = adaptive_attack(defence, images, labels, eps=0.16, settings=QUICK)
    assert bool(result.fooled.all())
    assert torch.equal(defence.classifier(result.images).argmax(1) != labels, result.fooled)
    assert torch.allclose(scores_of(defence, result.images), result.scores)


def test_a_larger_ball_earns_more_trust():
    images, labels = stripes(6)
    trust = [
        adaptive_attack(stripes_defence(), images, labels, eps=eps, settings=QUICK).scores.mean()
        for eps in (0.14, 0.18, 0.24)
    ]
    assert trust == sorted(trust)
    assert trust[-1] > scores_of(stripes_defence(), images).mean()


@pytest.mark.parametrize("score", [tta_confidence, negative_kl], ids=lambda score: score.__name__)
def test_it_is_trusted_more_than_an_attack_that_ignores_the_score(score):
    images, labels = stripes(6)
    defence = replace(stripes_defence(), score=score)
    pixels = images.clone().requires_grad_()
    loss = torch.nn.functional.cross_entropy(Stripes()(pixels), labels)
    unaware = (images + 0.16 * torch.autograd.grad(loss, pixels)[0].sign()).clamp(0, 1)
    assert bool((Stripes()(unaware).argmax(1) != labels).all())
    aware = adaptive_attack(defence, images, labels, eps=0.16, settings=AttackSettings(steps=40))
    assert bool((aware.scores >= scores_of(defence, unaware) - 1e-4).all())
    assert float((aware.scores - scores_of(defence, unaware)).mean()) > -1e-6


def test_further_runs_and_better_starts_never_hurt():
    images, labels = stripes(6)
    one = adaptive_attack(stripes_defence(), images, labels, eps=0.15, settings=ONE_RUN)
    more = adaptive_attack(stripes_defence(), images, labels, eps=0.15, settings=QUICK)
    assert bool((more.scores >= one.scores).all())
    again = replace(ONE_RUN, steps=1)
    warm = adaptive_attack(stripes_defence(), images, labels, eps=0.15, settings=again, starts=more.images)
    assert bool((warm.scores >= more.scores).all())


@pytest.mark.parametrize("batch_size", [1, 7, 8, 1024])
def test_the_first_run_does_not_depend_on_the_batch(batch_size):
    images, labels = stripes(5)
    whole = adaptive_attack(stripes_defence(), images, labels, eps=0.15, settings=ONE_RUN)
    pieces = adaptive_attack(
        stripes_defence(), images, labels, eps=0.15, settings=replace(ONE_RUN, batch_size=batch_size)
    )
    assert torch.allclose(pieces.scores, whole.scores, atol=1e-3)


def test_the_generator_decides_on_the_random_starts():
    images, labels = stripes(4)
    away = 2 * images - images.flip(3)  # so far on the right side that the first run gets nowhere
    settings = AttackSettings(steps=1, copies_weights=(0.0, 0.0))
    runs = []
    for seed in (1, 1, 2):
        generator = torch.Generator().manual_seed(seed)
        runs.append(
            adaptive_attack(
                stripes_defence(), images, labels, eps=0.3, settings=settings, starts=away, generator=generator
            )
        )
    assert bool(runs[0].fooled.all())
    assert torch.equal(runs[0].images, runs[1].images)
    assert not torch.equal(runs[0].images, runs[2].images)


@pytest.mark.parametrize("name", CONSISTENCY_SCORES)
def test_every_score_can_be_attacked(name):
    """The agreement rate too, which has no gradient: there all copies are pushed."""
    images, labels = stripes(4)
    defence = stripes_defence(CONSISTENCY_SCORES[name])
    result = adaptive_attack(defence, images, labels, eps=0.3, settings=QUICK)
    assert bool(result.fooled.all())
    assert bool((result.scores >= scores_of(defence, images) - 0.02).all())


def test_a_learned_detector_can_be_attacked():
    defence = stripes_defence()
    images, labels = stripes(300)
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(0))
    noisy = (images * 0.3 + 0.3 + 0.6 * noise).clamp(0, 1)
    logits = transformed_logits(defence.classifier, noisy, defence.transforms)
    detector = fit_detector(logits, logits[:, 0].argmax(1) == labels, recipe=DetectorRecipe(heads=("logistic",)))
    defence = replace(defence, score=detector)
    result = adaptive_attack(defence, images[:4], labels[:4], eps=0.3, settings=QUICK)
    assert bool(result.fooled.all())
    assert bool((result.scores >= scores_of(defence, images[:4]) - 0.05).all())


class Counting(Stripes):
    calls = 0

    def forward(self, images):
        self.calls += 1
        return super().forward(images)


def test_enough_is_enough():
    images, labels = stripes(4)
    calls = []
    for enough in (0.6, math.inf):
        classifier = Counting()
        result = adaptive_attack(
            replace(stripes_defence(), classifier=classifier),
            images,
            labels,
            eps=0.3,
            settings=replace(QUICK, enough=enough),
        )
        assert bool((result.scores >= 0.6).all())
        calls.append(classifier.calls)
    assert calls[0] < calls[1] / 4


def test_random_transforms_are_averaged_over():
    generator = torch.Generator().manual_seed(0)

    def shaken(pixels):
        return (pixels + 0.1 * torch.randn(pixels.shape, generator=generator)).clamp(0, 1)

    images, labels = stripes(4)
    classifier = Counting()
    defence = Defence(classifier=classifier, transforms=[shaken], score=tta_confidence)
    settings = AttackSettings(steps=5, copies_weights=(0.0,), draws=3)
    result = adaptive_attack(defence, images, labels, eps=0.3, settings=settings)
    assert bool(result.fooled.all())
    assert classifier.calls == 1 + 3 * 6


def test_inputs_parameters_and_their_gradients_are_left_alone():
    images, labels = stripes(4)
    before = images.clone()
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(192, 2))
    weights = network[1].weight.detach().clone()
    adaptive_attack(replace(stripes_defence(), classifier=network), images, labels, eps=0.1, settings=QUICK)
    assert torch.equal(images, before)
    assert torch.equal(network[1].weight, weights)
    assert network[1].weight.grad is None


def test_images_that_are_wrong_already_count_as_fooled():
    images, labels = stripes(4)
    result = adaptive_attack(stripes_defence(), images, 1 - labels, eps=0.0, settings=QUICK)
    assert bool(result.fooled.all())
    assert torch.allclose(result.scores, scores_of(stripes_defence(), images))


def test_no_images_are_no_problem():
    images, labels = stripes(0)
    result = adaptive_attack(stripes_defence(), images, labels, eps=0.1)
    assert result.images.shape == (0, 3, 8, 8)
    assert result.fooled.dtype == torch.bool
    assert len(result.fooled) == len(result.scores) == 0


def test_other_arguments_are_refused():
    images, labels = stripes(4)
    defence = stripes_defence()
    for wrong, message in (
        ({"eps": -0.1}, "expected `eps` as a number of at least 0, or one for each image"),
        ({"eps": torch.zeros(3)}, "expected `eps` as a number"),
        ({"eps": 0.1, "labels": labels[:3]}, r"expected `labels` of shape \(4,\), got \(3,\)"),
        ({"eps": 0.1, "images": images * 255}, r"expected `images` in \[0, 1\], got .*; divide 0..255 by 255"),
        ({"eps": 0.1, "images": (images * 255).to(torch.uint8)}, "expected float `images` of shape"),
    ):
        arguments = {"images": images, "labels": labels} | wrong
        with pytest.raises(ValueError, match=message):
            adaptive_attack(defence, arguments.pop("images"), arguments.pop("labels"), **arguments)
    with pytest.raises(ValueError, match="expected a classifier differentiable in the pixels"):
        blind = replace(defence, classifier=lambda pixels: Stripes()(pixels.detach()))
        adaptive_attack(blind, images, labels, eps=0.1, settings=QUICK)


@pytest.mark.parametrize(
    "setting", [{"steps": 0}, {"copies_weights": ()}, {"draws": 0}, {"batch_size": 0}, {"momentum": 1.0}]
)
def test_settings_are_checked(setting):
    with pytest.raises(ValueError, match=f"expected `{next(iter(setting))}` "):
        AttackSettings(**setting)
