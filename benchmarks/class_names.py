"""The names of a model's classes: the user's, those kept with the weights, or timm's ImageNet tables."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from timm.data import ImageNetInfo, infer_imagenet_subset

__all__ = ["ClassNames", "choose_class_names"]


@dataclass(frozen=True, kw_only=True)
class ClassNames:
    """What the K logits stand for.

    Attributes:
        names: K different names, in the order of the logits.
        aliases: further names that data may use, alias to name.
        titles: what people call the classes whose names are codes, name to title.
    """

    names: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)


def choose_class_names(module: Any, metadata: Mapping[str, str], given: Sequence[str] | None) -> ClassNames:
    """Find the class names of a timm model.

    Args:
        module: a timm model with ``num_classes`` and ``pretrained_cfg``.
        metadata: what its checkpoint says of itself.
        given: the user's names, which go first.

    Raises:
        ValueError: nobody knows the names, or their number is not that of the logits.
    """
    names = ClassNames(names=tuple(given)) if given else _known_names(module, metadata)
    if names is None:
        raise ValueError(
            f"expected class names for the {module.num_classes} logits, got none with the weights; "
            "pass --class-names FILE (one name a line, in the order of the logits), or "
            "--class-names folders if the model was trained on class folders in sorted order"
        )
    if len(names.names) != module.num_classes:
        raise ValueError(f"expected {module.num_classes} class names, one a logit, got {len(names.names)}")
    return names


def _known_names(module: Any, metadata: Mapping[str, str]) -> ClassNames | None:
    if "class_names" in metadata:
        return ClassNames(names=tuple(json.loads(metadata["class_names"])))
    if module.pretrained_cfg.get("label_names"):
        return ClassNames(names=tuple(module.pretrained_cfg["label_names"]))
    subset = infer_imagenet_subset(module)
    if subset is None:
        return None
    info = ImageNetInfo(subset)
    names, descriptions = tuple(info.label_names()), info.label_descriptions()
    titles = {name: text.split(",")[0].strip() for name, text in zip(names, descriptions, strict=True)}
    return ClassNames(names=names, aliases=_unambiguous_aliases(names, descriptions), titles=titles)


def _unambiguous_aliases(names: Sequence[str], descriptions: Sequence[str]) -> dict[str, str]:
    """ImageNet folders are called ``n01440764``, ``tench`` or ``tench, Tinca tinca``; two classes are a ``crane``."""
    owners: dict[str, set[str]] = {}
    for name, description in zip(names, descriptions, strict=True):
        for alias in (description, description.split(",")[0].strip()):
            owners.setdefault(alias, set()).add(name)
    return {alias: next(iter(found)) for alias, found in owners.items() if len(found) == 1}
