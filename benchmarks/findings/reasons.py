"""What other commands left in the run folder, held against controls: reliance on statistics and factors, attacks."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.findings.candidate import Candidate
from benchmarks.findings.evidence import points
from benchmarks.findings.exact import binomial_greater, normal_greater
from reports.tables import each_row

__all__ = ["READ", "attacks", "factors", "statistics", "wrong_factors"]

_MARGIN = 0.05  # share of decisions
_PIXELS, _ALL = "pixels", "all"
_OWN = ("class", "residual")  # factors that ought to change decisions, or are what is left
_DEVIATION = 0.5  # of a standard deviation
_GREY_LEVEL = 1 / 255

Tables = Mapping[str, pd.DataFrame]


def statistics(tables: Tables) -> Iterator[Candidate]:
    """Two candidates for each model: statistics of pixels, and of the depth inside that changes most decisions.

    The last depth is left out: in a network that ends in an average it hands over the decision in any case.
    """
    table = tables.get("global_statistics")
    if table is None:
        return
    rows = table[(table["metric"] == "flip_rate") & (table["depth"] != _ALL) & table["value"].notna()]
    for model, own in rows.groupby("model", sort=False, observed=True):
        flips = own[own["pairs"] == "other_class"].set_index("depth")
        differences = own[own["pairs"] == "difference"].set_index("depth")
        inside = [depth for depth in differences.index if depth != _PIXELS][:-1]
        for depths in ([_PIXELS] if _PIXELS in differences.index else [], inside):
            if depths:
                yield _statistics(str(model), flips, differences.loc[depths])


def _statistics(model: str, flips: pd.DataFrame, differences: pd.DataFrame) -> Candidate:
    p = np.array([normal_greater(row.value, row.low, row.high, _MARGIN) for row in each_row(differences)])
    best = int(np.lexsort((-differences["value"].to_numpy(), p))[0])
    depth = str(differences.index[best])
    value, low, high, n = (differences[name].iloc[best] for name in ("value", "low", "high", "n"))
    whole = float(flips["value"].get(depth, float("nan")))
    where = "of the pixels" if depth == _PIXELS else f"of {depth}"
    return Candidate(
        check="statistics",
        model=model,
        subject=depth,
        statement=(
            f"global statistics {where} flip {100 * whole:.0f} % of decisions when they come from another class, "
            f"{points(value, low, high)} more than from the same class, n = {int(n)}"
        ),
        p=min(1.0, float(p[best]) * len(p)),
        value=float(value),
        low=float(low),
        high=float(high),
        unit="fraction",
        n=int(n),
        share=float(value),
        share_low=float(low),
        share_high=float(high),
        convention=str(differences["convention"].iloc[best]),
        population=int(n),
    )


def factors(tables: Tables) -> Iterator[Candidate]:
    """One candidate for each named factor of the linear map, the class apart, at every layer."""
    table = tables.get("concepts")
    if table is None:
        return
    kept = (table["map"] == "rotation") & (table["metric"] == "swap_changes") & table["value"].notna()
    for row in each_row(table[kept & ~table["factor"].isin(_OWN)]):
        hits, n = round(row.value * row.n), int(row.n)
        low, high = 100 * row.low, 100 * row.high
        yield Candidate(
            check="factor",
            model=str(row.model),
            subject=str(row.factor),
            statement=(
                f"factor “{row.factor}” changes {100 * row.value:.0f} % [{low:.0f}, {high:.0f}] of decisions when "
                f"images exchange it at {row.layer}, n = {n}"
            ),
            p=float(binomial_greater(hits, n, _MARGIN)),
            value=float(row.value),
            low=float(row.low),
            high=float(row.high),
            unit="fraction",
            n=n,
            share=float(row.value),
            share_low=float(row.low),
            share_high=float(row.high),
            convention=str(row.convention),
            population=n,
        )


def wrong_factors(tables: Tables) -> Iterator[Candidate]:
    """One candidate for each reading of a factor in confidently wrong images."""
    table = tables.get("concepts_wrong")
    if table is None:
        return
    for row in each_row(table[table["value"].notna() & (table["factor"] != "class")]):
        n, spread = int(row.n), (row.high - row.low) / (2 * stats.norm.ppf(0.975))
        p = 2 * float(stats.t.sf(abs(row.value) / spread, max(n - 1, 1))) if spread > 0 else 1.0
        does = "exaggerate" if row.value > 0 else "lack"
        nearest = row.low if row.value > 0 else -row.high
        images = n + int(row.correct)
        yield Candidate(
            check="wrong_factor",
            model=str(row.model),
            subject=str(row.factor),
            statement=(
                f"confidently wrong images {does} “{row.factor}” ({row.reading}) by {abs(row.value):.1f} standard "
                f"deviations of correct images of their class, n = {n}"
            ),
            p=min(1.0, p),
            value=float(row.value),
            low=float(row.low),
            high=float(row.high),
            unit="standard deviations",
            n=n,
            share=n / images,
            share_low=n / images,
            share_high=n / images,
            convention=str(row.convention),
            large=bool(nearest >= _DEVIATION),
            population=n,
        )


def attacks(tables: Tables) -> Iterator[Candidate]:
    """One candidate for each attacked model: changes below one grey level fool half of the images."""
    table = tables.get("errors_attacks")
    if table is None:
        return
    for row in each_row(table[(table["metric"] == "smallest_fooling") & table["value"].notna()]):
        value, low, high = (float(one) for one in (row.value, row.low, row.high))
        log, log_low, log_high = (-np.log(max(one, 1e-12) / _GREY_LEVEL) for one in (value, high, low))
        yield Candidate(
            check="attack",
            model=str(row.model),
            subject="smallest change",
            statement=(
                f"changes of {255 * value:.2f} [{255 * low:.2f}, {255 * high:.2f}] grey levels are enough to fool "
                f"half of the images, n = {int(row.n)}"
            ),
            p=normal_greater(log, log_low, log_high, 0.0),
            value=value,
            low=low,
            high=high,
            unit="share of the range of pixels",
            n=int(row.n),
            share=0.5,
            share_low=0.5,
            share_high=0.5,
            convention=str(row.convention),
            population=int(row.n),
        )


READ: dict[str, Callable[[Tables], Iterator[Candidate]]] = {
    "statistics": statistics,
    "factor": factors,
    "wrong_factor": wrong_factors,
    "attack": attacks,
}
"""Checks of tables by name."""
