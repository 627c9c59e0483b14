"""Where a network still has a map: its stages, last first, whatever the layout of their features.

Convolutional networks give (N, C, h, w), some transformers (N, h, w, C), most (N, tokens, C) with class and register
tokens in front. All of them become (N, C, h, w) here.
"""

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from xai.attribution.probe import Probe

__all__ = ["Stage", "find_stages", "token_grid", "told_prefix"]

_MOST_PREFIX_TOKENS = 16
_MOST_STRETCH = math.log(1.5)  # convolutions without padding stretch; tokens x width of a head is no map
_WITHOUT_EFFECT = (nn.Dropout, nn.Identity, nn.Softmax)  # their outputs may be attention, which is no map


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A module whose output is a map.

    Attributes:
        module: the module.
        size: height and width of the images.
        channels: of its output, where the network tells; this decides between layouts.
        prefix: tokens in front of the image's, where the network tells.
    """

    module: nn.Module
    size: tuple[int, int]
    channels: int | None = None
    prefix: int | None = None

    def grid(self, features: object) -> Tensor | None:
        """Features as (N, C, h, w), or None where they are no map of more than one position."""
        if not isinstance(features, Tensor) or not features.is_floating_point():
            return None
        if features.ndim == 4:
            grid = self._of_map(features)
        elif features.ndim == 3:
            grid = self._of_tokens(features)
        else:
            return None
        return grid if grid is not None and grid.shape[2] * grid.shape[3] > 1 else None

    def _of_map(self, features: Tensor) -> Tensor | None:
        _, first, middle, last = features.shape
        if self.channels is not None:
            channels_last = last == self.channels != first
        else:
            channels_last = self._stretch(first, middle) < self._stretch(middle, last)
        grid = features.movedim(3, 1) if channels_last else features
        return grid if self.channels is not None or self._stretch(*grid.shape[2:]) < _MOST_STRETCH else None

    def _stretch(self, height: int, width: int) -> float:
        """How far a grid is from the images' shape, or from a square, which images may be made; 0 up to rounding."""
        stretches = [
            0.0 if abs(height - width * ratio) < 1 else abs(math.log(height / width / ratio))
            for ratio in (self.size[0] / self.size[1], 1.0)
        ]
        return min(stretches)

    def _of_tokens(self, features: Tensor) -> Tensor | None:
        if features.shape[1] == self.channels != features.shape[2]:
            features = features.transpose(1, 2)
        found = token_grid(features.shape[1], self.size, self.prefix)
        if found is None:
            return None
        prefix, height, width = found
        return features[:, prefix:].transpose(1, 2).reshape(len(features), -1, height, width)

    @contextlib.contextmanager
    def tapped(self) -> Iterator[list[Tensor]]:
        """Cut the graph at the stage's last map: what the list then holds last is a leaf that gradients reach."""
        leaves: list[Tensor] = []

        def cut(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor | None:
            if self.grid(output) is None:  # a shared module may also work on vectors
                return None
            leaves.append(output.detach().requires_grad_())
            return leaves[-1].clone()  # what follows may work in place

        handle = self.module.register_forward_hook(cut)
        try:
            yield leaves
        finally:
            handle.remove()


def token_grid(tokens: int, size: tuple[int, int], prefix: int | None = None) -> tuple[int, int, int] | None:
    """Split a number of tokens into (prefix, height, width) of the grid; None where there is no such split.

    Example:
        >>> token_grid(197, (224, 224)), token_grid(50, (224, 224)), token_grid(28, (96, 64))
        ((1, 14, 14), (1, 7, 7), (4, 6, 4))
    """
    told = [] if prefix is None or prefix >= tokens else [prefix]  # which may hold for other layers than this one
    prefixes = [*told, *range(min(_MOST_PREFIX_TOKENS + 1, tokens))]
    for height, width in (size, (1, 1)):  # the images' shape first; square grids come from images made square
        for front in prefixes:
            rows = math.isqrt((tokens - front) * height // width)
            columns = rows * width // height
            if rows and rows * columns == tokens - front and rows * width == columns * height:
                return front, rows, columns
    return None


def told_prefix(module: nn.Module) -> int | None:
    """The number of tokens in front of the image's, where a network tells."""
    told = (getattr(part, "num_prefix_tokens", None) for part in module.modules())
    return next((count for count in told if isinstance(count, int)), None)


def find_stages(probe: Probe, module: nn.Module, image: Tensor) -> list[Stage]:
    """The stages of a network, last first.

    Networks with a list ``feature_info``, as all in timm, tell their stages. Of others every module counts whose
    output is a map; one image (1, 3, H, W) is classified to see them. Layers that mix tokens, as a mixer's, give
    (N, C, tokens): where earlier features had as many channels and tokens, these are turned.
    """
    size = (image.shape[2], image.shape[3])
    return _told_stages(module, size) or _seen_stages(probe, module, image, size)


def _told_stages(module: nn.Module, size: tuple[int, int]) -> list[Stage]:
    for owner in module.modules():
        told = getattr(owner, "feature_info", None)
        if not isinstance(told, list):
            continue
        try:
            modules = [owner.get_submodule(entry["module"]) for entry in told]
        except (AttributeError, KeyError, TypeError):  # some lists name modules that are not there
            return []
        prefix = told_prefix(owner)
        stages = zip(modules, told, strict=True)
        return [Stage(module=one, size=size, channels=entry.get("num_chs"), prefix=prefix) for one, entry in stages][
            ::-1
        ]
    return []


def _seen_stages(probe: Probe, module: nn.Module, image: Tensor, size: tuple[int, int]) -> list[Stage]:
    seen: dict[nn.Module, Stage] = {}  # in order of the last call
    turned: set[tuple[int, ...]] = set()  # channels and tokens of the maps so far
    prefix = told_prefix(module)

    def look(part: nn.Module, _inputs: object, output: object) -> None:
        mixes = isinstance(output, Tensor) and output.ndim == 3 and tuple(output.shape[1:]) in turned
        channels = output.shape[1] if isinstance(output, Tensor) and mixes else None
        stage = Stage(module=part, size=size, channels=channels, prefix=prefix)
        grid = stage.grid(output)
        if grid is not None and channels is None and isinstance(output, Tensor):
            turned.add((grid.shape[1], output[0].numel() // grid.shape[1]))
        if grid is not None and len(grid) == len(image):
            seen.pop(part, None)
            seen[part] = stage

    handles = [part.register_forward_hook(look) for part in module.modules() if not isinstance(part, _WITHOUT_EFFECT)]
    try:
        probe.logits(image)
    finally:
        for handle in handles:
            handle.remove()
    return list(seen.values())[::-1]
