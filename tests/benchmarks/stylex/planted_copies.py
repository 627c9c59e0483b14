"""A system whose style coordinates are the planted attributes themselves, and an oracle that is never wrong."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from benchmarks.planted import Design, Scene, draw_images

DESIGN = Design(rule="marker_and_size", scene=Scene(jitter=0, noise=0))
NAMES = ("marker", "size", "hue", "background")


class AttributeStyles:
    """Images of one pixel block for each attribute: styles are its values, and decoding writes them down."""

    side = 32

    def __init__(self, design: Design = DESIGN) -> None:
        self.design = design
        self.values: dict[bytes, Tensor] = {}
        for split in ("validation", "test"):
            drawn = draw_images(design, 200, split=split, variant="removed")
            table = torch.tensor(drawn.attributes[list(NAMES)].to_numpy(float), dtype=torch.float32)
            table[:, 0] = 2 * table[:, 0] - 1
            self.values |= {one.numpy().tobytes(): row for one, row in zip(drawn.images, table, strict=True)}

    def styles(self, images: Tensor) -> Tensor:
        return torch.stack([self.values[one.numpy().tobytes()] for one in images])

    def condition_swapped(self, images: Tensor) -> Tensor:
        return self.styles(images) * torch.tensor([-1.0, 1, 1, 1])

    def decode(self, styles: Tensor) -> Tensor:
        return ((styles + 2) / 4)[:, None, :, None].expand(-1, 3, -1, 4)

    def classifier(self, images: Tensor) -> Tensor:
        values = images[:, 0, :, 0] * 4 - 2
        margin = 4 * (values[:, 0] + 1.5 * values[:, 1])
        return torch.stack([-margin, margin], 1)


class TrueOracle:
    """Reads the values that were written down."""

    scene = DESIGN.scene

    def read(self, images: Tensor) -> pd.DataFrame:
        values = (images[:, 0, :, 0] * 4 - 2).double().numpy()
        table = pd.DataFrame(values, columns=list(NAMES))
        return table.assign(marker=(table["marker"] > 0).astype(int))

    def changes(self, before: Tensor, after: Tensor) -> pd.DataFrame:
        spreads = {"marker": 0.5, "size": 2 / 3, "hue": 0.25, "background": 2 / 3}
        moved = (self.read(after) - self.read(before)).abs()
        return pd.DataFrame({name: moved[name] / spread for name, spread in spreads.items()})


def copying_parts() -> Any:
    """What :func:`benchmarks.stylex.judge_stylex` takes: a system, and an oracle."""
    return SimpleNamespace(system=AttributeStyles(), oracle=TrueOracle())
