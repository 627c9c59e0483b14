import functools
import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from robustness.attack_checks import AttackChecks, attack_with_checks
from robustness.attacks import NORMS, fgsm, pgd
from tests.robustness.attacks.classifiers import answers, network, photos

IMAGES = photos(40)
CLASSIFIER = network(5)
LABELS = answers(CLASSIFIER, IMAGES)
EPS = {"linf": 0.03, "l2": 0.25}


def run(attack, classifier=CLASSIFIER, norm: str = "linf", **options: Any) -> AttackChecks:  # type: ignore[no-untyped-def]
    return attack_with_checks(attack, classifier, IMAGES, LABELS, eps=EPS[norm], norm=norm, **options)[1]


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("attack", [pgd, fgsm], ids=["pgd", "fgsm"])
def test_a_sound_attack_raises_no_flag(attack, norm: str) -> None:  # type: ignore[no-untyped-def]
    attacked, checks = attack_with_checks(attack, CLASSIFIER, IMAGES, LABELS, eps=EPS[norm], norm=norm)
    assert torch.equal(attacked, attack(CLASSIFIER, IMAGES, LABELS, eps=EPS[norm], norm=norm))
    assert checks.flags == {}
    assert checks.count == 40
    assert checks.white_box == (answers(CLASSIFIER, attacked) != LABELS).double().mean().item()
    assert checks.black_box <= checks.white_box and checks.missed == 0
    assert -1e-4 < checks.excess <= 0


class Quantised(nn.Module):
    """The network on five levels of grey: its gradient is zero everywhere, though answers change."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = network(5)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.inner((images * 4).round() / 4)
        return logits


def test_a_classifier_that_hides_its_gradient_is_flagged() -> None:
    classifier = Quantised()
    labels = answers(classifier, IMAGES)
    attack = functools.partial(pgd, steps=3)
    _, checks = attack_with_checks(attack, classifier, IMAGES, labels, eps=0.15, norm="linf")
    assert checks.zero_gradient == 1
    assert list(checks.flags) == ["zero_gradient", "black_box_better"]
    assert checks.flags["zero_gradient"].startswith("100.0% of the images have no gradient")
    assert f"{checks.black_box:.1%} against {checks.white_box:.1%}" in checks.flags["black_box_better"]


def test_a_share_of_zero_gradients_is_counted_exactly() -> None:
    def half_dead(images: Tensor) -> Tensor:
        dead = images[:, :1, :1, :1] > 0.5
        logits: Tensor = CLASSIFIER(torch.where(dead, images.detach(), images))
        return logits

    share = (IMAGES[:, 0, 0, 0] > 0.5).double().mean().item()
    assert 0 < share < 1
    assert run(functools.partial(pgd, steps=2), half_dead).zero_gradient == share


def test_an_attack_that_does_nothing_is_beaten_by_the_black_box() -> None:
    def lazy(classifier: nn.Module, images: Tensor, labels: Tensor, *, eps: float, norm: str) -> Tensor:
        return images.clone()

    transferred = pgd(CLASSIFIER, IMAGES, LABELS, eps=EPS["linf"])
    alone, beside = run(lazy), run(lazy, transferred=transferred)
    assert beside.missed > alone.missed
    assert beside.black_box == (answers(CLASSIFIER, transferred) != LABELS).double().mean().item()
    assert "black_box_better" in beside.flags


def test_a_mode_left_behind_is_flagged() -> None:
    def careless(classifier: nn.Module, images: Tensor, labels: Tensor, *, eps: float, norm: str) -> Tensor:
        attacked = pgd(classifier, images, labels, eps=eps, norm=norm, steps=2)
        classifier.get_submodule("3").train()
        return attacked

    assert "mode_changed" in run(careless, network(5)).flags
    assert "mode_changed" not in run(careless, network(5).train()).flags


@pytest.mark.parametrize("norm", NORMS)
def test_leaving_the_ball_is_flagged_with_the_excess(norm: str) -> None:
    def cheat(classifier: nn.Module, images: Tensor, labels: Tensor, *, eps: float, norm: str) -> Tensor:
        return pgd(classifier, images, labels, eps=1.5 * eps, norm=norm, early_stop=False)

    checks = run(cheat, norm=norm)
    assert list(checks.flags) == ["outside_ball"]
    assert checks.excess == pytest.approx(EPS[norm] / 2, rel=0.01)


def test_the_ball_has_a_tolerance_of_a_millionth() -> None:
    sound = run(functools.partial(pgd, steps=2))
    settings = {name: getattr(sound, name) for name in sound.__dataclass_fields__}
    for excess, flagged in ((9e-7, False), (2e-6, True), (math.nan, True)):
        assert ("outside_ball" in AttackChecks(**settings | {"excess": excess}).flags) == flagged


@pytest.mark.parametrize("broken", [1.001, -0.001, math.nan, math.inf])
def test_pixels_outside_the_box_are_flagged(broken: float) -> None:
    def sloppy(classifier: nn.Module, images: Tensor, labels: Tensor, *, eps: float, norm: str) -> Tensor:
        attacked = images.clone()
        attacked[-1, 0, 0, 0] = broken
        return attacked

    assert "outside_box" in run(sloppy).flags


def test_changing_images_at_radius_zero_is_flagged() -> None:
    def restless(classifier: nn.Module, images: Tensor, labels: Tensor, *, eps: float, norm: str) -> Tensor:
        return pgd(classifier, images * 0.99, labels, eps=eps * 0.5, norm=norm, steps=2)

    assert "changed_at_zero" in run(restless).flags


def test_every_flag_has_a_sentence() -> None:
    worst = AttackChecks(
        count=10,
        zero_gradient=0.5,
        modes_restored=False,
        inside_box=False,
        excess=0.1,
        unchanged_at_zero=False,
        white_box=0.2,
        black_box=0.4,
        missed=0.3,
    )
    assert len(worst.flags) == 6
    assert all(sentence.endswith(".") and sentence[0] in "ATSW5" for sentence in worst.flags.values())


def test_the_generator_decides_the_noise() -> None:
    def lazy(classifier: nn.Module, images: Tensor, labels: Tensor, *, eps: float, norm: str) -> Tensor:
        return images.clone()

    assert run(lazy) == run(lazy, generator=torch.Generator().manual_seed(0))


def test_no_images_are_refused() -> None:
    with pytest.raises(ValueError, match="expected at least one image to attack, got none"):
        attack_with_checks(pgd, CLASSIFIER, IMAGES[:0], LABELS[:0], eps=0.1)
