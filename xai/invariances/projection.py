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

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from xai.iin.estimates import Estimate
from xai.iin.leakage import leakage
from xai.invariances.autoencoder import Posterior
from xai.invariances.explained import mean_of_images
from xai.invariances.network import InvarianceNetwork

__all__ = ["Projection", "as_condition", "balanced_rows", "project", "projection_effect"]

_MEANS = {
    "flipped": "share of predictions that change when an image is drawn as another group would have it",
    "shift": "total variation between the probabilities of both",
    "round_trip": "distance of codes after there and back through images, in distances between images at random",
    "arrived": "share of projected images read as the group that was wanted",
}


class Draws(Protocol):
    """What an :class:`xai.invariances.autoencoder.Autoencoder` does."""

    def draw(self, codes: Tensor) -> Tensor: ...
    def posteriors(self, images: Tensor) -> Posterior: ...


ReadGroup = Callable[[Tensor], Tensor]
"""Images (N, 3, H, W) in [0, 1] to the groups (N,) that they seem to be of."""


@dataclass(frozen=True, kw_only=True)
class Projection:
    """What changes when images are shown as each other group would have them.

    Attributes:
        flipped: share of predictions that change, against the reconstruction.
        pairs: the same for images of one group shown as another: (from, to) to share.
        shift: total variation between the predicted probabilities of both.
        round_trip: distance of codes after there and back through images, as a share of that between images at random.
        leak: R^2 with which v still tells the group; 0 is clean.
        readable: share of reconstructions read as the group that they are of.
        arrived: share of projections read as the group that was wanted.
    """

    flipped: Estimate
    pairs: Mapping[tuple[int, int], Estimate]
    shift: Estimate
    round_trip: Estimate
    leak: Estimate
    readable: Estimate
    arrived: Estimate


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
    codes: Tensor,
    groups: Tensor,
    *,
    count: int,
    autoencoder: Draws,
    read: ReadGroup,
    seed: int = 0,
) -> Projection:
    """Show every image as each other group would have it, and see what the classifier says.

    Args:
        network: conditioned on groups.
        classifier: images to logits (N, K).
        codes: (N, d) of images that training did not see.
        groups: (N,) of 0..count-1.
        count: G, number of groups.
        autoencoder: by which codes become images and images codes.
        read: images to groups, by other means than the network.
        seed: of the intervals, and of the order in which images are compared.
    """
    here, plain = as_condition(groups, count, like=codes), autoencoder.draw(codes)
    before = classifier(plain).double().softmax(1)
    order = torch.randperm(len(codes), generator=torch.Generator().manual_seed(seed)).to(codes.device)
    apart = (codes - codes[order.roll(1)][order.argsort()]).norm(dim=1).mean()
    seen: dict[str, list[Tensor]] = {name: [] for name in ("flipped", "shift", "round_trip", "arrived")}
    for step in range(1, count):
        wanted = (groups + step) % count
        there = as_condition(wanted, count, like=codes)
        images = autoencoder.draw(project(network, codes, here, there))
        after = classifier(images).double().softmax(1)
        back = project(network, autoencoder.posteriors(images).mean, there, here)
        seen["flipped"].append((before.argmax(1) != after.argmax(1)).double())
        seen["shift"].append((before - after).abs().sum(1) / 2)
        seen["round_trip"].append((codes - back).norm(dim=1) / apart)
        seen["arrived"].append((read(images).to(wanted) == wanted).double())
    each = {name: torch.stack(values, 1) for name, values in seen.items()}
    means = {
        name: mean_of_images(values.mean(1), convention=f"{_MEANS[name]}, mean over the other groups", seed=seed)
        for name, values in each.items()
    }
    readable = (read(plain).to(groups) == groups).double()
    v, _ = network(codes, here)
    return Projection(
        **means,
        pairs=_pairs(each["flipped"], groups, count, seed),
        readable=mean_of_images(readable, convention="share of reconstructions read as their own group", seed=seed),
        leak=leakage({"v": v}, {"group": groups}, folds=max(2, min(5, len(v) // 2)), seed=seed)["v"]["group"],
    )


def _pairs(flipped: Tensor, groups: Tensor, count: int, seed: int) -> dict[tuple[int, int], Estimate]:
    """Flips (N, G - 1) by (from, to)."""
    return {
        (group, (group + step) % count): mean_of_images(
            flipped[groups == group, step - 1], convention=f"{_MEANS['flipped']}, images of one group", seed=seed
        )
        for group in groups.unique().tolist()
        for step in range(1, count)
    }
