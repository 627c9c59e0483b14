"""Factors where the truth is known: planted classifiers, whose swaps are judged by images rendered anew.

The oracle of a swap is the recipient rendered with the donor's attribute, everything else its own, and classified. A
good factor swap gives its decision. Each trial trains one classifier, finds factors from one pool of images, and asks
the same recipients and donors of both maps.
"""

import functools
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from torch import Tensor

from benchmarks.concepts.association import association_table, effective_number, independence_weights
from benchmarks.concepts.attributes import Attribute, image_attribute, pair_rows
from benchmarks.concepts.fitting import Factors, Split, fit_factors
from benchmarks.concepts.layers import open_layer
from benchmarks.parts import read_part, write_part
from benchmarks.planted import (
    ATTRIBUTES,
    Design,
    Fitting,
    PlantedClassifier,
    draw_attributes,
    render,
    train_classifier,
    transplant,
)
from benchmarks.planted.attributes import key_uniforms
from benchmarks.summary.figures import FIGURE
from xai.iin import RESIDUAL, FlowRecipe, factor_shares, factor_spectra, join_pairs, leakage, pairs_alike, swap

__all__ = ["COIN", "FACTS", "OUTCOMES", "Findings", "Trial", "find_trial", "is_finished"]

OUTCOMES = ["map", "factor", "before", "oracle", "after", "donor"]
"""Columns of what swaps did: decisions of the recipient, of the oracle, after the swap, and of the donor."""

FACTS = ["map", "factor", "metric", "other", *FIGURE]
"""Columns of everything else that is known of a trial's factors."""

COIN = "coin"
"""The attribute that shows nowhere."""

_VERSION = "2"  # of what is kept; another one makes finished trials be computed again
_STOP = 0.2  # of the pool, to stop the flow by
_COINS = 20
_HELD_OUT = 100  # test images of a classifier's accuracy, which nothing here asks for
_TIES = 9  # stream of an image's key
_BATCH = 500
_MOST_IMAGES = 16384  # different ones to train on

OnWork = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One planted classifier, and one pool of images that factors are found with.

    Attributes:
        rule: a key of :data:`benchmarks.planted.RULES`.
        correlation: share of training images whose marker agrees with the label; None plants no shortcut.
        tied: share of the pool's images whose marker agrees with the last shape; None leaves all independent.
        reweighted: whether the pool is drawn so that associated attributes are independent.
        layer: of the classifier.
        steps: of the flow; 0 trains none.
        training: steps of the classifier, on 64 images each, of at most 16,384.
        pool: images that factors are found with; a fifth of them stops the flow.
        judged: images that swaps are judged on.
        seed: of images, classifier and flow.
    """

    rule: str
    correlation: float | None = None
    tied: float | None = None
    reweighted: bool = False
    layer: str = "head:input"
    steps: int = FlowRecipe.steps
    training: int = 400
    pool: int = 2000
    judged: int = 1500
    seed: int = 0

    @property
    def plain(self) -> bool:
        """Whether nothing is tied to anything, so that coins and leakage are asked about."""
        return self.correlation is None and self.tied is None

    @property
    def design(self) -> Design:
        """What the classifier is trained on."""
        return Design(rule=self.rule, correlation=self.correlation, seed=self.seed)

    def place(self, run: Path, name: str) -> tuple[Path, str]:
        """Where a part is kept, and its fingerprint."""
        digest = hashlib.sha256(json.dumps([_VERSION, asdict(self)], sort_keys=True).encode()).hexdigest()
        return run / "planted_concepts" / digest[:12] / f"{name}.parquet", f"{digest} {name}"


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a trial found: frames with columns :data:`OUTCOMES` and :data:`FACTS`."""

    trial: Trial
    outcomes: pd.DataFrame
    facts: pd.DataFrame


def is_finished(trial: Trial, run: Path) -> bool:
    """Whether :func:`find_trial` has nothing left to do."""
    return all(read_part(*trial.place(run, name)) is not None for name in ("outcomes", "facts"))


def find_trial(
    trial: Trial, run: Path, *, device: torch.device | str = "cpu", on_work: OnWork = lambda _: None
) -> Findings:
    """Run a trial, or read what is there.

    Args:
        trial: what to do.
        run: parts are kept in ``planted_concepts/<hash>/*.parquet`` there.
        device: where the classifier runs.
        on_work: called with 1 once the trial is there.
    """
    if not is_finished(trial, run):
        for name, frame in _Trial(trial, device).find().items():
            write_part(pa.Table.from_pandas(frame, preserve_index=False), *trial.place(run, name))
        on_work(1)
    parts = {name: read_part(*trial.place(run, name)) for name in ("outcomes", "facts")}
    frames = {name: part.to_pandas() for name, part in parts.items() if part is not None}
    return Findings(trial=trial, **frames)


@functools.lru_cache(maxsize=2)  # trials of one classifier come one after the other
def _trained(design: Design, fitting: Fitting, device: str) -> PlantedClassifier:
    return train_classifier(design, fitting, held_out=_HELD_OUT, device=device)


class _Trial:
    """A trial at work."""

    def __init__(self, trial: Trial, device: torch.device | str) -> None:
        self.trial, self.device, self.scene = trial, device, trial.design.scene
        pool = draw_attributes(trial.pool, seed=trial.seed, stream="concept pool")
        self.pool = pool if trial.tied is None else _tie(pool, trial.tied)
        self.judged = draw_attributes(trial.judged, seed=trial.seed, stream="concept judges")
        order = torch.randperm(trial.judged, generator=torch.Generator().manual_seed(trial.seed)).numpy()
        self.donors = self.judged.iloc[order]
        fitting = Fitting(images=min(_MOST_IMAGES, 64 * trial.training), steps=trial.training, seed=trial.seed)
        classifier = _trained(trial.design, fitting, str(device)).classifier
        self.layer = open_layer(classifier, trial.layer, self._pixels(self.judged[:4]))
        self.features, self.given = self._seen(self.judged), self._seen(self.donors)

    def find(self) -> dict[str, pd.DataFrame]:
        seen = self._seen(self.pool)
        rows, stop = torch.arange(len(seen)), int(_STOP * len(seen))
        split = Split(fit=rows[stop:], stop=rows[:stop], judge=rows[:0])
        names = (*self.scene.visible, COIN)
        attributes = [image_attribute(name, self.pool[name].to_numpy(), source="planted") for name in names]
        table = association_table(attributes, seed=self.trial.seed)
        weights = independence_weights(attributes, table) if self.trial.reweighted else None
        recipe = FlowRecipe(steps=self.trial.steps, seed=self.trial.seed) if self.trial.steps else None
        pool = list(_association_facts(table, torch.ones(len(seen)) if weights is None else weights))
        try:
            factors = fit_factors(seen, attributes, split, weights=weights, recipe=recipe, seed=self.trial.seed)
        except ValueError as error:  # factors that cannot be told apart are a finding
            refused = _fact("pool", RESIDUAL, "refused", "", 1, len(seen), str(error))
            return {
                "outcomes": pd.DataFrame(columns=OUTCOMES),
                "facts": pd.DataFrame([*pool, refused], columns=FACTS),
            }
        facts = [
            *pool,
            *_spectrum_facts(factors),
            *self._share_facts(attributes, seen),
            *(self._coin_facts(factors, seen) if self.trial.plain else ()),
            *(self._leakage_facts(factors) if self.trial.plain else ()),
        ]
        return {
            "outcomes": pd.concat(list(self._outcomes(factors)), ignore_index=True)[OUTCOMES],
            "facts": pd.DataFrame(facts, columns=FACTS),
        }

    def _pixels(self, table: pd.DataFrame) -> Tensor:
        return render(table, self.scene, device=self.device).float() / 255

    def _seen(self, table: pd.DataFrame) -> Tensor:
        parts = [table.iloc[at : at + _BATCH] for at in range(0, len(table), _BATCH)]
        return torch.cat([self.layer.features(self._pixels(part)).cpu() for part in parts])

    def _decided(self, features: Tensor) -> np.ndarray:
        return self.layer.logits(features).argmax(1).cpu().numpy()

    def _outcomes(self, factors: Factors) -> Iterator[pd.DataFrame]:
        before, donor = self._decided(self.features), self._decided(self.given)
        for factor in (*self.scene.visible, COIN):
            oracle = self._decided(self._seen(transplant(self.judged, self.donors, factor)))
            for name, network in factors.networks.items():
                after = before
                if factor in network.factors:
                    after = self._decided(swap(network, self.features, self.given, factor))
                yield pd.DataFrame(
                    {"map": name, "factor": factor, "before": before, "oracle": oracle, "after": after, "donor": donor}
                )

    def _leakage_facts(self, factors: Factors) -> Iterator[dict[str, Any]]:
        targets = {name: value for one in self.scene.visible for name, value in _readable(one, self.judged)}
        for name, network in factors.networks.items():
            values = {**network.split(self.features), "all features": self.features}
            for factor, told in leakage(values, targets).items():
                for other, one in told.items():
                    yield {"map": name, "factor": factor, "metric": "leakage", "other": other, **asdict(one)}

    def _coin_facts(self, factors: Factors, seen: Tensor) -> Iterator[dict[str, Any]]:
        coordinates, _ = factors.networks["rotation"].whitening(seen)
        generator = torch.Generator().manual_seed(self.trial.seed)
        for draw in range(_COINS):
            tossed = torch.randint(2, (len(seen),), generator=generator)
            pairs = join_pairs({COIN: pairs_alike(tossed, generator=generator)})
            (found,) = factor_spectra(coordinates, pairs, generator=generator)
            yield _fact("rotation", COIN, "coin_dimensions", str(draw), found.size, len(seen), "directions of a coin")

    def _share_facts(self, attributes: list[Attribute], seen: Tensor) -> Iterator[dict[str, Any]]:
        generator = torch.Generator().manual_seed(self.trial.seed)
        rows = torch.arange(len(seen))
        pairs = join_pairs({one.name: pair_rows(one, rows, generator=generator) for one in attributes})
        for factor, share in factor_shares(seen, pairs, resamples=200).items():
            yield {"map": "pairs", "factor": factor, "metric": "share", "other": "", **asdict(share)}


def _tie(table: pd.DataFrame, share: float) -> pd.DataFrame:
    """Let the marker be there with the last shape alone, in a share of the images."""
    agrees = key_uniforms(table, 1, stream=_TIES)[:, 0] < share
    last = table["shape"].to_numpy() == ATTRIBUTES["shape"].count - 1
    return table.assign(marker=np.where(agrees, last, ~last).astype(np.int64))


def _readable(name: str, table: pd.DataFrame) -> Iterator[tuple[str, Tensor]]:
    """What a linear probe can read of an attribute: an angle as the two coordinates of its point on the circle."""
    values = torch.tensor(table[name].to_numpy())
    if ATTRIBUTES[name].kind == "angle":
        yield f"{name} (cos)", (2 * torch.pi * values).cos()
        yield f"{name} (sin)", (2 * torch.pi * values).sin()
    else:
        yield name, values


def _spectrum_facts(factors: Factors) -> Iterator[dict[str, Any]]:
    for one in factors.spectra:
        yield _fact("pairs", one.factor, "dimensions", "", one.size, one.pairs, one.statement)
        yield _fact("pairs", one.factor, "eigenvalue", "", one.values[0].item(), one.pairs, "largest of the pairs")
        yield _fact("pairs", one.factor, "null", "", one.null, one.pairs, "1.2 x the largest of 20 random pairings")
    if factors.training is not None:
        said = "step of the lowest held-out loss"
        yield _fact("flow", RESIDUAL, "best_step", "", factors.training.best_step, 1, said)


def _association_facts(table: pd.DataFrame, weights: Tensor) -> Iterator[dict[str, Any]]:
    for row in table[table["associated"].astype(bool)].to_dict("records"):
        figure = {name: row[name] for name in FIGURE}
        yield {"map": "pool", "factor": row["attribute"], "metric": "association", "other": row["other"], **figure}
    yield _fact("pool", RESIDUAL, "effective_n", "", effective_number(weights), len(weights), "Kish")


def _fact(name: str, factor: str, metric: str, other: str, value: float, n: int, said: str) -> dict[str, Any]:
    ends = {"low": float("nan"), "high": float("nan")}
    return {"map": name, "factor": factor, "metric": metric, "other": other, "value": value, **ends, "n": n} | {
        "convention": said
    }
