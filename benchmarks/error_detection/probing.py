"""One model as this benchmark asks it: logits of all copies, Monte Carlo dropout, and penultimate features.

Dropout and features apply to some networks only. Whether they do is tried on an image instead of concluded from the
network's parts, which may be there and never run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchmarks.inference import Engine
from robustness.consistency.copies import transformed_logits
from robustness.dropout import has_dropout, mc_dropout_logits
from robustness.feature_distance import last_linear, penultimate_features

__all__ = ["Answers", "Probe", "make_probe"]

ImageTransform = Callable[[Tensor], Tensor]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a model says about N images, on the CPU.

    Attributes:
        logits: (N, T + 1, K), original first.
        dropout: (N, D, K) logits of D draws, or None.
        features: (N, F) before the last linear layer, or None.
    """

    logits: Tensor
    dropout: Tensor | None
    features: Tensor | None

    @property
    def finite(self) -> Tensor:
        """(N,) whether every number is."""
        parts = [part.flatten(1) for part in (self.logits, self.dropout, self.features) if part is not None]
        return torch.stack([part.isfinite().all(dim=1) for part in parts]).all(dim=0)

    def __getitem__(self, rows: Tensor) -> "Answers":
        """The answers about some of the images."""
        dropout, features = (None if part is None else part[rows] for part in (self.dropout, self.features))
        return Answers(logits=self.logits[rows], dropout=dropout, features=features)


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Asks one model.

    Attributes:
        engine: of the model, running.
        transforms: that make the copies.
        layer: that the features enter, or None where they do not apply.
        draws: of dropout; 0 where it does not apply.
    """

    engine: Engine
    transforms: tuple[ImageTransform, ...]
    layer: nn.Module | None
    draws: int

    @torch.no_grad()
    def __call__(self, pixels: Tensor, *, seed: int) -> Answers:
        """Ask about images.

        Args:
            pixels: (N, 3, H, W) uint8 on the engine's device, N at least 1.
            seed: of the dropout masks.
        """
        size, classifier, layer = self.engine.batch_size, self.engine.classifier, self.layer
        logits = transformed_logits(self.engine.logits, pixels, self.transforms, batch_size=size)
        batches = pixels.split(size)
        dropout = features = None
        if self.draws:
            drawn = (mc_dropout_logits(classifier, classifier, one, draws=self.draws, seed=seed) for one in batches)
            dropout = torch.cat([one.float().cpu() for one in drawn])
        if layer is not None:
            features = torch.cat([penultimate_features(classifier, layer, one).float().cpu() for one in batches])
        return Answers(logits=logits.cpu(), dropout=dropout, features=features)


def make_probe(engine: Engine, transforms: Sequence[ImageTransform], image: Tensor, *, draws: int) -> Probe:
    """Find out on one image what applies to a model.

    Args:
        engine: of the model, running.
        transforms: that make the copies.
        image: (1, 3, H, W) uint8.
        draws: of dropout, at least 2, where it applies.
    """
    pixels = image.to(engine.device)
    return Probe(
        engine=engine,
        transforms=tuple(transforms),
        layer=_feature_layer(engine, pixels),
        draws=draws if _dropout_applies(engine, pixels) else 0,
    )


def _feature_layer(engine: Engine, pixels: Tensor) -> nn.Module | None:
    try:
        layer = last_linear(engine.classifier)
        penultimate_features(engine.classifier, layer, pixels)
    except ValueError:
        return None
    return layer


def _dropout_applies(engine: Engine, pixels: Tensor) -> bool:
    if not has_dropout(engine.classifier):
        return False
    try:
        mc_dropout_logits(engine.classifier, engine.classifier, pixels, draws=5, seed=0)
    except ValueError:
        return False
    return True
