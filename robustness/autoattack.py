"""AutoAttack through the optional package pyautoattack: the field's standard ensemble of parameter-free attacks.

Classes fewer than the ensemble was made for are met with what applies: targeted attacks take K - 1 targets instead of
9, the targeted DLR loss needs 4 classes and the untargeted one 3, and attacks that need more are left out. The result
names the attacks that ran; figures compare with published ones only where :attr:`AutoAttacked.standard` is true.

The package's warnings (randomised or dynamic classifier, probabilities instead of logits, zero gradients, a black box
that beats the white box) come back as notes. Three things it does are kept from the caller: it reseeds the global
generators, writes into parameters' ``.grad``, and records through the logger alone.

Reference:
    Croce and Hein, Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free Attacks,
    ICML 2020, https://arxiv.org/abs/2003.01690
"""

import contextlib
import importlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from robustness.attacks.ascent import check_images
from robustness.attacks.goals import make_goal

__all__ = ["AutoAttackMissingError", "AutoAttacked", "auto_attack", "autoattack_available"]

Classifier = Callable[[Tensor], Tensor]

_NORMS = {"linf": "Linf", "l2": "L2"}
_TARGETS = 9  # of the targeted attacks, in every version of the package
_LEAST_CLASSES = {"apgd-dlr": 3, "apgd-t": 4}
_VERSIONS = ("standard", "plus", "rand")


class AutoAttackMissingError(ImportError):
    """The optional package is not installed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class AutoAttacked:
    """What AutoAttack returned.

    Attributes:
        images: (N, 3, H, W), those it fooled moved, the others as they were.
        attacks: the attacks of the ensemble, in order.
        standard: the ensemble is the version's own, so that figures compare with published ones.
        notes: the package's warnings, each once.
        version: of the package.
    """

    images: Tensor
    attacks: tuple[str, ...]
    standard: bool
    notes: tuple[str, ...]
    version: str


def autoattack_available() -> bool:
    """Whether the optional package can be imported."""
    try:
        _load()
    except AutoAttackMissingError:
        return False
    return True


def auto_attack(
    classifier: Classifier,
    images: Tensor,
    labels: Tensor,
    *,
    eps: float,
    norm: str = "linf",
    version: str = "standard",
    seed: int = 0,
    batch_size: int = 250,
) -> AutoAttacked:
    """Run AutoAttack; put networks in evaluation mode first.

    Args:
        classifier: (N, 3, H, W) pixels in [0, 1] to (N, K) logits, differentiable in the pixels.
        images: (N, 3, H, W) float32 in [0, 1], at least one.
        labels: (N,) true classes.
        eps: radius in units of pixels in [0, 1].
        norm: ``"linf"`` or ``"l2"``.
        version: ``"standard"``, ``"plus"`` (more restarts) or ``"rand"`` (for randomised classifiers).
        seed: of every attack in the ensemble.
        batch_size: images at a time.

    Returns:
        The attacked images and what is to be known about them.

    Raises:
        AutoAttackMissingError: pyautoattack is not installed.
        ValueError: an argument is not as described.
    """
    _check(images, eps, norm, version)
    goal = make_goal(labels, None, images)
    package = _load()
    with torch.no_grad():
        logits = classifier(images[:batch_size])
    goal[torch.arange(len(logits), device=images.device)].check(logits)
    with _kept_randomness(images.device), _collected_warnings() as notes:
        runner = package.AutoAttack(
            _pixels_only(classifier),
            norm=_NORMS[norm],
            eps=float(eps),
            version=version,
            seed=seed,
            device=images.device,
        )
        usual = tuple(runner.attacks_to_run)
        attacks = _restrict(runner, usual, logits.shape[1])
        found, _ = runner.run_standard_evaluation(images.detach(), goal.classes, batch_size=batch_size)
    return AutoAttacked(
        images=found.detach(),
        attacks=attacks,
        standard=attacks == usual and (logits.shape[1] > _TARGETS or not any(name.endswith("-t") for name in usual)),
        notes=tuple(dict.fromkeys(notes)),
        version=str(package.__version__),
    )


def _load() -> ModuleType:
    try:
        return importlib.import_module("pyautoattack")
    except ImportError as error:
        raise AutoAttackMissingError(
            "expected the package pyautoattack for AutoAttack, got none; "
            "install it with pip install 'classifier-audit[adversarial]', or use robustness.attacks.pgd"
        ) from error


def _check(images: Tensor, eps: float, norm: str, version: str) -> None:
    check_images(images)
    if not len(images):
        raise ValueError("expected at least one image to attack, got none")
    if not 0 <= eps < float("inf"):
        raise ValueError(f"expected `eps` of at least 0 and finite, in units of pixels in [0, 1], got {eps}")
    if norm not in _NORMS:
        raise ValueError(f"expected `norm` to be one of {', '.join(_NORMS)}, got {norm!r}")
    if version not in _VERSIONS:
        raise ValueError(f"expected `version` to be one of {', '.join(_VERSIONS)}, got {version!r}")


def _restrict(runner: Any, usual: tuple[str, ...], classes: int) -> tuple[str, ...]:
    """Leave out what the number of classes does not allow."""
    attacks = tuple(name for name in usual if classes >= _LEAST_CLASSES.get(name, 2))
    runner.attacks_to_run = list(attacks)
    for targeted in (runner.apgd_targeted, runner.fab):
        targeted.n_target_classes = min(_TARGETS, classes - 1)
    return attacks


class _PixelGradient(torch.autograd.Function):
    """The classifier's logits, with a gradient that stops at the pixels.

    The package calls ``backward``, which would otherwise add to every parameter's ``.grad``.
    """

    @staticmethod
    def forward(context: Any, pixels: Tensor, classifier: Classifier) -> Tensor:
        with torch.enable_grad():
            context.pixels = pixels.detach().requires_grad_()
            logits = context.logits = classifier(context.pixels)
        return logits.detach()

    @staticmethod
    def backward(context: Any, *weights: Tensor) -> tuple[Tensor, None]:
        (gradients,) = torch.autograd.grad(context.logits, context.pixels, weights, retain_graph=True)
        return gradients, None


def _pixels_only(classifier: Classifier) -> Classifier:
    def classify(pixels: Tensor) -> Tensor:
        if not torch.is_grad_enabled():
            return classifier(pixels)
        logits: Tensor = _PixelGradient.apply(pixels, classifier)
        return logits

    return classify


@contextlib.contextmanager
def _kept_randomness(device: torch.device) -> Iterator[None]:
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        yield


@contextlib.contextmanager
def _collected_warnings() -> Iterator[list[str]]:
    """The messages of level WARNING that the package's logger gets."""
    notes: list[str] = []
    handler = logging.Handler(level=logging.WARNING)
    handler.emit = lambda record: notes.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("auto-attack")
    logger.addHandler(handler)
    try:
        yield notes
    finally:
        logger.removeHandler(handler)
