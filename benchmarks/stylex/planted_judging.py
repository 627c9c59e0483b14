"""Whether a StylEx shows the causes that were planted: what its attributes move, read by an oracle.

Attributes are chosen on images of the validation split and judged on others. An oracle reads how far each planted
attribute moved, in units of drawing it anew, and what the rule says of the edited image, so that a flip of the
classifier is legitimate where the rule flips too.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from benchmarks.metrics import bootstrap, resample_counts, resamples_for
from benchmarks.planted import AttributeOracle, Design, draw_images
from benchmarks.summary.figures import FIGURE, Figure, rate, resampled
from xai.stylex import (
    Ends,
    LogOdds,
    Move,
    Slide,
    StyleClassifier,
    StylEx,
    find_attributes,
    find_groups,
    judge_shifts,
    normalised_difference,
    random_shifts,
)

__all__ = ["JUDGED", "judge_stylex"]

JUDGED = ["question", "rank", "direction", "attribute", *FIGURE]
"""Columns of what is known of one system."""

GROUPS, COORDINATES = 3, 5
_SEARCHED = 128
_RANDOM_DRAWS = 50  # few draws hit a coordinate that matters, so that a mean of a handful is chance
_WAYS = ("towards", "away")


def judge_stylex(
    system: StylEx,
    design: Design,
    oracle: AttributeOracle,
    *,
    images: int = 400,
    population: int = 4096,
    seed: int = 0,
    on_work: Callable[[int], None] = lambda _: None,
) -> pd.DataFrame:
    """Find the attributes of the second class and ask the oracle what they move.

    Args:
        system: trained on the design's images.
        design: with two classes.
        oracle: of the design's scene.
        images: to judge on; half as many more are drawn to choose on.
        population: images, those to choose on among them, that tell how coordinates move together.
        seed: of random coordinates and intervals.
        on_work: called with 1 after each of three parts.

    Returns:
        Rows of :data:`JUDGED`. Question ``change`` is how far a group moves an attribute, ``share`` the part of all
        changes that is the largest one's, ``flips`` and ``legit`` what decisions do, each for group ``rank`` (1 is the
        best) and both directions; ``groups``, ``coordinates``, ``wu`` and ``random`` are flips under the first ``rank``
        together; ``swing`` is what a group moves the logit from end to end, ``significant`` whether that passes its
        check; ``swap_change`` is what exchanging the class probabilities in the latent moves.
    """
    judge = _Judge.of(system, design, oracle, images, population, seed)
    rows = list(judge.group_rows())
    on_work(1)
    rows += judge.curve_rows()
    on_work(1)
    rows += judge.swap_rows()
    on_work(1)
    return pd.DataFrame(rows, columns=JUDGED)


@dataclass(frozen=True, kw_only=True)
class _Judge:
    """A system with the styles that attributes are chosen on, and others that they are judged on."""

    system: StylEx
    asked: StyleClassifier
    oracle: AttributeOracle
    design: Design
    styles: Tensor
    fresh: Tensor
    fresh_images: Tensor
    fresh_labels: Tensor
    decided: Tensor
    ends: Ends
    groups: tuple[Slide, ...]
    seed: int

    @classmethod
    def of(
        cls, system: StylEx, design: Design, oracle: AttributeOracle, images: int, population: int, seed: int
    ) -> "_Judge":
        chosen = draw_images(design, max(images * 3 // 2, population), split="validation", variant="removed")
        fresh = draw_images(design, images, split="test", variant="removed")
        every = torch.cat([system.styles(part) for part in chosen.images.split(256)])
        styles = every[: images * 3 // 2]
        view = LogOdds(system.classifier, label=1)
        ends, asked = Ends.of(styles), StyleClassifier(decode=system.decode, classifier=view)
        own = torch.cat([system.styles(part) for part in fresh.images.split(256)])
        groups = find_groups(system.decode, view, styles[:_SEARCHED], target=1, count=GROUPS, population=every)
        return cls(
            system=system,
            asked=asked,
            oracle=oracle,
            design=design,
            styles=styles,
            fresh=own,
            fresh_images=fresh.images,
            fresh_labels=fresh.labels,
            decided=asked.logits(own).argmax(1),
            ends=ends,
            groups=tuple(group.slide for group in groups),
            seed=seed,
        )

    def group_rows(self) -> Iterator[dict[str, Any]]:
        """What each group moves, and whether it says anything."""
        verdicts = judge_shifts(
            self.system.decode, self.asked.classifier, self.fresh, self.groups, target=1, ends=self.ends,
            labels=self.fresh_labels, seed=self.seed,
        )  # fmt: skip
        for rank, (shift, finding) in enumerate(zip(self.groups, verdicts.findings, strict=True), start=1):
            swing = finding.swing
            figure = Figure(swing.value, swing.low, swing.high, swing.n, swing.convention)
            yield self._row("swing", rank, "both", "", figure)
            for question, count in (("size", len(shift.coordinates)), ("significant", finding.significant)):
                words = {"size": "coordinates, counted", "significant": "1 where the check on other images is passed"}
                exact = Figure(float(count), float(count), float(count), swing.n, words[question])
                yield self._row(question, rank, "both", "", exact)
            for way, moved in zip(_WAYS, (shift, shift.reversed()), strict=True):
                yield from self._moved_rows(rank, way, moved)

    def _moved_rows(self, rank: int, way: str, shift: Move) -> Iterator[dict[str, Any]]:
        styles = self._decided(otherwise=way == "towards")
        if not len(styles):  # a decoder that shows one class alone
            return
        before, after = self.asked.images(styles), self.asked.images(shift.applied(styles, self.ends))
        changes = self.oracle.changes(before, after)
        counts = resample_counts(len(styles), resamples_for(len(styles)), self.seed)
        for name in map(str, changes):
            values = changes[name].to_numpy()
            figure = _ratio(values, np.ones(len(values)), counts, "mean change, 1 is drawing the attribute anew")
            yield self._row("change", rank, way, name, figure)
        total, largest = changes.sum(axis=1).to_numpy(), str(changes.mean().idxmax())
        words = "share of all changes that is the largest attribute's"
        yield self._row("share", rank, way, largest, _ratio(changes[largest].to_numpy(), total, counts, words))
        yield from self._flip_rows(rank, way, before, after)

    def _flip_rows(self, rank: int, way: str, before: Tensor, after: Tensor) -> Iterator[dict[str, Any]]:
        with torch.no_grad():
            flipped = (self.asked.classifier(before).argmax(1) != self.asked.classifier(after).argmax(1)).cpu()
        rule = self.design.labelling.label
        unlike: Any = np.zeros(len(before), dtype=bool)
        if set(self.design.labelling.causes) <= set(self.design.scene.visible):
            unlike = rule(self.oracle.read(before)) != rule(self.oracle.read(after))
        both = int((flipped.numpy() & unlike).sum())
        yield self._row("flips", rank, way, "", rate(int(flipped.sum()), len(before), "decisions that turn"))
        yield self._row("legit", rank, way, "", rate(both, int(flipped.sum()), "flips in which the rule turns, too"))

    def curve_rows(self) -> Iterator[dict[str, Any]]:
        """Flips under the first k attributes together: groups, coordinates, the baseline, and random ones."""
        every = list(range(self.fresh.shape[1]))
        for way, target in zip(_WAYS, (1, 0), strict=True):
            searched = (self.asked.logits(self.styles[:_SEARCHED]).argmax(1) != target).any()
            if not searched or not len(self._decided(otherwise=way == "towards")):
                continue
            view = LogOdds(self.system.classifier, label=target)
            found = find_attributes(
                self.system.decode, view, self.styles[:_SEARCHED], target=1, count=COORDINATES,
                low=self.ends.low, high=self.ends.high,
            )  # fmt: skip
            scores = StyleClassifier(decode=self.system.decode, classifier=view).logits(self.styles)[:, 1]
            lists: dict[str, Sequence[Move]] = {
                "groups": [shift if target else shift.reversed() for shift in self.groups],
                "coordinates": [one.shift for one in found],
                "wu": normalised_difference(self.styles, scores, count=COORDINATES),
            }
            for question, shifts in lists.items():
                yield from self._curve(question, way, shifts)
            yield self._row("random", COORDINATES, way, "", self._random(way, every))

    def _curve(self, question: str, way: str, shifts: Sequence[Move]) -> Iterator[dict[str, Any]]:
        styles = self._decided(otherwise=way == "towards")
        moved, n = styles, len(styles)
        for rank, shift in enumerate(shifts, start=1):
            moved = shift.applied(moved, self.ends)
            flips = int((self.asked.logits(moved).argmax(1) == (way == "towards")).sum())
            yield self._row(question, rank, way, "", rate(flips, n, f"flips under the first {rank} together"))

    def _random(self, way: str, every: list[int]) -> Figure:
        styles, flips = self._decided(otherwise=way == "towards"), []
        for draw in range(_RANDOM_DRAWS):
            moved, generator = styles, torch.Generator().manual_seed(1000 * self.seed + draw)
            for shift in random_shifts(every, COORDINATES, generator=generator):
                moved = shift.applied(moved, self.ends)
            flips.append(self.asked.logits(moved).argmax(1) == (way == "towards"))
        words = f"flips under {COORDINATES} random coordinates, mean of {_RANDOM_DRAWS} draws, which are resampled, too"
        return _mean_of_draws(torch.stack(flips).double().cpu().numpy(), self.seed, words)

    def swap_rows(self) -> Iterator[dict[str, Any]]:
        """What exchanging the two class probabilities moves; how often it turns decisions is a figure of fidelity."""
        swapped = torch.cat([self.system.condition_swapped(part) for part in self.fresh_images.split(256)])
        before, after = self.asked.images(self.fresh), self.asked.images(swapped)
        counts = resample_counts(len(before), resamples_for(len(before)), self.seed)
        changes = self.oracle.changes(before, after)
        for name in map(str, changes):
            values = changes[name].to_numpy()
            figure = _ratio(values, np.ones(len(values)), counts, "mean change, class probabilities exchanged")
            yield self._row("swap_change", 0, "both", name, figure)

    def _decided(self, *, otherwise: bool) -> Tensor:
        """Styles of the fresh images that are decided as the first class, or as the second."""
        return self.fresh[(self.decided == 0) == otherwise]

    def _row(self, question: str, rank: int, way: str, attribute: str, figure: Figure) -> dict[str, Any]:
        head = {"question": question, "rank": rank, "direction": way, "attribute": attribute}
        return {**head, **figure._asdict()}


def _ratio(values: np.ndarray, bases: np.ndarray, counts: Any, words: str) -> Figure:
    samples = bootstrap(lambda weights: (weights @ values) / (weights @ bases), counts)
    return resampled(float(values.sum() / bases.sum()), samples, len(values), words)


def _mean_of_draws(table: np.ndarray, seed: int, words: str) -> Figure:
    """Mean of (draws, images), both of which are chance."""
    resamples = resamples_for(table.shape[1])
    draws, images = (resample_counts(size, resamples, seed + place) for place, size in enumerate(table.shape))
    samples = np.einsum("rd,di,ri->r", draws, table, images, optimize=True) / table.size
    return resampled(float(table.mean()), samples, table.shape[1], words)
