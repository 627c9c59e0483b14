"""A StylEx that needs no training: the left half is two coordinates, the right half, which nobody reads, a third."""

import torch
from torch import Tensor

from benchmarks.stylex.explaining import Explained, ExplainSetting, explain_system
from tests.benchmarks.stylex.small import brightness_data, brightness_model
from tests.xai.stylex.test_networks import drawn
from xai.stylex import StylEx

LEFT, ALSO_LEFT, RIGHT = 0, 1, 20  # the last is in a layer that only colours


class Painted(StylEx):
    """Brightness of two halves in and out."""

    def styles(self, images: Tensor) -> Tensor:
        pixels = self._pixels(images)
        styles = torch.zeros(len(pixels), 28)
        left, right = pixels[..., :4].mean((1, 2, 3)) - 0.5, pixels[..., 4:].mean((1, 2, 3)) - 0.5
        styles[:, LEFT], styles[:, ALSO_LEFT], styles[:, RIGHT] = 0.75 * left, -0.25 * left, right
        return styles

    condition_swapped = styles

    def decode(self, styles: Tensor) -> Tensor:
        left = styles[:, LEFT] - styles[:, ALSO_LEFT]
        halves = torch.stack([left, styles[:, RIGHT]], 1).repeat_interleave(4, 1) + 0.5
        return halves[:, None, None].expand(-1, 3, 8, -1).clamp(0, 1)


def painted_system() -> StylEx:
    model = brightness_model()
    return Painted(networks=drawn(), classifier=model.classifier, weights_hash=model.weights_sha256)


def painted_explained(**changes: int) -> Explained:
    setting = ExplainSetting(**({"label": 1, "attributes": 4} | changes))  # type: ignore[arg-type]
    return explain_system(painted_system(), brightness_data(), setting=setting)
