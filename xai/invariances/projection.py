"""The same content as another group would have it: a code's invariances under one label, inverted under another.

With a network conditioned on labels (a data set's name, a device, a suspected confounder) in place of features,
``v = t(c | a)`` is what images have beside their label, and ``t^-1(v | b)`` is the image that group b would have. How
the classifier answers tells what hangs on the group. Where content goes with the group, it changes too: an association,
no proof of a cause.

Reference:
    Rombach, Esser and Ommer, Network Fusion for Content Creation with Conditional INNs, 2020,
    https://arxiv.org/abs/2005.13580
    Esser, Rombach and Ommer, A Note on Data Biases in Generative Models, 2020, https://arxiv.org/abs/2012.02516
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from xai.iin.estimates import Estimate
from xai.iin.leakage import leakage
from xai.invariances.explained import mean_of_images
from xai.invariances.network import InvarianceNetwork

__all__ = ["Projection", "as_condition", "balanced_rows", "project", "projection_effect"]

Draw = Callable[[Tensor], Tensor]
"""Codes (N, d) to images (N, 3, H, W) in [0, 1]."""


@dataclass(frozen=True, kw_only=True)
class Projection:
    """What changes when images are shown as another group would have them.

    Attributes:
        flipped: share of predictions that change, against the reconstruction.
        shift: total variation between the predicted probabilities of both.
        round_trip: distance of codes after there and back, as a share of that between images at random.
        leak: R^2 with which v still tells the group; 0 is clean.
    """

    flipped: Estimate
    shift: Estimate
    round_trip: Estimate
    leak: Estimate


def as_condition(groups: Tensor, count: int, *, like: Tensor) -> Tensor:
    """Groups as what a network is conditioned on.

    Args:
        groups: (N,) integers in 0..count-1.
        count: number of groups, at least two.
        like: a tensor whose dtype and device the condition gets.

    Returns:
        (N, count), one-hot.

    Raises:
        ValueError: fewer than two groups, or one outside of the range.
    """
    if count < 2 or groups.min() < 0 or groups.max() >= count:
        raise ValueError(f"expected groups in 0..{count - 1} of at least two, got {groups.unique().tolist()}")
    return F.one_hot(groups.long(), count).to(like)


def balanced_rows(groups: Tensor, *, generator: torch.Generator) -> Tensor:
    """Rows that hold every group equally often, as often as the largest: smaller ones are drawn with replacement.

    Args:
        groups: (N,) integers.
        generator: of the draws.

    Example:
        >>> groups = torch.tensor([0, 0, 0, 1])
        >>> groups[balanced_rows(groups, generator=torch.Generator().manual_seed(0))].tolist()
        [0, 0, 0, 1, 1, 1]
    """
    members = [(groups == group).nonzero().flatten() for group in groups.unique()]
    most = max(len(rows) for rows in members)
    drawn = (
        torch.cat([rows, rows[torch.randint(len(rows), (most - len(rows),), generator=generator)]]) for rows in members
    )
    return torch.cat(list(drawn))


@torch.no_grad()
def project(network: InvarianceNetwork, codes: Tensor, groups: Tensor, targets: Tensor) -> Tensor:
    """Codes (N, d) as other groups would have them.

    Args:
        network: conditioned on groups, see :func:`as_condition`.
        codes: (N, d).
        groups: (N, G) of the images.
        targets: (N, G) wanted.
    """
    return network.swap(codes, groups, targets)


@torch.no_grad()
def projection_effect(
    network: InvarianceNetwork,
    classifier: Callable[[Tensor], Tensor],
    draw: Draw,
    codes: Tensor,
    groups: Tensor,
    *,
    count: int,
    seed: int = 0,
) -> Projection:
    """Show every image as the next group would have it, and see what the classifier says.

    Args:
        network: conditioned on groups.
        classifier: images to logits (N, K).
        draw: codes to images.
        codes: (N, d) of images that training did not see.
        groups: (N,) of 0..count-1.
        count: number of groups.
        seed: of the intervals, and of the order in which images are compared.
    """
    here = as_condition(groups, count, like=codes)
    there = as_condition((groups + 1) % count, count, like=codes)
    moved = project(network, codes, here, there)
    back = project(network, moved, there, here)
    before, after = (classifier(draw(one)).double().softmax(1) for one in (codes, moved))
    order = torch.randperm(len(codes), generator=torch.Generator().manual_seed(seed)).to(codes.device)
    apart = (codes - codes[order.roll(1)][order.argsort()]).norm(dim=1).mean()
    v, _ = network(codes, here)
    return Projection(
        flipped=mean_of_images(
            (before.argmax(1) != after.argmax(1)).double(),
            convention="share of predictions that change when an image is drawn as the next group would have it",
            seed=seed,
        ),
        shift=mean_of_images(
            (before - after).abs().sum(1) / 2, convention="total variation between both probabilities", seed=seed
        ),
        round_trip=mean_of_images(
            (codes - back).norm(dim=1) / apart,
            convention="distance of codes after there and back, in distances between images at random",
            seed=seed,
        ),
        leak=leakage({"v": v}, {"group": groups}, seed=seed)["v"]["group"],
    )
