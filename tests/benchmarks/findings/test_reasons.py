import pandas as pd

from benchmarks.findings.reasons import attacks, factors, statistics, wrong_factors
from tests.reports.statistics_samples import statistics_table

CONCEPT = {"model": "net", "layer": "act1", "map": "rotation", "metric": "swap_changes", "convention": "share of swaps"}


def test_statistics_have_a_candidate_for_pixels_and_one_inside_and_the_last_depth_is_left_out() -> None:
    table = statistics_table()
    pixels, inside = statistics({"global_statistics": table})
    assert pixels.subject == "pixels" and "flip 40 % of decisions" in pixels.statement and pixels.p < 1e-10
    assert inside.subject in {"stem", "layer1"}
    same = table.assign(value=0.04, low=-0.01, high=0.09)
    assert all(one.p > 0.5 for one in statistics({"global_statistics": same}))


def test_a_factor_is_held_against_a_twentieth_and_the_class_is_none() -> None:
    rows = [
        CONCEPT | {"factor": name, "value": value, "low": value - 0.02, "high": value + 0.02, "n": 500}
        for name, value in (("hue", 0.12), ("coin", 0.05), ("class", 0.8), ("residual", 0.3))
    ]
    found = {one.subject: one for one in factors({"concepts": pd.DataFrame(rows)})}
    assert set(found) == {"hue", "coin"}
    assert found["hue"].p < 1e-6 and "factor “hue” changes 12 % [10, 14] of decisions" in found["hue"].statement
    assert found["coin"].p > 0.4 and round(found["hue"].share_low, 9) == 0.1


def test_what_wrong_images_lack_needs_half_a_deviation() -> None:
    base = {
        "model": "net",
        "layer": "act1",
        "reading": "value",
        "n": 30,
        "correct": 300,
        "convention": "",
        "finding": "",
    }
    rows = [
        base | {"factor": name, "value": v, "low": v - 0.2, "high": v + 0.2} for name, v in (("a", -1.0), ("b", 0.4))
    ]
    lacking, some = wrong_factors({"concepts_wrong": pd.DataFrame(rows)})
    assert "lack “a”" in lacking.statement and lacking.large and lacking.p < 1e-6
    assert "exaggerate “b”" in some.statement and not some.large


def test_an_attack_is_news_below_one_grey_level_alone() -> None:
    base = {"model": "net", "metric": "smallest_fooling", "n": 50, "convention": "median"}
    rows = [base | {"value": v, "low": 0.8 * v, "high": 1.2 * v} for v in (0.3 / 255, 8 / 255)]
    tiny, plain = attacks({"errors_attacks": pd.DataFrame(rows)})
    assert tiny.p < 1e-6 and plain.p > 0.99
    assert "0.30 [0.24, 0.36] grey levels" in tiny.statement


def test_tables_that_are_not_there_are_not_tested() -> None:
    assert [list(read({})) for read in (statistics, factors, wrong_factors, attacks)] == [[], [], [], []]
