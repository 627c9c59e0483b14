"""What factors say: what a layer knows, what decisions make of it, and where attributes can be read.

Every figure comes from images that nothing was learned from, and comes for both maps: the rotation, which is the
baseline, and the flow.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

import pandas as pd
import torch
from torch import Tensor

from benchmarks.concepts.attributes import Attribute, pair_rows
from benchmarks.concepts.fitting import Factors, Split
from benchmarks.summary.figures import FIGURE
from xai.iin import (
    RESIDUAL,
    Estimate,
    FactorSpectrum,
    InterpretationNetwork,
    factor_sensitivity,
    factor_shares,
    join_pairs,
    leakage,
    swap_effect,
)

__all__ = ["CAUSE", "CONCEPTS", "FACTORS", "Question", "concept_rows", "factor_rows"]

CONCEPTS = ["map", "factor", "metric", "other", *FIGURE]
"""Columns of the figures: ``other`` is a class or an attribute, where the metric has one."""

FACTORS = ["factor", "source", "represented", "dimensions", "eigenvalue", "null", "pairs", *FIGURE, "statement"]
"""Columns of what pairs say: the figure is the share of the layer's variance that partners have in common."""

CAUSE = 0.05
"""Share of swaps that change the decision, from which a factor is called a cause, by the low end of the interval."""

_DRAWS = 32  # values of a factor that are tried on every image
_MOST_IMAGES = 500  # on which values are tried
_MOST_CLASSES = 10
_ALL = "all features"

Head = Callable[[Tensor], Tensor]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked about.

    Attributes:
        features: (R, D).
        attributes: of the R rows.
        split: of the rows.
        head: what follows the layer.
        class_names: of the K logits.
        whole: number of rows, from the first, that are images as they came; the others are edited copies.
        seed: of donors, values and intervals.
    """

    features: Tensor
    attributes: Sequence[Attribute]
    split: Split
    head: Head
    class_names: Sequence[str]
    whole: int
    seed: int = 0

    @property
    def judged(self) -> Tensor:
        """Rows of unedited images that nothing was learned from."""
        return self.split.judge[self.split.judge < self.whole]

    def donors(self, rows: Tensor) -> Tensor:
        """Another of the rows for each."""
        order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(self.seed))
        return rows[order[(order.argsort() + 1) % len(rows)]]


def factor_rows(question: Question, factors: Factors) -> pd.DataFrame:
    """Whether the layer represents each attribute, and how loudly: columns :data:`FACTORS`."""
    by_name = {one.name: one for one in question.attributes}
    generator = torch.Generator().manual_seed(question.seed)
    pairs = {
        one.factor: pair_rows(by_name[one.factor], question.split.judge, generator=generator) for one in factors.spectra
    }
    shares = factor_shares(question.features, join_pairs(pairs))
    rows = [_factor_row(one, by_name[one.factor], shares.get(one.factor)) for one in factors.spectra]
    return pd.DataFrame(rows, columns=FACTORS)


def concept_rows(question: Question, factors: Factors) -> pd.DataFrame:
    """Swaps, sensitivity and leakage under every map: columns :data:`CONCEPTS`."""
    rows = [
        {"map": name, **row}
        for name, network in factors.networks.items()
        if network.factors
        for part in (_swaps, _sensitivities, _leakages)
        for row in part(question, network)
    ]
    return pd.DataFrame(rows, columns=CONCEPTS)


def _factor_row(spectrum: FactorSpectrum, attribute: Attribute, share: Estimate | None) -> dict[str, object]:
    figure = asdict(share) if share else dict.fromkeys(FIGURE, float("nan")) | {"convention": "too few held-out pairs"}
    return {
        "factor": spectrum.factor,
        "source": attribute.source,
        "represented": bool(spectrum.size),
        "dimensions": spectrum.size,
        "eigenvalue": spectrum.values[0].item(),
        "null": spectrum.null,
        "pairs": spectrum.pairs,
        **figure,
        "statement": spectrum.statement,
    }


def _swaps(question: Question, network: InterpretationNetwork) -> Iterator[dict[str, object]]:
    known = {one.name: one.rows(question.split.judge) for one in question.attributes}
    for factor in _parts(network):
        rows = known.get(factor, question.judged)
        receivers, givers = question.features[rows], question.features[question.donors(rows)]
        effect = swap_effect(network, question.head, receivers, givers, factor, seed=question.seed)
        yield _row(factor, "swap_changes", "", effect.changed)
        if effect.to_donor is not None:
            yield _row(factor, "swap_to_donor", "", effect.to_donor)


def _sensitivities(question: Question, network: InterpretationNetwork) -> Iterator[dict[str, object]]:
    found = factor_sensitivity(
        network,
        question.head,
        question.features[question.judged[:_MOST_IMAGES]],
        generator=torch.Generator().manual_seed(question.seed),
        draws=_DRAWS,
        pool=question.features[question.split.fit],
        seed=question.seed,
    )
    spreads = torch.tensor([[one.value for one in sensitivity.spread] for sensitivity in found.values()])
    classes = spreads.amax(0).argsort(descending=True)[:_MOST_CLASSES].sort().values.tolist()
    for factor, sensitivity in found.items():
        yield _row(factor, "resample_changes", "", sensitivity.changed)
        for place in classes:
            yield _row(factor, "logit_spread", question.class_names[place], sensitivity.spread[place])
            yield _row(factor, "decided_as", question.class_names[place], sensitivity.decisions[place])


def _leakages(question: Question, network: InterpretationNetwork) -> Iterator[dict[str, object]]:
    for attribute in question.attributes:
        rows = attribute.rows(question.split.judge)
        if attribute.take(rows).constant:
            continue
        features = question.features[rows]
        told = leakage(
            {**network.split(features), _ALL: features}, {attribute.name: attribute.values[rows]}, seed=question.seed
        )
        for factor, by_attribute in told.items():
            yield _row(factor, "leakage", attribute.name, by_attribute[attribute.name])


def _parts(network: InterpretationNetwork) -> tuple[str, ...]:
    return (*network.factors, *([RESIDUAL] if network.sizes[RESIDUAL] else []))


def _row(factor: str, metric: str, other: str, figure: Estimate) -> dict[str, object]:
    return {"factor": factor, "metric": metric, "other": other, **asdict(figure)}
