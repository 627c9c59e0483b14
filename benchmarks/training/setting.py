"""The setting of a training: everything that decides the weights, apart from the data."""

import hashlib
import json
from dataclasses import asdict, dataclass, field

from benchmarks.inference import PRECISIONS
from benchmarks.networks import check_network
from benchmarks.training.data import TrainingData
from benchmarks.training.optimisers import OPTIMISERS
from benchmarks.training.recipes import RECIPES, Recipe

__all__ = ["DIGITS_SETTING", "TrainingSetting"]

_KEEPS = ("last", "best")


@dataclass(frozen=True, kw_only=True)
class TrainingSetting:
    """How a network is trained. The defaults are those of the CIFAR experiments with AugMix.

    Attributes:
        recipe: augmentations, loss and pAdaIN.
        architecture: as :func:`benchmarks.networks.create_network` takes it.
        epochs: passes over the training images.
        batch_size: images a step, of all processes together. An epoch is cut into batches that are as even as
            possible, none larger than this.
        optimizer: ``sgd`` (Nesterov momentum .9) or ``adamw``.
        learning_rate: highest, after the warm-up; then half a cosine over all steps down to ``final_rate``.
        final_rate: learning rate of the last step.
        weight_decay: of all parameters.
        warmup: share of all steps in which the learning rate rises linearly from 0.
        ema: decay of the moving average of the weights that becomes the result; 0 keeps the weights themselves.
        label_smoothing: share of the target that is spread over all classes; not with AugMix.
        clip: largest norm of the gradient; None does not clip.
        validation: share of the training images that are held out and never trained on.
        keep: ``last`` epoch, or the ``best`` on the held-out images.
        padding: pixels around an image from which it is cropped again; 0 leaves images where they are. Images that
            are decoded batch by batch have random resized crops instead.
        flip: mirror half of the images; wrong for digits and letters.
        precision: ``exact`` for float32; ``auto`` for bfloat16 where the device has instructions for it.
        seed: of weights, order and augmentation; recipes of one seed start from the same weights and see the same
            images in the same order.

    Raises:
        ValueError: a choice does not exist or makes no sense; the message says what was expected.

    Reference:
        Hendrycks et al., "AugMix", ICLR 2020, section 4.1, https://arxiv.org/abs/1912.02781
    """

    recipe: Recipe = field(default_factory=Recipe)
    architecture: str = "wrn_40_2"
    epochs: int = 100
    batch_size: int = 128
    optimizer: str = "sgd"
    learning_rate: float = 0.1
    final_rate: float = 1e-6
    weight_decay: float = 5e-4
    warmup: float = 0.0
    ema: float = 0.0
    label_smoothing: float = 0.0
    clip: float | None = None
    validation: float = 0.1
    keep: str = "last"
    padding: int = 4
    flip: bool = True
    precision: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        check_network(self.architecture)
        for name, known in (("optimizer", tuple(OPTIMISERS)), ("keep", _KEEPS), ("precision", PRECISIONS)):
            if getattr(self, name) not in known:
                raise ValueError(f"expected `{name}` among {', '.join(known)}, got {getattr(self, name)!r}")
        for name, (lowest, highest) in _RANGES.items():
            value = getattr(self, name)
            if not lowest <= value <= highest:
                raise ValueError(f"expected `{name}` in {lowest:g}..{highest:g}, got {value:g}")
        if self.clip is not None and self.clip <= 0:
            raise ValueError(f"expected `clip` above 0, or None, got {self.clip:g}")
        if self.final_rate > self.learning_rate:
            raise ValueError(f"expected `final_rate` of at most `learning_rate`, got {self.final_rate:g}")
        if self.label_smoothing and self.recipe.views > 1:
            raise ValueError(f"expected no `label_smoothing` with {self.recipe.name}, whose loss has none")
        if self.keep == "best" and self.validation == 0:
            raise ValueError("expected `validation` above 0 to keep the best epoch, got 0; a test set must not choose")

    @property
    def name(self) -> str:
        """How records and tables call the trained network."""
        return f"{self.architecture}-{self.recipe.name}-seed{self.seed}"

    def fingerprint(self, data: TrainingData) -> str:
        """SHA-256 over all that decides the weights on one device and number of processes."""
        identity = asdict(self) | {"recipe": repr(self.recipe), "data": data.fingerprint}
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


_MANY = float("inf")
_RANGES = {
    "epochs": (1, _MANY),
    "batch_size": (2, _MANY),
    "learning_rate": (1e-12, 1e3),
    "final_rate": (0, 1e3),
    "weight_decay": (0, 1),
    "warmup": (0, 0.9),
    "ema": (0, 0.999999),
    "label_smoothing": (0, 0.999),
    "validation": (0, 0.9),
    "padding": (0, 64),
}

DIGITS_SETTING = TrainingSetting(
    recipe=RECIPES["baseline"],
    architecture="test_resnet",
    epochs=20,
    batch_size=64,
    optimizer="adamw",
    learning_rate=4e-3,
    weight_decay=0.05,
    warmup=0.2,
    padding=2,
    flip=False,
)
"""For the embedded digits: seconds on two cores."""
