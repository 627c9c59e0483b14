"""One layer of any classifier: images to its features, and features to the classifier's logits.

A layer is named as in ``named_modules``, such as timm's ``layer4`` or ``global_pool``, and is what that module gives;
``name:input`` is what it gets, so that ``act1:input`` is the layer before its activation. To go on from features, the
network sees one grey image, and the layer's value is replaced by theirs on the way: every module works, and what comes
before costs one image a batch. That the decision passes through the layer, and not around it, is checked on images.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchmarks.classifier import Classifier
from benchmarks.global_statistics.depths import network_of

__all__ = ["INPUT", "Layer", "default_layer", "open_layer"]

INPUT = ":input"
"""How the name of a layer ends that is what a module gets."""

_LARGEST = 20_000  # features; editing holds thousands of copies
_TOLERANCE = 1e-3  # of the largest logit, between the whole classifier and its two parts


class _ReachedError(Exception):
    """Ends a pass at the layer, whose value it carries."""

    def __init__(self, value: Tensor) -> None:
        super().__init__()
        self.value = value


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer of a classifier; made by :func:`open_layer`.

    Attributes:
        classifier: in evaluation mode.
        name: of the layer.
        shape: of one image's features.
        image: (1, 3, H, W) that the network sees while features are put in.
    """

    classifier: nn.Module
    name: str
    shape: tuple[int, ...]
    image: Tensor

    @property
    def width(self) -> int:
        """D, the number of features of an image."""
        return int(torch.Size(self.shape).numel())

    @torch.no_grad()
    def features(self, images: Tensor) -> Tensor:
        """Images (N, 3, H, W) to features (N, D); what follows the layer is not run."""
        with _watch(self.classifier, self.name, _stop):
            try:
                self.classifier(images)
            except _ReachedError as reached:
                return reached.value.flatten(1).float()
        raise AssertionError("unreachable: `open_layer` saw the layer run")

    @torch.no_grad()
    def logits(self, features: Tensor) -> Tensor:
        """Features (N, D) to the (N, K) logits of the rest of the classifier."""
        # A copy, since activations may work in place.
        value = features.to(self.image.device).unflatten(1, self.shape).clone()
        with _watch(self.classifier, self.name, lambda _: value):
            return _run(self.classifier, self.image)


def open_layer(classifier: nn.Module, name: str, images: Tensor) -> Layer:
    """Find a layer and check that it holds all that the decision needs.

    Args:
        classifier: in evaluation mode.
        name: of a module, or one that ends in :data:`INPUT`.
        images: (N, 3, H, W), floats in [0, 1], on the classifier's device; some to check with, at least two.

    Raises:
        ValueError: no such layer, one that runs not once, whose value is no tensor with a row for each image, that is
            too wide, or that the decision passes around.
    """
    seen: list[object] = []

    def note(value: object) -> object:
        seen.append(value)
        return value

    with _watch(classifier, name, note), torch.no_grad():
        expected = _run(classifier, images)
    if len(seen) != 1:
        raise ValueError(f"expected a layer that runs once a pass, got {name!r}, which runs {len(seen)} times")
    (value,) = seen
    if not isinstance(value, Tensor) or value.ndim < 2 or len(value) != len(images):
        got = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
        raise ValueError(f"expected a layer with one row of features for each image, got {name!r} with {got}")
    layer = Layer(
        classifier=classifier, name=name, shape=tuple(value.shape[1:]), image=torch.full_like(images[:1], 0.5)
    )
    if layer.width > _LARGEST:
        raise ValueError(
            f"expected a layer of at most {_LARGEST:,} features, got {name!r} with {layer.width:,}; take a later one, "
            "or the average over positions"
        )
    _check_passage(layer, images, expected)
    return layer


def default_layer(classifier: nn.Module, image: Tensor) -> str:
    """The features that the head reads: what the last linear layer gets.

    Raises:
        ValueError: there is no linear layer.
    """
    network, names = network_of(classifier), []
    handles = [
        part.register_forward_hook(lambda *_, name=name: names.append(name))
        for name, part in network.named_modules()
        if isinstance(part, nn.Linear) and name
    ]
    try:
        with torch.no_grad():
            classifier(image)
    finally:
        for handle in handles:
            handle.remove()
    if not names:
        raise ValueError(
            f"expected a network that ends in a linear layer, got none; choose --layer among {_some(network)}"
        )
    return f"{names[-1]}{INPUT}"


def _check_passage(layer: Layer, images: Tensor, expected: Tensor) -> None:
    remedy = "choose a layer that all of the decision passes through, such as a whole stage"
    try:
        got = layer.logits(layer.features(images))
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"expected to go on from {layer.name!r} alone, got {reason}; {remedy}") from error
    gap = (got - expected).abs().max().item() if got.shape == expected.shape else float("inf")
    if not gap <= _TOLERANCE * max(1.0, expected.abs().max().item()):
        raise ValueError(f"expected to go on from {layer.name!r} alone, got logits that differ by {gap:.2g}; {remedy}")


def _run(classifier: nn.Module, images: Tensor) -> Tensor:
    """Logits of the network itself, as many as the layer holds images, whatever the number of ``images``."""
    prepared = classifier.normalise(images) if isinstance(classifier, Classifier) else images
    logits: Tensor = network_of(classifier)(prepared)
    return logits.float()


def _stop(value: object) -> Tensor:
    assert isinstance(value, Tensor)  # noqa: S101 - as `open_layer` saw it
    raise _ReachedError(value.clone())  # a copy, since what follows may work in place


@contextmanager
def _watch(classifier: nn.Module, name: str, look: Callable[[object], object]) -> Iterator[None]:
    """Within the context, the value of the layer is what ``look`` makes of it."""
    network = network_of(classifier)
    modules = {name: part for name, part in network.named_modules() if name}
    of = name.removesuffix(INPUT)
    if of not in modules:
        raise ValueError(f"expected a layer of {type(network).__name__}, got {name!r}; there are {_some(network)}")
    if name.endswith(INPUT):
        handle = modules[of].register_forward_pre_hook(lambda _part, given: (look(given[0]), *given[1:]))
    else:
        handle = modules[of].register_forward_hook(lambda _part, _given, value: look(value))
    try:
        yield
    finally:
        handle.remove()


def _some(network: nn.Module) -> str:
    """The outermost modules, by name."""
    return ", ".join(name for name, _ in network.named_children())
