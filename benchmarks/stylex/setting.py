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
        perceptual: SHA-256 of the file with LPIPS; empty for the classifier's own features.
    """

    architecture: Architecture = field(default_factory=Architecture)
    recipe: TrainingRecipe = field(default_factory=TrainingRecipe)
    perceptual: str = ""

    def fingerprint(self, model: ZooModel, data: StylexData) -> str:
        """SHA-256 over all that decides the weights on one device."""
        own = asdict(self)
        if not self.perceptual:
            del own["perceptual"]  # trainings that began before there was a choice go on
        identity = [own, model.weights_sha256, data.fingerprint]
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
