"""From the features and attributes of images to factors: the rotation, and the flow that starts from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from benchmarks.concepts.attributes import Attribute, pair_rows, twin_rows
from xai.iin import (
    FactorSpectrum,
    FlowRecipe,
    InterpretationNetwork,
    Pairs,
    Training,
    fit_rotation,
    join_pairs,
    train_on_pairs,
)

__all__ = ["FLOW", "ROTATION", "Factors", "Split", "fit_factors", "split_images"]

ROTATION, FLOW = "rotation", "flow"
"""Names of the two maps from features to factors: the closed-form baseline, and the trained network."""

_FEWEST = 20  # pairs that a factor needs, as in `xai.iin.spectra`
_FIT, _STOP = 0.5, 0.1  # shares of the images

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Split:
    """Rows of a table of features by use; no image is in two of them.

    Attributes:
        fit: factors are learned from them.
        stop: the flow stops by them.
        judge: every figure is of them.
    """

    fit: Tensor
    stop: Tensor
    judge: Tensor


@dataclass(frozen=True, kw_only=True)
class Factors:
    """The factors of a layer.

    Attributes:
        spectra: what pairs say of each factor.
        networks: by :data:`ROTATION` and :data:`FLOW`; without the latter where none was trained.
        reasons: why attributes have no spectrum, by name.
        training: of the flow.
    """

    spectra: tuple[FactorSpectrum, ...]
    networks: Mapping[str, InterpretationNetwork]
    reasons: Mapping[str, str]
    training: Training | None


def split_images(owners: Tensor, *, seed: int) -> Split:
    """Half of the images to learn from, a tenth to stop by, the rest to judge by.

    Args:
        owners: (R,) which image each row is of; edited copies stay with their image.
        seed: of the draw.
    """
    count = int(owners.max()) + 1
    place = torch.randperm(count, generator=torch.Generator().manual_seed(seed))[owners] / count
    return Split(
        fit=(place < _FIT).nonzero().flatten(),
        stop=((place >= _FIT) & (place < _FIT + _STOP)).nonzero().flatten(),
        judge=(place >= _FIT + _STOP).nonzero().flatten(),
    )


def fit_factors(
    features: Tensor,
    attributes: Sequence[Attribute],
    split: Split,
    *,
    weights: Tensor | None = None,
    components: int = 32,
    recipe: FlowRecipe | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Factors:
    """Find the factors that attributes name.

    Args:
        features: (R, D).
        attributes: of the R rows.
        split: of the rows.
        weights: (R,) by which rows are drawn to learn from, with replacement; None takes each once.
        components: whitened coordinates at most.
        recipe: of the flow; None trains none.
        seed: of partners and draws.
        progress: told about every step of the flow.

    Raises:
        ValueError: not one attribute gives pairs enough, or factors that cannot be told apart.
    """
    generator = torch.Generator().manual_seed(seed)
    fit, stop = (_drawn(rows, weights, generator) for rows in (split.fit, split.stop))
    pool = torch.cat([fit, stop])
    table, places = features[pool], torch.arange(len(pool))
    pairs = {one.name: _pairs(one, pool, places[: len(fit)], generator) for one in attributes}
    reasons = {one.name: reason for one in attributes if (reason := _reason(one, pairs[one.name]))}
    named = [one for one in attributes if one.name not in reasons]
    if not named:
        raise ValueError(
            f"expected an attribute with at least {_FEWEST} pairs, got none: {'; '.join(reasons.values())}"
        )
    joined = join_pairs({one.name: pairs[one.name] for one in named}, _twins(named, pool, places[: len(fit)]))
    rotation, spectra = fit_rotation(table, joined, components=components, generator=generator)
    networks, training = {ROTATION: rotation}, None
    if recipe is not None and rotation.factors and sum(rotation.sizes.values()) > 1:
        others = {one.name: _pairs(one, pool, places[len(fit) :], generator) for one in named}
        held_out = join_pairs(others, _twins(named, pool, places[len(fit) :]))
        training = _train(rotation, table, (joined, held_out), recipe, progress)
        networks[FLOW] = training.network
    return Factors(spectra=spectra, networks=networks, reasons=reasons, training=training)


def _train(
    start: InterpretationNetwork,
    table: Tensor,
    pairs: tuple[Pairs, Pairs],
    recipe: FlowRecipe,
    progress: Progress | None,
) -> Training:
    if not len(pairs[1]):
        raise ValueError("expected images enough to stop the flow by, got no pair among a tenth of them; train no flow")
    return train_on_pairs(start, table, pairs[0], held_out=pairs[1], recipe=recipe, progress=progress)


def _drawn(rows: Tensor, weights: Tensor | None, generator: torch.Generator) -> Tensor:
    if weights is None:
        return rows
    return rows[torch.multinomial(weights[rows], len(rows), replacement=True, generator=generator)]


def _pairs(attribute: Attribute, pool: Tensor, places: Tensor, generator: torch.Generator) -> Tensor:
    """Pairs of places in the pool; none of a row with itself, which may have been drawn twice."""
    pairs = pair_rows(attribute.take(pool), places, generator=generator)
    return pairs[pool[pairs[:, 0]] != pool[pairs[:, 1]]]


def _twins(attributes: Sequence[Attribute], pool: Tensor, places: Tensor) -> dict[str, Tensor]:
    """Pairs of copies that share all but one attribute, by attribute; for the flow, since many directions part them."""
    return {one.name: twin_rows(one.take(pool), places) for one in attributes if one.twins is not None}


def _reason(attribute: Attribute, pairs: Tensor) -> str:
    """Why an attribute cannot name a factor; empty if it can."""
    if attribute.constant:
        return f"{attribute.name}: the same in all images"
    if len(pairs) < _FEWEST:
        return f"{attribute.name}: {len(pairs)} pairs, at least {_FEWEST} are needed"
    return ""
