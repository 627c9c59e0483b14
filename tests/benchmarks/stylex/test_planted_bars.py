"""Bars are reached by figures that reach them, and missed by others."""

import pandas as pd

from benchmarks.stylex.planted_bars import BARS, judge_bars


def system(rule: str, seed: int, *, groups: dict[int, str], share: float = 0.8, flips: float = 0.9) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for way in ("towards", "away"):
        for rank, name in groups.items():
            rows += [
                {"question": "share", "rank": rank, "direction": way, "attribute": name, "value": share, "n": 50},
                {"question": "legit", "rank": rank, "direction": way, "attribute": "", "value": flips, "n": 40},
                {"question": "groups", "rank": rank, "direction": way, "attribute": "", "value": flips, "n": 50},
                {"question": "significant", "rank": rank, "direction": "both", "attribute": "", "value": 1.0, "n": 50},
            ]
        for rank in range(1, 6):
            rows.append(
                {"question": "coordinates", "rank": rank, "direction": way, "attribute": "", "value": flips, "n": 50}
            )
        rows.append({"question": "random", "rank": 5, "direction": way, "attribute": "", "value": 0.02, "n": 50})
    return pd.DataFrame(rows).assign(rule=rule, system=f"{rule}, seed {seed}")


GOOD = {1: "marker", 2: "size", 3: "hue"}


def verdicts(*systems: pd.DataFrame) -> pd.DataFrame:
    return judge_bars(pd.concat(systems, ignore_index=True)).set_index("bar")


def test_all_is_reached_where_all_is_kept() -> None:
    table = verdicts(system("marker and size", 0, groups=GOOD), system("marker and size", 1, groups=GOOD))
    assert table["reached"].all()
    assert set(table.index) == {name for name, bar in BARS.items() if "marker and size" in bar.rules}
    assert (table["kept"] == 2).all()
    assert table["highest"]["irrelevant"] == 1


def test_a_weak_share_or_another_order_misses_the_first_bar() -> None:
    weak = system("marker and size", 0, groups=GOOD, share=0.6)
    swapped = system("marker and size", 1, groups={1: "size", 2: "marker"})
    table = verdicts(weak, swapped)
    assert table["kept"]["marker"] == 0 and not table["reached"]["marker"]
    assert table["kept"]["size"] == 2 and table["reached"]["size"]


def test_an_attribute_must_be_first_in_both_directions() -> None:
    one = system("marker and size", 0, groups=GOOD)
    one.loc[(one["attribute"] == "size") & (one["direction"] == "away"), "attribute"] = "hue"
    assert verdicts(one)["kept"]["size"] == 0


def test_four_of_five_are_enough_where_that_was_promised() -> None:
    both = {1: "background", 2: "stripes", 3: "x"}
    seeds = [system("stripes and background", seed, groups=both) for seed in range(4)]
    failed = system("stripes and background", 4, groups={1: "shape", 2: "stripes", 3: "x"}, flips=0.5)
    table = verdicts(*seeds, failed)
    assert (table["kept"]["global_causes"], table["needed"]["global_causes"]) == (4, 4)
    assert table["reached"]["global_causes"]
    assert not table["reached"]["group_flips"] and not table["reached"]["irrelevant"]


def test_controls_fail_when_something_is_found() -> None:
    table = verdicts(system("coin", 0, groups={1: "hue"}), system("size", 0, groups={1: "size", 2: "marker"}))
    assert not table["reached"]["shuffled"] and not table["reached"]["absent"]
    assert verdicts(system("size", 0, groups={1: "size", 2: "hue"}))["reached"]["absent"]
