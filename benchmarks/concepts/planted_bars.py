"""What planted trials come to together, beside the bars that factors should reach.

A figure is the mean over seeds with Student's interval over them, each seed being another data set, classifier and
flow; ``worst`` is the seed that does worst.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.concepts.fitting import FLOW, ROTATION
from benchmarks.concepts.measuring import CAUSE
from benchmarks.concepts.planted_trials import COIN, Findings, Trial
from benchmarks.error_study.bars import Bar
from benchmarks.metrics import wilson
from benchmarks.planted import ATTRIBUTES, RULES, find_rule
from benchmarks.summary.figures import FIGURE, Figure, rate
from xai.iin import RESIDUAL

__all__ = ["BARS", "bar_table", "over_seeds", "planted_trials"]

BARS = ["classifier", "map", "factor", "question", *FIGURE, "worst", "needed", "reached"]
"""Columns of the table of bars."""

TIED = 0.95
"""Share of a biased pool whose marker agrees with the shape."""

_BIASED_RULE = "marker_and_size"
_SHORTCUTS = (("size", 1.0), ("shape", 0.75))  # rules and ties: one that pays, and one that hardly does
_SHORT, _JUDGED = 200, 1000  # steps of classifiers with shortcuts, which are learned early, and images to judge by
_USED, _UNUSED = 0.10, 0.05  # of the oracle's decisions: a shortcut is used above, not used below
_RECALL = {"size": Bar(least=0.90)}
_OTHERWISE = Bar(least=0.95)
_FALSE, _AGREE, _DONOR = Bar(most=0.03), Bar(least=0.96), Bar(least=0.98)
_EXCESS, _LEAK, _RESIDUAL_LEAK, _BIASED = Bar(most=0.02), Bar(most=0.10), Bar(most=0.20), Bar(most=0.04)
_COIN = Bar(least=0.95)
_NONE = Bar()
_RECALLED = "of swaps whose oracle changes the decision, share with the oracle's"
_FALSELY = "of swaps whose oracle keeps the decision, share that change it"
_AGREED = "share of swaps with the oracle's decision"
_TO_DONOR = "of swaps between decisions, share with the donor's"


def planted_trials(
    rules: Sequence[str], seeds: Sequence[int], shortcut_seeds: Sequence[int], *, steps: int
) -> list[Trial]:
    """Every trial: rules with independent pools and a flow, one of them with biased pools, shortcuts used and not used.

    Args:
        rules: keys of :data:`benchmarks.planted.RULES`.
        seeds: of the rules.
        shortcut_seeds: of the shortcuts.
        steps: of the flow.

    Raises:
        ValueError: there is no such rule.
    """
    trials = []
    for seed, rule in product(seeds, rules):
        find_rule(rule)
        trials.append(Trial(rule=rule, seed=seed, steps=steps))
        if rule == _BIASED_RULE:
            trials += [
                Trial(rule=rule, seed=seed, tied=TIED, reweighted=reweighted, steps=0) for reweighted in (False, True)
            ]
    for seed in shortcut_seeds:
        for rule, correlation in _SHORTCUTS:
            trials.append(
                Trial(rule=rule, correlation=correlation, seed=seed, steps=0, training=_SHORT, judged=_JUDGED)
            )
    return trials


def bar_table(found: Sequence[Findings]) -> pd.DataFrame:
    """Every figure beside its bar: columns :data:`BARS`."""
    plain = [one for one in found if one.trial.plain]
    rules = dict.fromkeys(one.trial.rule for one in plain)
    rows = [row for rule in rules for row in _rule_rows(rule, [one for one in plain if one.trial.rule == rule])]
    rows += [*_coin_rows(plain), *_biased_rows(found), *_shortcut_rows(found)]
    return pd.DataFrame(rows, columns=BARS)


def over_seeds(values: Sequence[float], convention: str) -> Figure:
    """The mean over seeds with Student's interval, within 0..1 where all values are.

    Example:
        >>> over_seeds([0.8, 0.9], "share")[:3]
        (0.85..., 0.21..., 1.0)
    """
    known = np.array([value for value in values if math.isfinite(value)])
    said = f"{convention}; mean over seeds, Student 95 % over them"
    if not known.size:
        return Figure(math.nan, math.nan, math.nan, 0, said)
    mean = float(known.mean())
    spread = known.std(ddof=1) / math.sqrt(known.size) if known.size > 1 else math.inf
    half = float(stats.t.ppf(0.975, max(known.size - 1, 1)) * spread)
    shares = bool((known >= 0).all() and (known <= 1).all())
    low, high = (max(0.0, mean - half), min(1.0, mean + half)) if shares else (mean - half, mean + half)
    return Figure(mean, low, high, int(known.size), said)


def _rule_rows(rule: str, found: Sequence[Findings]) -> Iterator[dict[str, Any]]:
    causes = RULES[rule].causes
    for name in (ROTATION, FLOW):
        mine = [one for one in found if (one.outcomes["map"] == name).any()]
        for cause in causes if mine else ():
            swaps = [_swaps(one, name, cause) for one in mine]
            needed = _RECALL.get(cause, _OTHERWISE)
            yield _row(rule, name, cause, "recall", [_recall(one) for one in swaps], needed, _RECALLED)
            yield _row(rule, name, cause, "false changes", [_false(one) for one in swaps], _FALSE, _FALSELY)
            yield _row(rule, name, cause, "agreement", [_agree(one) for one in swaps], _AGREE, _AGREED)
            if len(causes) == 1:
                yield _row(rule, name, cause, "donor's decision", [_donor(one) for one in swaps], _DONOR, _TO_DONOR)
        if mine:
            excess = [max(_excess(one, name, causes)) for one in mine]
            said = "decisions changed beyond the oracle's share, the factor that is worst"
            yield _row(rule, name, "others", "irrelevant changes", excess, _EXCESS, said)
            for factor, bar in (("named", _LEAK), (RESIDUAL, _RESIDUAL_LEAK)):
                leaks = [max(_leaks(one, name, factor), default=math.nan) for one in mine]
                yield _row(rule, name, factor, "leakage", leaks, bar, "R^2 of the attribute that is read best")


def _coin_rows(found: Sequence[Findings]) -> Iterator[dict[str, Any]]:
    absent = [one.facts[one.facts["metric"] == "coin_dimensions"]["value"].eq(0) for one in found]
    if absent:
        hits, draws = sum(int(one.sum()) for one in absent), sum(len(one) for one in absent)
        figure = rate(hits, draws, "draws of a coin that are not represented")
        worst = min(float(one.mean()) for one in absent)
        yield _figure_row("all", "pairs", COIN, "not represented", figure, worst, _COIN)


def _biased_rows(found: Sequence[Findings]) -> Iterator[dict[str, Any]]:
    for reweighted, words in ((False, "biased pool"), (True, "biased pool, reweighted")):
        mine = [one for one in found if one.trial.tied is not None and one.trial.reweighted == reweighted]
        if not mine:
            continue
        refused = [one for one in mine if (one.facts["metric"] == "refused").any()]
        figure = rate(len(refused), len(mine), "pools whose factors cannot be told apart, which is said")
        yield _figure_row(words, ROTATION, "", "refused", figure, math.nan, _NONE)
        warned = [bool((one.facts["metric"] == "association").any()) for one in mine]
        figure = rate(sum(warned), len(mine), "pools whose association is found")
        yield _figure_row(words, "pairs", "marker, shape", "warned", figure, math.nan, Bar(least=1))
        kept = [one for one in mine if one not in refused]
        if not kept:
            continue
        changes = [max(_changes(one, RULES[one.trial.rule].causes)) for one in kept]
        bar = _BIASED if reweighted else _NONE
        said = "decisions changed by swaps of an irrelevant factor, the factor that is worst"
        yield _row(words, ROTATION, "others", "irrelevant changes", changes, bar, said)
        for cause in RULES[kept[0].trial.rule].causes:
            swaps = [_swaps(one, ROTATION, cause) for one in kept]
            yield _row(words, ROTATION, cause, "recall", [_recall(one) for one in swaps], _NONE, _RECALLED)
            yield _row(words, ROTATION, cause, "agreement", [_agree(one) for one in swaps], _NONE, _AGREED)
        effective = [_fact(one, "effective_n") for one in kept]
        yield _row(words, "pairs", "", "effective n", effective, _NONE, "Kish, of 2,000 images")


def _shortcut_rows(found: Sequence[Findings]) -> Iterator[dict[str, Any]]:
    planted = [one for one in found if one.trial.correlation is not None]
    truth = {id(one): _changed(one, "oracle") for one in planted}
    for words, chosen, bar in (
        ("shortcut that is used", [one for one in planted if truth[id(one)][0] > _USED], Bar(least=1)),
        ("shortcut that is not used", [one for one in planted if truth[id(one)][1] < _UNUSED], Bar(most=0)),
    ):
        if chosen:
            named = sum(_changed(one, "after")[0] > CAUSE for one in chosen)
            said = f"classifiers whose marker is named as a cause: more than {CAUSE:.0%} of swaps change the decision"
            figure = rate(named, len(chosen), said)
            yield _figure_row(words, ROTATION, "marker", "named as a cause", figure, math.nan, bar)
            swaps = [_swaps(one, ROTATION, "marker") for one in chosen]
            yield _row(words, ROTATION, "marker", "agreement", [_agree(one) for one in swaps], _NONE, _AGREED)


def _changed(one: Findings, column: str) -> tuple[float, float]:
    """Wilson's interval of the share of marker swaps that change the decision, by the oracle or by the factor."""
    swaps = _swaps(one, ROTATION, "marker")
    low, high = wilson((swaps[column] != swaps["before"]).sum(), len(swaps))
    return float(low), float(high)


def _swaps(one: Findings, name: str, factor: str) -> pd.DataFrame:
    return one.outcomes[(one.outcomes["map"] == name) & (one.outcomes["factor"] == factor)]


def _recall(swaps: pd.DataFrame) -> float:
    chosen = swaps[swaps["oracle"] != swaps["before"]]
    return float((chosen["after"] == chosen["oracle"]).mean())


def _false(swaps: pd.DataFrame) -> float:
    chosen = swaps[swaps["oracle"] == swaps["before"]]
    return float((chosen["after"] != chosen["before"]).mean())


def _agree(swaps: pd.DataFrame) -> float:
    return float((swaps["after"] == swaps["oracle"]).mean())


def _donor(swaps: pd.DataFrame) -> float:
    chosen = swaps[swaps["donor"] != swaps["before"]]
    return float((chosen["after"] == chosen["donor"]).mean())


def _excess(one: Findings, name: str, causes: Iterable[str]) -> Iterator[float]:
    for factor in one.outcomes["factor"].unique():
        if factor not in causes:
            swaps = _swaps(one, name, factor)
            yield float((swaps["after"] != swaps["before"]).mean() - (swaps["oracle"] != swaps["before"]).mean())


def _changes(one: Findings, causes: Iterable[str]) -> Iterator[float]:
    for factor in one.outcomes["factor"].unique():
        if factor not in causes:
            swaps = _swaps(one, ROTATION, factor)
            yield float((swaps["after"] != swaps["before"]).mean())


def _leaks(one: Findings, name: str, factor: str) -> Iterator[float]:
    """R^2 of every attribute in factors that are not its own: of one factor, or of all that are named."""
    facts = one.facts[(one.facts["metric"] == "leakage") & (one.facts["map"] == name)]
    for row in facts.to_dict("records"):
        named = row["factor"] in ATTRIBUTES
        own = row["other"].partition(" (")[0] == row["factor"]
        if not own and (row["factor"] == factor or (factor == "named" and named)):
            yield float(row["value"])


def _fact(one: Findings, metric: str) -> float:
    return float(one.facts[one.facts["metric"] == metric]["value"].iloc[0])


def _row(
    classifier: str, name: str, factor: str, question: str, values: Sequence[float], bar: Bar, said: str
) -> dict[str, Any]:
    worst: Callable[[Sequence[float]], float] = np.nanmin if math.isinf(bar.most) else np.nanmax
    return _figure_row(classifier, name, factor, question, over_seeds(values, said), float(worst(values)), bar)


def _figure_row(
    classifier: str, name: str, factor: str, question: str, figure: Figure, worst: float, bar: Bar
) -> dict[str, Any]:
    head = {"classifier": classifier.replace("_", " "), "map": name, "factor": factor, "question": question}
    return {**head, **figure._asdict(), "worst": worst, "needed": str(bar), "reached": bar.reached(figure.value)}
