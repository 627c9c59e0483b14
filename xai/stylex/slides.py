"""One slider for many style coordinates: they move together, along a line, as they do from image to image.

Coordinates that are pushed to their own ends at once leave what the decoder was trained on: the classifier turns where
nothing that it was trained to see has changed. Instead, a few coordinates are read as one number, their slopes towards
the class times their values, and the line is what belongs to that number: the regression of all coordinates on it over
many images. Coordinates that go with the number less than by half (correlation) stay where they are, since what little
they follow is mostly chance and other attributes. Numbers that are held keep their value on the way. The ends are
percentiles of the number. This is no part of the published method.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from xai.stylex.effects import Ends

__all__ = ["Move", "Reading", "Slide", "fit_slide", "unexplained"]


class Move(Protocol):
    """What can be done to styles, there and back: a shift to the ends of coordinates, or a slide."""

    @property
    def coordinates(self) -> tuple[int, ...]:
        """Columns of the styles that name it."""
        ...

    @property
    def directions(self) -> tuple[int, ...]:
        """Of each coordinate: 0 towards the low end, 1 towards the high end."""
        ...

    def applied(self, styles: Tensor, ends: Ends, /, *, amount: float | Tensor = 1.0) -> Tensor:
        """Styles (N, S) after a share of the way."""
        ...

    def reversed(self) -> "Move":
        """The same the other way."""
        ...


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Coordinates read as one number.

    Attributes:
        coordinates: columns of the styles, each once.
        weights: of each in the sum.
    """

    coordinates: tuple[int, ...]
    weights: tuple[float, ...]

    def of(self, styles: Tensor) -> Tensor:
        """(N,) the number of each of (N, S) styles."""
        weights = torch.tensor(self.weights, dtype=styles.dtype, device=styles.device)
        return styles[:, list(self.coordinates)] @ weights

    def reversed(self) -> "Reading":
        """The same number with its sign turned."""
        return replace(self, weights=tuple(-weight for weight in self.weights))


@dataclass(frozen=True, kw_only=True, eq=False)
class Slide:
    """A line that styles move along until a reading is at its end.

    Attributes:
        reading: that tells how far along an image is.
        line: (S,) what moves while the reading rises by 1.
        low: the reading at the other end.
        high: the reading at the end that is moved to.
        mean: of the reading over images.
        spread: its standard deviation.
    """

    reading: Reading
    line: Tensor
    low: float
    high: float
    mean: float
    spread: float

    @property
    def coordinates(self) -> tuple[int, ...]:
        """The columns that are read."""
        return self.reading.coordinates

    @property
    def directions(self) -> tuple[int, ...]:
        """Of each coordinate that is read: 1 if it rises along the line, else 0."""
        return tuple(int(value > 0) for value in self.line[list(self.coordinates)].tolist())

    def applied(self, styles: Tensor, _ends: Ends | None = None, /, *, amount: float | Tensor = 1.0) -> Tensor:
        """Styles (N, S) after the slide, a copy.

        Args:
            styles: (N, S).
            _ends: of single coordinates, which a slide does not need: it has its own.
            amount: share of the way, 0 for nothing; a number, or (N, 1) of its own for each image.
        """
        return self._moved(styles, (self.high - self.reading.of(styles))[:, None] * amount)

    def placed(self, styles: Tensor, deviations: float) -> Tensor:
        """Styles (N, S) at a place on the line, in standard deviations of the reading from its mean."""
        return self._moved(styles, (self.mean + deviations * self.spread - self.reading.of(styles))[:, None])

    def reversed(self) -> "Slide":
        """The same line the other way."""
        return replace(
            self, reading=self.reading.reversed(), line=-self.line, low=-self.high, high=-self.low, mean=-self.mean
        )

    def _moved(self, styles: Tensor, distances: Tensor) -> Tensor:
        return styles + distances * self.line.to(styles)


def fit_slide(
    styles: Tensor, reading: Reading, *, held: Sequence[Reading] = (), follow: float = 0.5, percentile: float = 1.0
) -> Slide:
    """The line along which a reading moves from image to image.

    Args:
        styles: (N, S) of many images of all classes: a few hundred leave chance in the line.
        reading: that is moved.
        held: readings that keep their values, as far as those coordinates that follow can keep them.
        follow: correlation with the reading, beyond those held, from which other coordinates follow; 1 moves only what
            is read.
        percentile: of the lower end, in 0..50; the upper one mirrors it.
    """
    numbers = torch.stack([one.of(styles) for one in (reading, *held)], 1).double()
    ends = Ends.of(numbers[:, :1], percentile=percentile)
    centred, others = numbers - numbers.mean(0), (styles - styles.mean(0)).double()
    together = torch.linalg.pinv(centred.T @ centred, hermitian=True)
    line = (together @ (centred.T @ others))[0]
    own = (1 / together[0, 0].clamp(min=torch.finfo(torch.float64).tiny)).sqrt()  # of what the held ones do not tell
    follows = line.abs() * own >= follow * others.norm(dim=0)
    follows[list(reading.coordinates)] = True
    line = torch.where(follows, line, 0.0)
    weights = torch.tensor(reading.weights, dtype=torch.float64, device=line.device)
    rise = line[list(reading.coordinates)] @ weights
    return Slide(
        reading=reading,
        line=(line / rise).to(styles.dtype),
        low=float(ends.low[0]),
        high=float(ends.high[0]),
        mean=float(numbers[:, 0].mean()),
        spread=float(numbers[:, 0].std()),
    )


def unexplained(styles: Tensor, reading: Reading, known: Sequence[Reading]) -> float:
    """Share of a reading's variance over styles (N, S) that other readings do not tell, in 0..1."""
    if not known:
        return 1.0
    own = reading.of(styles).double()
    others = torch.stack([one.of(styles) for one in known], 1).double()
    own, others = own - own.mean(), others - others.mean(0)
    rest = own - others @ torch.linalg.lstsq(others, own[:, None]).solution[:, 0]
    return float(rest.square().sum() / own.square().sum().clamp(min=torch.finfo(torch.float64).tiny))
