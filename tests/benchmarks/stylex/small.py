"""What the tests of trained StylEx share: bright and dark images, a classifier of them, and a second of training."""

import torch

from benchmarks.preparation import Preparation
from benchmarks.stylex import StylexData, StylexSetting
from benchmarks.zoo import ZooModel, wrap_module
from tests.xai.stylex.small import TINY, Brightness, halves
from xai.stylex import TrainingRecipe

NAMES = ("dark", "bright")
SETTING = StylexSetting(architecture=TINY, recipe=TrainingRecipe(steps=6, batch_size=8, log_every=2, average=0.5))


class Centred(Brightness):
    """The same classifier, of pixels in [-1, 1]."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return super().forward((images + 1) / 2)


def brightness_model() -> ZooModel:
    """A classifier that is always right on :func:`brightness_data`."""
    preparation = Preparation(size=(8, 8), crop_fraction=1.0)
    return wrap_module(
        Centred().eval(), name="brightness", class_names=NAMES, preparation=preparation, mean=(0.5,) * 3, std=(0.5,) * 3
    )


def brightness_data(count: int = 32) -> StylexData:
    """Dark and bright left halves, in turns."""
    labels = torch.tensor([1, 0]).repeat(count // 2)
    return StylexData(
        name="halves",
        class_names=NAMES,
        images=halves(count),
        labels=labels,
        held_out=halves(24, seed=1),
        held_out_labels=labels.new_tensor([1, 0]).repeat(12),
        held_out_ids=tuple(f"{number:02d}" for number in range(24)),
    )
