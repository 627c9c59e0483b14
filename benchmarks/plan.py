"""The plan of a sweep: what is run on what, and the fingerprint that tells one run from another."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.conditions import CLEAN, Condition
from benchmarks.datasets import Sample, Samples
from benchmarks.preparation import Preparation
from benchmarks.zoo import ZooModel
from reports.records import SCHEMA_VERSION

__all__ = ["Plan", "image_seed"]


def image_seed(seed: int, image_id: str) -> int:
    """Derive the corruption seed of one image: the first 8 bytes of a hash of (seed, purpose, image id).

    Example:
        >>> image_seed(0, "cat/1.png") == image_seed(0, "cat/1.png") != image_seed(1, "cat/1.png")
        True
    """
    digest = hashlib.blake2b(f"{seed}\0corruption\0{image_id}".encode(), digest_size=8)
    return int.from_bytes(digest.digest(), signed=True)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that decides the records of a run.

    Attributes:
        models: the classifiers; they share decoding and corruption.
        samples: the images.
        label_indices: for each model, data class name to index among its logits.
        conditions: in the order of the rows.
        profile: severity constants of the corruptions.
        jpeg_roundtrip: whether corrupted images pass through :func:`benchmarks.stored_form.jpeg_roundtrip`.
        seed: from which the seed of every image derives.
        precision: of the inference; see :class:`benchmarks.inference.Engine`.
        block_size: images a unit of work. A kill costs at most one unit.

    Raises:
        ValueError: two models have one name, which records could not tell apart.
    """

    models: tuple[ZooModel, ...]
    samples: Samples
    label_indices: tuple[Mapping[str, int], ...]
    conditions: tuple[Condition, ...]
    profile: str
    jpeg_roundtrip: bool = False
    seed: int = 0
    precision: str = "auto"
    block_size: int = 64

    def __post_init__(self) -> None:
        names = [model.name for model in self.models]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"expected models of different names, got {repeated[0]!r} more than once; rename one")

    @property
    def blocks(self) -> range:
        """Indices of the units of work."""
        return range(-(-len(self.samples.entries) // self.block_size))

    @property
    def sources(self) -> tuple[tuple[Condition, tuple[Condition, ...]], ...]:
        """What is decoded and the conditions it serves: stored conditions one by one, else the clean image for all."""
        if self.published:
            return tuple((condition, (condition,)) for condition in self.conditions)
        return ((CLEAN, self.conditions),)

    @property
    def published(self) -> bool:
        """Whether the images were corrupted and resized before they were stored."""
        return any(condition.kind == "published" for condition in self.conditions)

    @property
    def groups(self) -> dict[Preparation, list[int]]:
        """Positions of the models that see the same pixels, by their preparation."""
        groups: dict[Preparation, list[int]] = {}
        for position, model in enumerate(self.models):
            preparation = model.preparation.crop_only() if self.published else model.preparation
            groups.setdefault(preparation, []).append(position)
        return groups

    @property
    def rows(self) -> int:
        """Records of the whole run."""
        return len(self.samples.entries) * len(self.conditions) * len(self.models)

    def block(self, index: int) -> list[Sample]:
        """The images of unit ``index``."""
        start = index * self.block_size
        return list(self.samples.entries[start : start + self.block_size])

    def describe(self) -> dict[str, Any]:
        """The part of ``run.json`` that does not change while the run goes on."""
        return {
            "models": [model.describe() for model in self.models],
            "class_names": {model.name: list(model.classifier.class_names) for model in self.models},
            "data": {
                "name": self.samples.name,
                "location": str(self.samples.location),
                "images": len(self.samples.entries),
                "classes": len(self.samples.class_names),
                "fingerprint": self.samples.fingerprint,
                "ignored_files": len(self.samples.ignored),
            },
            "plan": {
                "conditions": [[one.kind, one.name, one.severity] for one in self.conditions],
                "profile": self.profile,
                "jpeg_roundtrip": self.jpeg_roundtrip,
                "seed": self.seed,
                "precision": self.precision,
                "block_size": self.block_size,
            },
        }

    def fingerprint(self) -> str:
        """SHA-256 over all that decides the records: weights, transforms, images, labels, conditions, seed."""
        identity = self.describe()
        identity["data"] = {"name": self.samples.name, "fingerprint": self.samples.fingerprint}
        identity["data"]["ids"] = hashlib.sha256(
            "\n".join(s.image_id for s in self.samples.entries).encode()
        ).hexdigest()
        identity["labels"] = [dict(sorted(indices.items())) for indices in self.label_indices]
        identity["schema"] = SCHEMA_VERSION
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
