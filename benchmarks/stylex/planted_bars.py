"""What was promised of planted systems, and how many of them keep it.

The bars were written down before the systems were trained. Each asks something of every seed of a rule; how many seeds
must keep it stands beside how many do.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from benchmarks.planted import RULES
from benchmarks.stylex.planted_judging import COORDINATES, GROUPS

__all__ = ["BARS", "Bar", "judge_bars"]

_WAYS = ("towards", "away")


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One promise.

    Attributes:
        rules: that it holds of: names of systems without their seed.
        words: what is asked of one system.
        kept: rows of one system to whether it is kept, and the figure that decides.
        needed: share of the seeds that must keep it.
    """

    rules: tuple[str, ...]
    words: str
    kept: Callable[[pd.DataFrame], tuple[bool, float]]
    needed: float


def _pick(rows: pd.DataFrame, question: str, rank: int, way: str) -> float:
    found = rows[(rows["question"] == question) & (rows["rank"] == rank) & (rows["direction"] == way)]["value"]
    return float(found.iloc[0]) if len(found) else 0.0


def _worse(question: str, rank: int) -> Callable[[pd.DataFrame], float]:
    """The figure in the worse direction; where fewer were found than asked for, under all that were."""

    def value(rows: pd.DataFrame) -> float:
        there = int(rows[rows["question"] == question]["rank"].max()) if (rows["question"] == question).any() else 0
        return min(_pick(rows, question, min(rank, there), way) for way in _WAYS)

    return value


def _largest(rows: pd.DataFrame, rank: int) -> dict[str, tuple[str, float]]:
    """For each direction, what a group moves most and its share of all changes."""
    shares = rows[(rows["question"] == "share") & (rows["rank"] == rank)].set_index("direction")
    return {way: (str(shares["attribute"][way]), float(shares["value"][way])) for way in shares.index}


def _dominates(attribute: str, ranks: range, least: float = 0.0) -> Callable[[pd.DataFrame], tuple[bool, float]]:
    """Whether an attribute is the largest change of one of the groups, in both directions; and its smaller share."""

    def kept(rows: pd.DataFrame) -> tuple[bool, float]:
        shares = [
            min(share for _, share in found.values())
            for found in (_largest(rows, rank) for rank in ranks)
            if found and all(name == attribute for name, _ in found.values())
        ]
        return max(shares, default=0.0) >= least and bool(shares), max(shares, default=0.0)

    return kept


def _all_of(*attributes: str) -> Callable[[pd.DataFrame], tuple[bool, float]]:
    def kept(rows: pd.DataFrame) -> tuple[bool, float]:
        each = [_dominates(name, range(1, GROUPS + 1))(rows) for name in attributes]
        return all(one for one, _ in each), min(share for _, share in each)

    return kept


def _at_least(value: Callable[[pd.DataFrame], float], least: float) -> Callable[[pd.DataFrame], tuple[bool, float]]:
    return lambda rows: (value(rows) >= least, value(rows))


def _legitimate(rows: pd.DataFrame) -> float:
    """Legitimate part of all flips under the first three groups, each alone."""
    legit = rows[(rows["question"] == "legit") & rows["value"].notna()]
    return float((legit["value"] * legit["n"]).sum() / legit["n"].sum()) if legit["n"].sum() else 0.0


def _irrelevant(rows: pd.DataFrame) -> float:
    """Groups among the first three whose largest change is no cause of the rule, in either direction."""
    causes = RULES[str(rows["rule"].iloc[0]).partition(",")[0].replace(" ", "_")].causes
    groups = [_largest(rows, rank) for rank in range(1, GROUPS + 1)]
    return float(sum(any(name not in causes for name, _ in found.values()) for found in groups))


def _at_most(value: Callable[[pd.DataFrame], float], most: float) -> Callable[[pd.DataFrame], tuple[bool, float]]:
    return lambda rows: (value(rows) <= most, value(rows))


def _random(rows: pd.DataFrame) -> float:
    return max(_pick(rows, "random", COORDINATES, way) for way in _WAYS)


def _significant(rows: pd.DataFrame) -> float:
    return float(rows[rows["question"] == "significant"]["value"].sum())


def _marker_found(rows: pd.DataFrame) -> float:
    """Significant groups whose largest change is the marker, in either direction."""
    passed = rows[(rows["question"] == "significant") & (rows["value"] == 1)]["rank"]
    return float(sum(any(name == "marker" for name, _ in _largest(rows, rank).values()) for rank in passed))


_CAUSES = ("marker and size", "stripes and background")

BARS: dict[str, Bar] = {
    "marker": Bar(
        rules=("marker and size",), words="the first group moves the marker most, share >= .7, both directions",
        kept=_dominates("marker", range(1, 2), 0.7), needed=1.0,
    ),
    "size": Bar(
        rules=("marker and size",), words="one of three groups moves the size most, both directions",
        kept=_dominates("size", range(1, GROUPS + 1)), needed=0.8,
    ),
    "global_causes": Bar(
        rules=("stripes and background",), words="two of three groups move stripes and background most, both ways",
        kept=_all_of("stripes", "background"), needed=0.8,
    ),
    "group_flips": Bar(
        rules=_CAUSES, words="two groups turn >= 80 % in the worse direction", kept=_at_least(_worse("groups", 2), 0.8),
        needed=1.0,
    ),
    "coordinate_flips": Bar(
        rules=_CAUSES, words="five coordinates turn >= 60 % in the worse direction",
        kept=_at_least(_worse("coordinates", COORDINATES), 0.6), needed=1.0,
    ),
    "legitimate": Bar(
        rules=_CAUSES, words=">= 90 % of flips under single groups are the rule's, too",
        kept=_at_least(_legitimate, 0.9), needed=1.0,
    ),
    "irrelevant": Bar(
        rules=_CAUSES, words="at most one of three groups moves something else most", kept=_at_most(_irrelevant, 1),
        needed=1.0,
    ),
    "random": Bar(
        rules=_CAUSES, words="five random coordinates turn <= 5 %", kept=_at_most(_random, 0.05), needed=1.0
    ),
    "shuffled": Bar(
        rules=("coin",), words="no group of shuffled labels passes its check", kept=_at_most(_significant, 0),
        needed=1.0,
    ),
    "absent": Bar(
        rules=("size",), words="no group that passes its check moves an unplanted marker most",
        kept=_at_most(_marker_found, 0), needed=1.0,
    ),
}  # fmt: skip
"""Every promise by name."""


def judge_bars(judged: pd.DataFrame) -> pd.DataFrame:
    """Ask every bar of the systems that it speaks of.

    Args:
        judged: from :func:`~benchmarks.stylex.planted_running.find_systems`.

    Returns:
        A row per bar and rule: ``rule``, ``bar``, ``words``, ``kept`` and ``systems`` counted, ``needed`` as a count,
        ``lowest`` and ``highest`` figure of any seed, and whether the bar is ``reached``.
    """
    rows = []
    for name, bar in BARS.items():
        for rule in bar.rules:
            systems = [own for _, own in judged[judged["rule"] == rule].groupby("system")]
            if not systems:
                continue
            answers = [bar.kept(own) for own in systems]
            kept, needed = sum(answer for answer, _ in answers), -int(-bar.needed * len(systems) // 1)
            figures = [figure for _, figure in answers]
            rows.append(
                {
                    "rule": rule, "bar": name, "words": bar.words, "kept": kept, "systems": len(systems),
                    "needed": needed, "lowest": min(figures), "highest": max(figures), "reached": kept >= needed,
                }
            )  # fmt: skip
    columns = ["rule", "bar", "words", "kept", "systems", "needed", "lowest", "highest", "reached"]
    return pd.DataFrame(rows, columns=columns)
