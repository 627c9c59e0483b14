"""The zoo: a timm name, a checkpoint or a module becomes a classifier with its names and its hash."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import timm
import torch
from timm.data import resolve_model_data_config
from torch import Tensor, nn

from benchmarks.checkpoints import hash_weights, read_checkpoint, read_checkpoint_metadata
from benchmarks.class_names import choose_class_names
from benchmarks.classifier import Classifier
from benchmarks.networks import check_network, create_network, has_published_weights
from benchmarks.preparation import Preparation

__all__ = ["ZooModel", "load_model", "wrap_classifier", "wrap_module"]


@dataclass(frozen=True, kw_only=True)
class ZooModel:
    """A classifier with everything an audit must know about it.

    Attributes:
        name: how records and the page call it.
        classifier: pixels to logits.
        preparation: decoded image to pixels, the model's own.
        weights_sha256: of its parameters and buffers.
        source: where the weights came from, in words.
        aliases: further names of its classes, alias to class name.
        titles: what people call the classes whose names are codes.
    """

    name: str
    classifier: Classifier
    preparation: Preparation
    weights_sha256: str
    source: str
    aliases: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """Provenance for ``run.json``."""
        return {
            "name": self.name,
            "source": self.source,
            "weights_sha256": self.weights_sha256,
            "parameters": sum(parameter.numel() for parameter in self.classifier.module.parameters()),
            "classes": len(self.classifier.class_names),
            "transform": str(self.preparation),
            "mean": self.classifier.mean.flatten().tolist(),
            "std": self.classifier.std.flatten().tolist(),
            "input_size": list(self.preparation.size),
        }


def wrap_module(
    module: nn.Module,
    *,
    name: str,
    class_names: Sequence[str],
    preparation: Preparation,
    mean: Sequence[float],
    std: Sequence[float],
    source: str = "a module",
) -> ZooModel:
    """Make any module auditable."""
    classifier = Classifier(
        module,
        mean=mean,
        std=std,
        class_names=class_names,
        input_size=preparation.size,
        preparation=preparation,
    )
    return wrap_classifier(classifier, name=name, source=source)


def wrap_classifier(classifier: Classifier, *, name: str, source: str = "a classifier") -> ZooModel:
    """Make a classifier auditable.

    Raises:
        ValueError: it has neither a preparation nor an input size, so that images of a folder have no common size.
    """
    preparation = classifier.preparation
    if preparation is None and classifier.input_size is not None:
        preparation = Preparation(size=classifier.input_size, crop_fraction=1.0)
    if preparation is None:
        raise ValueError("expected a classifier with `input_size` or `preparation`, got neither")
    return ZooModel(
        name=name,
        classifier=classifier,
        preparation=preparation,
        weights_sha256=hash_weights(classifier.module),
        source=source,
    )


def load_model(
    name: str,
    *,
    checkpoint: Path | None = None,
    class_names: Sequence[str] | None = None,
    trusted: bool = False,
) -> ZooModel:
    """Load a timm model, pretrained or from a checkpoint, or a network of :mod:`benchmarks.networks` from one.

    Args:
        name: a timm name with or without tag (``resnet50.a1_in1k``), ``hf-hub:...``, ``local-dir:...``, or a name
            that :func:`benchmarks.networks.create_network` knows.
        checkpoint: weights on disk; without it the published weights are loaded through the hub.
        class_names: names in the order of the logits, where neither the weights nor timm know them.
        trusted: unpickle a checkpoint that holds more than tensors.

    Raises:
        ValueError: unknown name, unreachable or unfit weights, unknown class names.
    """
    check_network(name)
    metadata = read_checkpoint_metadata(checkpoint) if checkpoint is not None else {}
    stored, size = json.loads(metadata.get("data_config", "{}")), json.loads(metadata.get("network_size", "null"))
    module: Any = _load_pretrained(name) if checkpoint is None else _load_local(name, checkpoint, size, trusted=trusted)
    config = resolve_model_data_config(module) | stored
    names = choose_class_names(module, metadata, class_names)
    model = wrap_module(
        module,
        name=name,
        class_names=names.names,
        preparation=Preparation.from_timm(config),
        mean=config["mean"],
        std=config["std"],
        source=f"published weights of {name}" if checkpoint is None else f"{name} from {checkpoint.name}",
    )
    return replace(model, aliases=names.aliases, titles=names.titles)


def _load_pretrained(name: str) -> nn.Module:
    remedy = "pass the weights with --checkpoint FILE"
    if not has_published_weights(name):
        raise ValueError(f"expected weights of {name}, which has no published ones; {remedy}")
    try:
        module: nn.Module = timm.create_model(name, pretrained=True)
    except RuntimeError as error:
        raise ValueError(f"expected published weights of {name}, got {error}; {remedy}") from error
    except Exception as error:  # the hub client raises a dozen unrelated types when it cannot be reached
        raise ValueError(
            f"expected to load the published weights of {name}, got {type(error).__name__} "
            f"(no network, or --offline without a cached copy); {remedy}"
        ) from error
    return module


def _load_local(name: str, checkpoint: Path, size: tuple[int, int] | None, *, trusted: bool) -> nn.Module:
    state = read_checkpoint(checkpoint, trusted=trusted)
    module: nn.Module = create_network(name, _count_classes(name, state, checkpoint), size)
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        lines = str(error).splitlines()
        raise ValueError(
            f"expected the weights of a {name} in {checkpoint}, got other ones: {' '.join(lines[1:3]).strip()[:300]}"
        ) from error
    return module


def _count_classes(name: str, state: Mapping[str, Tensor], checkpoint: Path) -> int:
    with torch.device("meta"):
        skeleton = create_network(name, 1)
    head = skeleton.pretrained_cfg.get("classifier") or "head"
    head = head[0] if isinstance(head, (tuple, list)) else head
    weight = state.get(f"{head}.bias", state.get(f"{head}.weight"))
    if weight is None:
        raise ValueError(f"expected the head `{head}` of a {name} in {checkpoint}, got {sorted(state)[-3:]} and others")
    return len(weight)
