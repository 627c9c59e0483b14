"""What decides the weights of a StylEx, apart from its classifier and images."""

import hashlib
import json
from dataclasses import asdict, dataclass, field

from benchmarks.stylex.data import StylexData
from benchmarks.zoo import ZooModel
from xai.stylex import Architecture, TrainingRecipe

__all__ = ["StylexSetting"]


@dataclass(frozen=True, kw_only=True)
class StylexSetting:
    """How a StylEx is built and trained.

    Attributes:
        architecture: sizes of the networks.
        recipe: losses and steps.
    """

    architecture: Architecture = field(default_factory=Architecture)
    recipe: TrainingRecipe = field(default_factory=TrainingRecipe)

    def fingerprint(self, model: ZooModel, data: StylexData) -> str:
        """SHA-256 over all that decides the weights on one device."""
        identity = [asdict(self), model.weights_sha256, data.fingerprint]
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
