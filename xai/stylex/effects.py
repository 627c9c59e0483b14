"""What a style coordinate does to a decision: it is moved, the decoder draws the image again, the classifier is asked.

A decoder is any callable from styles (N, S) to images (N, 3, H, W) in [0, 1] that is differentiable, draws every image
by itself, and adds no noise of its own: a generator's StyleSpace, an autoencoder's code, the factors of a flow.

Reference:
    Lang et al., Explaining in Style: Training a GAN to explain a classifier in StyleSpace, 2021, section 3.4
    (AttFind), https://arxiv.org/abs/2104.13369
    Its notebook, https://github.com/google/explaining-in-style, moves a coordinate to the lowest or highest value of
    all images and counts logits, where the paper speaks of a fixed distance and probabilities; so does this.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from xai.attribution.probe import Classifier, Probe

__all__ = ["Decode", "Ends", "Shift", "StyleClassifier"]

Decode = Callable[[Tensor], Tensor]
"""Styles (N, S) to images (N, 3, H, W) in [0, 1]."""


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Where coordinates are moved to.

    Attributes:
        low: (S,) lower ends, direction 0.
        high: (S,) upper ends, direction 1.

    Example:
        >>> ends = Ends.of(torch.arange(101.0)[:, None])
        >>> ends.low.item(), ends.high.item()
        (1.0, 99.0)
    """

    low: Tensor
    high: Tensor

    def __post_init__(self) -> None:
        if self.low.ndim != 1 or self.low.shape != self.high.shape:
            raise ValueError(
                f"expected `low` and `high` of one shape (S,), got {tuple(self.low.shape)} and {tuple(self.high.shape)}"
            )

    @classmethod
    def of(cls, styles: Tensor, *, percentile: float = 1.0) -> "Ends":
        """The ends of a sample of styles.

        Args:
            styles: (N, S), of all classes.
            percentile: of the lower end, in 0..50; the upper one mirrors it. 0 takes the lowest and highest values, as
                the notebook does, which grow with the sample and hang on outliers.
        """
        if not 0 <= percentile <= 50:
            raise ValueError(f"expected `percentile` in 0..50, got {percentile}")
        ordered = styles.detach().sort(0).values
        place = percentile / 100 * (len(ordered) - 1)
        below, share = int(place), place - int(place)
        above = min(below + 1, len(ordered) - 1)
        low = torch.lerp(ordered[below], ordered[above], share)
        high = torch.lerp(ordered[-1 - below], ordered[-1 - above], share)
        return cls(low=low, high=high)

    def __len__(self) -> int:
        return len(self.low)

    @property
    def values(self) -> Tensor:
        """(2 S,) ends of every pair of direction d and coordinate j, at d S + j."""
        return torch.cat([self.low, self.high])


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Coordinates that move to one of their ends, together.

    Attributes:
        coordinates: columns of the styles, each once.
        directions: of each coordinate: 0 towards the low end, 1 towards the high end.
    """

    coordinates: tuple[int, ...]
    directions: tuple[int, ...]

    def applied(self, styles: Tensor, ends: Ends, *, amount: float | Tensor = 1.0) -> Tensor:
        """Styles (N, S) after the shift, a copy.

        Args:
            styles: (N, S).
            ends: where to.
            amount: share of the way, 0 for nothing; a number, or (N, 1) of its own for each image.
        """
        columns, moved = list(self.coordinates), styles.clone()
        targets = torch.stack([ends.low, ends.high])[list(self.directions), columns]
        moved[:, columns] = torch.lerp(styles[:, columns], targets.expand(len(styles), -1), amount)
        return moved

    def reversed(self) -> "Shift":
        """The same coordinates the other way."""
        return replace(self, directions=tuple(1 - direction for direction in self.directions))


@dataclass(frozen=True, kw_only=True)
class StyleClassifier:
    """A decoder and a classifier, asked in batches that are halved for good whenever memory runs out.

    Attributes:
        decode: styles to images.
        classifier: images to logits (N, K).
        batch_size: images a pass.
    """

    decode: Decode
    classifier: Classifier
    batch_size: int = 256
    _probe: Probe = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_probe", Probe(classifier=self.classifier, batch_size=self.batch_size))

    def forward(self, styles: Tensor) -> Tensor:
        """Logits (N, K) of one batch as it is."""
        return self._probe.forward(self.decode(styles))

    def logits(self, styles: Tensor) -> Tensor:
        """Logits (N, K) of styles (N, S), without gradients."""
        with torch.no_grad():
            return torch.cat(list(self._probe.passes(len(styles), lambda part: self.forward(styles[part]))))

    def images(self, styles: Tensor) -> Tensor:
        """Images (N, 3, H, W) of styles (N, S), without gradients."""
        with torch.no_grad():
            return torch.cat(list(self._probe.passes(len(styles), lambda part: self.decode(styles[part]))))

    def gradients(self, styles: Tensor, target: int) -> Tensor:
        """Gradients (N, S) of the target's logit in the styles."""

        def work(part: slice) -> Tensor:
            own = styles[part].detach().requires_grad_()
            chosen = self.forward(own)[:, target].sum()
            if not chosen.requires_grad:
                raise ValueError(
                    "expected a decoder and a classifier that are differentiable in the styles, got logits without "
                    "gradient; exact=True needs none"
                )
            return torch.autograd.grad(chosen, own)[0]

        with torch.enable_grad():
            return torch.cat(list(self._probe.passes(len(styles), work)))

    def effects(
        self, styles: Tensor, pairs: Tensor, ends: Ends, *, base: Tensor, target: int, amount: float = 1.0
    ) -> Tensor:
        """What the target's logit gains when one coordinate moves to one end, each pair on its own.

        Args:
            styles: (N, S).
            pairs: (P,) directions and coordinates, d S + j.
            ends: where to.
            base: (N, K) logits of the styles as they are.
            target: class.
            amount: share of the way.

        Returns:
            (N, P) differences of logits, after minus before.
        """
        columns, values = pairs % len(ends), ends.values[pairs]

        def work(part: slice) -> Tensor:
            index = torch.arange(part.start, part.stop, device=styles.device)
            image, pair = index // len(pairs), index % len(pairs)
            moved, rows = styles[image], torch.arange(len(index), device=styles.device)
            own = columns[pair]
            moved[rows, own] = torch.lerp(moved[rows, own], values[pair], amount)
            return self.forward(moved)[:, target]

        with torch.no_grad():
            after = list(self._probe.passes(len(styles) * len(pairs), work))
        gained = torch.cat(after).view(len(styles), len(pairs)) if after else base.new_empty(len(styles), 0)
        return gained - base[:, target, None]
