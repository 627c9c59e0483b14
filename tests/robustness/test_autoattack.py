import logging
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from robustness.attack_checks import attack_with_checks
from robustness.attacks import find_norm
from robustness.autoattack import AutoAttackMissingError, auto_attack, autoattack_available
from tests.robustness.attacks.classifiers import answers, network, photos

IMAGES = photos(6)
ENSEMBLES = {
    "standard": ["apgd-ce", "apgd-t", "fab-t", "square"],
    "plus": ["apgd-ce", "apgd-dlr", "fab", "square", "apgd-t", "fab-t"],
    "rand": ["apgd-ce", "apgd-dlr"],
}


class Stub:
    """What the adapter uses of pyautoattack.AutoAttack 0.2.0, with its habits: reseeding, backward, warnings."""

    last: "Stub"

    def __init__(self, model: Any, *, device: Any, eps: float, norm: str, seed: int, version: str) -> None:
        self.model, self.settings = (
            model,
            {"device": device, "eps": eps, "norm": norm, "seed": seed, "version": version},
        )
        self.attacks_to_run = list(ENSEMBLES[version])
        self.apgd_targeted, self.fab = SimpleNamespace(n_target_classes=9), SimpleNamespace(n_target_classes=9)
        Stub.last = self

    def run_standard_evaluation(self, x: Tensor, y: Tensor, /, *, batch_size: int) -> tuple[Tensor, Tensor]:
        self.given, self.batch_size = (x, y), batch_size
        torch.manual_seed(self.settings["seed"])
        logging.getLogger("auto-attack").debug("running")
        for _ in range(2):
            logging.getLogger("auto-attack").warning("there are 2 points with zero gradient!")
        pixels = x.clone().requires_grad_()
        logits = self.model(pixels)
        gradients: list[Any] = []
        for k in range(logits.shape[1]):
            pixels.grad = None
            weights = torch.zeros_like(logits)
            weights[:, k] = 1
            logits.backward(weights, retain_graph=True)
            gradients.append(pixels.grad)
        self.gradients = torch.stack(gradients)
        with torch.no_grad():
            return (x + self.settings["eps"]).clamp(0, 1), self.model(x).argmax(1)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> type[Stub]:
    package = ModuleType("pyautoattack")
    package.AutoAttack, package.__version__ = Stub, "9.9"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyautoattack", package)
    return Stub


def test_the_call_carries_every_setting(stub: type[Stub]) -> None:
    classifier, labels = network(12), torch.arange(6, dtype=torch.int32)
    result = auto_attack(classifier, IMAGES, labels, eps=0.25, norm="l2", version="plus", seed=7, batch_size=3)
    expected = {"device": IMAGES.device, "eps": 0.25, "norm": "L2", "seed": 7, "version": "plus"}
    assert stub.last.settings == expected
    assert stub.last.batch_size == 3
    assert torch.equal(stub.last.given[0], IMAGES)
    assert torch.equal(stub.last.given[1], labels.long())
    assert torch.equal(result.images, (IMAGES + 0.25).clamp(0, 1))
    assert (result.attacks, result.standard, result.version) == (tuple(ENSEMBLES["plus"]), True, "9.9")
    assert autoattack_available()


@pytest.mark.parametrize(
    "classes, version, attacks, targets, standard",
    [
        (2, "standard", ("apgd-ce", "fab-t", "square"), 1, False),
        (3, "standard", ("apgd-ce", "fab-t", "square"), 2, False),
        (3, "plus", ("apgd-ce", "apgd-dlr", "fab", "square", "fab-t"), 2, False),
        (4, "standard", ("apgd-ce", "apgd-t", "fab-t", "square"), 3, False),
        (10, "standard", ("apgd-ce", "apgd-t", "fab-t", "square"), 9, True),
        (1000, "standard", ("apgd-ce", "apgd-t", "fab-t", "square"), 9, True),
        (2, "rand", ("apgd-ce",), 1, False),
        (3, "rand", ("apgd-ce", "apgd-dlr"), 2, True),
    ],
)
def test_few_classes_get_what_applies(
    stub: type[Stub], classes: int, version: str, attacks: tuple[str, ...], targets: int, standard: bool
) -> None:
    result = auto_attack(network(classes), IMAGES, torch.arange(6) % classes, eps=0.1, version=version)
    assert result.attacks == tuple(stub.last.attacks_to_run) == attacks
    assert result.standard == standard
    assert stub.last.apgd_targeted.n_target_classes == stub.last.fab.n_target_classes == targets


def test_warnings_come_back_once_each(stub: type[Stub]) -> None:
    before = list(logging.getLogger("auto-attack").handlers)
    result = auto_attack(network(12), IMAGES, torch.arange(6), eps=0.1)
    assert result.notes == ("there are 2 points with zero gradient!",)
    assert logging.getLogger("auto-attack").handlers == before


def test_global_generators_and_parameters_are_left_alone(stub: type[Stub]) -> None:
    classifier, before = network(5), torch.get_rng_state()
    auto_attack(classifier, IMAGES, torch.arange(6) % 5, eps=0.1)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(p.grad is None and p.requires_grad for p in classifier.parameters())


def test_the_gradient_the_package_sees_is_the_classifiers(stub: type[Stub]) -> None:
    classifier = network(5)
    auto_attack(classifier, IMAGES, torch.arange(6) % 5, eps=0.1)
    for k in range(5):
        pixels = IMAGES.clone().requires_grad_()
        (expected,) = torch.autograd.grad(classifier(pixels)[:, k].sum(), pixels)
        torch.testing.assert_close(stub.last.gradients[k], expected)


def test_absence_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyautoattack", None)  # what Python itself does to forbid an import
    assert not autoattack_available()
    with pytest.raises(AutoAttackMissingError, match=r"pip install 'classifier-audit\[adversarial\]'"):
        auto_attack(network(5), IMAGES, torch.arange(6) % 5, eps=0.1)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"eps": -0.1}, "expected `eps` of at least 0"),
        ({"norm": "Linf"}, "expected `norm` to be one of linf, l2, got 'Linf'"),
        ({"version": "custom"}, "expected `version` to be one of standard, plus, rand, got 'custom'"),
        ({"images": IMAGES[:0]}, "at least one image"),
        ({"images": IMAGES * 2}, r"expected `images` in \[0, 1\]"),
        ({"labels": torch.full((6,), 5)}, "expected `labels` in 0..4, got 5..5"),
    ],
)
def test_other_arguments_are_refused(stub: type[Stub], changes: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"images": IMAGES, "labels": torch.arange(6) % 5, "eps": 0.1} | changes
    with pytest.raises(ValueError, match=message):
        auto_attack(network(5), **arguments)


@pytest.mark.parametrize("classes, norm, eps", [(2, "linf", 0.05), (3, "l2", 0.5), (12, "linf", 0.05)])
def test_the_real_package_fools_inside_the_ball(classes: int, norm: str, eps: float) -> None:
    pytest.importorskip("pyautoattack")
    classifier, before = network(classes), torch.get_rng_state()
    labels = answers(classifier, IMAGES)
    result = auto_attack(classifier, IMAGES, labels, eps=eps, norm=norm)
    assert (answers(classifier, result.images) != labels).double().mean() > 0.5
    assert find_norm(norm).length(result.images.double() - IMAGES.double()).max() <= eps + 1e-6
    assert result.notes == ()
    assert torch.equal(torch.get_rng_state(), before)
    assert all(p.grad is None for p in classifier.parameters())


def test_the_real_package_passes_the_checks() -> None:
    pytest.importorskip("pyautoattack")
    classifier = network(12)

    def attack(classifier: nn.Module, images: Tensor, labels: Tensor, *, eps: float, norm: str) -> Tensor:
        return auto_attack(classifier, images, labels, eps=eps, norm=norm).images

    labels = answers(classifier, IMAGES)
    assert attack_with_checks(attack, classifier, IMAGES, labels, eps=0.05)[1].flags == {}
