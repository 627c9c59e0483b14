"""The shape of a StylEx: sides, channels and the order of its style coordinates."""

import math
from dataclasses import dataclass

__all__ = ["SIDES", "Architecture", "StyleLayer"]

SIDES = (8, 16, 32, 64, 128, 256, 512, 1024)
"""Of the images that a StylEx can make."""

_COARSEST = 4


@dataclass(frozen=True, kw_only=True)
class StyleLayer:
    """The style coordinates of one layer of the generator, one for each channel that it reads.

    Attributes:
        name: of the layer, such as ``8/conv0`` or ``8/to_rgb``.
        first: column of the first coordinate.
        size: number of coordinates.
        to_rgb: whether it makes colours; the original leaves these layers out of the search.
    """

    name: str
    first: int
    size: int
    to_rgb: bool


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """Sizes of all networks of a StylEx. The defaults are small: 32 px on one core in minutes.

    Attributes:
        side: of the images, 4 times a power of two.
        classes: K probabilities in the latent.
        content: dimensions of the latent that the encoder fills.
        channels: of the generator at 4, 8, 16 ... pixels.
        convolutions: at each of these resolutions.
        trunk: channels of encoder and discriminator after each halving of the side.
        hidden: width of their dense layer.
        mapping: layers of the network from noise to the latent.

    Raises:
        ValueError: sizes that do not fit together.

    Example:
        >>> small = Architecture()
        >>> small.coordinates, sum(layer.size for layer in small.layers if not layer.to_rgb)
        (352, 216)
    """

    side: int = 32
    classes: int = 2
    content: int = 32
    channels: tuple[int, ...] = (48, 48, 24, 16)
    convolutions: tuple[int, ...] = (1, 2, 1, 1)
    trunk: tuple[int, ...] = (32, 64, 128)
    hidden: int = 128
    mapping: int = 4

    def __post_init__(self) -> None:
        if self.side not in SIDES:
            raise ValueError(f"expected `side` among {', '.join(map(str, SIDES))}, got {self.side}")
        halvings = round(math.log2(self.side // _COARSEST))
        for name, length in (("channels", halvings + 1), ("convolutions", halvings + 1), ("trunk", halvings)):
            if len(getattr(self, name)) != length:
                raise ValueError(
                    f"expected {length} numbers in `{name}` for a side of {self.side}, got {getattr(self, name)}; "
                    "Architecture.of_side chooses them"
                )
        sizes = (*self.channels, *self.convolutions, *self.trunk, self.content, self.hidden, self.mapping)
        if min(sizes) < 1 or self.classes < 2:
            raise ValueError(f"expected sizes of at least 1 and `classes` of at least 2, got {self}")

    @classmethod
    def of_side(cls, side: int, *, classes: int = 2, width: int = 1) -> "Architecture":
        """The small architecture at any side.

        Args:
            side: 8, 16 ... 1024 pixels.
            classes: K.
            width: how many times the channels; 4 to 8 on a GPU.

        Example:
            >>> Architecture.of_side(32) == Architecture()
            True
            >>> Architecture.of_side(128, width=4).channels
            (192, 192, 96, 64, 64, 64)
        """
        if side not in SIDES:
            raise ValueError(f"expected `side` among {', '.join(map(str, SIDES))}, got {side}")
        halvings = round(math.log2(side // _COARSEST))
        channels = [width * max(16, min(48, 384 // (_COARSEST << step))) for step in range(halvings + 1)]
        return cls(
            side=side,
            classes=classes,
            content=32 * width,
            channels=tuple(channels),
            convolutions=tuple(2 if step == 1 else 1 for step in range(halvings + 1)),
            trunk=tuple(width * min(32 << step, 128) for step in range(halvings)),
            hidden=128 * width,
        )

    @property
    def latent(self) -> int:
        """Width of the latent w = [E(x), softmax C(x)]."""
        return self.content + self.classes

    @property
    def resolutions(self) -> tuple[int, ...]:
        """4, 8 ... ``side``."""
        return tuple(_COARSEST << step for step in range(len(self.channels)))

    @property
    def layers(self) -> tuple[StyleLayer, ...]:
        """All layers with styles in the order of the coordinates: convolutions, coarse to fine, then colours."""
        widths = [(f"{side}/conv{number}", width, False) for side, number, width, _ in self.modulated]
        widths += [(f"{side}/to_rgb", width, True) for side, width in zip(self.resolutions, self.channels, strict=True)]
        layers, first = [], 0
        for name, size, to_rgb in widths:
            layers.append(StyleLayer(name=name, first=first, size=size, to_rgb=to_rgb))
            first += size
        return tuple(layers)

    @property
    def modulated(self) -> tuple[tuple[int, int, int, int], ...]:
        """Resolution, number, channels in and out of every convolution, coarse to fine."""
        rows, before = [], self.channels[0]
        for side, count, width in zip(self.resolutions, self.convolutions, self.channels, strict=True):
            for number in range(count):
                rows.append((side, number, before, width))
                before = width
        return tuple(rows)

    @property
    def coordinates(self) -> int:
        """S, the number of style coordinates."""
        return self.layers[-1].first + self.layers[-1].size
