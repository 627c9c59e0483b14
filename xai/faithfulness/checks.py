"""All checks of a set of maps at once, one row per map."""

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from xai.attribution import Attribution, Method, attribute
from xai.attribution.probe import Classifier
from xai.faithfulness.curves import deletion_curve, insertion_curve
from xai.faithfulness.masks import area_share, mass_in_mask, pointing_game
from xai.faithfulness.stability import max_sensitivity, randomised, rank_correlation

__all__ = ["MapChecks", "check_maps"]


@dataclass(frozen=True, kw_only=True)
class MapChecks:
    """What N maps are worth, (N,) each.

    Attributes:
        deletion_blurred: area under the deletion curve towards the blurred image; low is good.
        deletion_mean_colour: the same towards the image's mean colour.
        insertion_blurred: area under the insertion curve from the blurred image; high is good.
        insertion_mean_colour: the same from the image's mean colour.
        sensitivity: largest relative change of the map under noise; low is good.
        randomised_correlation: Spearman's correlation of the map's sizes with those of a network whose weights are
            shuffled; near 1 the map does not show what the network has learned. None without parameters.
        relative_gap: completeness gap over the difference of logits. None where the method promises nothing.
        pointing: whether the highest pixel lies in the mask. None without masks, as the next two.
        mass_in_mask: share of the positive values in the mask.
        mask_area: share of the mask in the image, what chance would score in both.
    """

    deletion_blurred: Tensor
    deletion_mean_colour: Tensor
    insertion_blurred: Tensor
    insertion_mean_colour: Tensor
    sensitivity: Tensor
    randomised_correlation: Tensor | None = None
    relative_gap: Tensor | None = None
    pointing: Tensor | None = None
    mass_in_mask: Tensor | None = None
    mask_area: Tensor | None = None

    def columns(self) -> dict[str, list[float]]:
        """The checks that there are, by name, for a table with one row per map."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value.tolist() for name, value in values.items() if value is not None}


def check_maps(
    classifier: Classifier,
    images: Tensor,
    targets: Tensor,
    explained: Attribution,
    *,
    method: str | Method | None = None,
    masks: Tensor | None = None,
    batch_size: int = 32,
    seed: int = 0,
) -> MapChecks:
    """Check maps by what their classifier does.

    Args:
        classifier: (N, 3, H, W) pixels to (N, K) logits.
        images: (N, 3, H, W), float in [0, 1].
        targets: (N,) class indices that the maps explain.
        explained: the maps.
        method: how they were made, where that was not with the default settings of ``explained.method``.
        masks: (N, H, W) bool, where the evidence is, if that is known.
        batch_size: images a pass; halved whenever memory runs out.
        seed: of noise, shuffled weights, and everything the method draws.
    """
    chosen = explained.method if method is None else method

    def explain(network: Classifier, pixels: Tensor, classes: Tensor) -> Tensor:
        return attribute(network, pixels, classes, method=chosen, batch_size=batch_size, seed=seed).maps

    maps = explained.maps
    areas = {
        f"{name}_{baseline}": curve(
            classifier, images, targets, maps, baseline=baseline, batch_size=batch_size, seed=seed
        ).area
        for name, curve in (("deletion", deletion_curve), ("insertion", insertion_curve))
        for baseline in ("blurred", "mean_colour")
    }
    correlation = None
    if isinstance(classifier, torch.nn.Module) and any(True for _ in classifier.parameters()):
        without = explain(randomised(classifier, seed=seed), images, targets)
        correlation = rank_correlation(maps.abs(), without.abs())
    return MapChecks(
        **areas,
        sensitivity=max_sensitivity(explain, classifier, images, targets, maps, seed=seed),
        randomised_correlation=correlation,
        relative_gap=explained.relative_gap,
        pointing=None if masks is None else pointing_game(maps, masks),
        mass_in_mask=None if masks is None else mass_in_mask(maps, masks),
        mask_area=None if masks is None else area_share(masks),
    )
