"""What a classifier of planted images relies on, measured by changing the images and nothing else.

Whether a shortcut was planted says little: a network ignores one that is harder to see, or less reliable, than the
cause. Accuracy where the shortcut holds, is absent and is reversed shows its use as a whole; re-rendering images with
single attributes replaced counts the decisions that hang on each of them.
"""

from collections.abc import Callable

import pandas as pd
import torch
from torch import Tensor

from benchmarks.planted.attributes import transplant
from benchmarks.planted.design import VARIANTS, Design, draw_images
from benchmarks.planted.rendering import Scene, render
from benchmarks.summary.figures import FIGURE, rate

__all__ = ["measure_accuracies", "measure_reliance"]

_BATCH = 256


def measure_accuracies(
    classifier: Callable[[Tensor], Tensor],
    design: Design,
    *,
    count: int = 1000,
    split: str = "test",
    device: torch.device | str = "cpu",
) -> pd.DataFrame:
    """Accuracy with the shortcut present, removed and reversed, on images that differ in nothing else.

    Args:
        classifier: pixels to (N, K) logits, classes in the design's order.
        design: the data set.
        count: images of each variant.
        split: which split, ``test`` or ``validation``.
        device: where the classifier is.

    Returns:
        A row per variant: ``variant``, value, low, high, n, convention.
    """
    rows = []
    for variant in VARIANTS:
        data = draw_images(design, count, split=split, variant=variant, device=device)
        hits = int((_decide(classifier, data.images) == data.labels).sum())
        rows.append({"variant": variant, **rate(hits, count, f"top-1, {split} split")._asdict()})
    return pd.DataFrame(rows, columns=["variant", *FIGURE])


def measure_reliance(
    classifier: Callable[[Tensor], Tensor],
    attributes: pd.DataFrame,
    scene: Scene,
    *,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> pd.DataFrame:
    """How often the decision changes when one attribute is replaced by another image's: the cause, measured.

    Each image meets one donor, the same for all attributes. Half of the donors share a binary value, so 50 % is a
    binary sole cause's share. Give independently drawn attributes, lest a donor's value tells of others.

    Args:
        classifier: pixels to logits.
        attributes: N rows.
        scene: how to render them.
        seed: of the pairing.
        device: where the classifier is.

    Returns:
        A row per attribute that the scene shows: ``attribute``, value, low, high, n, convention.
    """
    order = torch.randperm(len(attributes), generator=torch.Generator().manual_seed(seed)).numpy()
    donors = attributes.iloc[order]
    before = _decide(classifier, render(attributes, scene, device=device))
    rows = []
    for name in scene.visible:
        after = _decide(classifier, render(transplant(attributes, donors, name), scene, device=device))
        changed = int((before != after).sum())
        figure = rate(changed, len(attributes), "decision changes when re-rendered with a donor's value")
        rows.append({"attribute": name, **figure._asdict()})
    return pd.DataFrame(rows, columns=["attribute", *FIGURE])


def _decide(classifier: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """(N,) predicted classes."""
    with torch.inference_mode():
        return torch.cat([classifier(batch.float() / 255).argmax(1) for batch in images.split(_BATCH)])
