from benchmarks.formats.timm_results import TIMM_COLUMNS, timm_results
from tests.benchmarks.formats.exported import HUB_NAME, headline, metadata


def test_rows_are_those_of_timm_the_best_first() -> None:
    table = timm_results(metadata(), headline())
    assert list(table.columns) == TIMM_COLUMNS
    assert table.to_numpy().tolist() == [
        [HUB_NAME, "90.000", "10.000", "", "", "25.56", "32x48", "", ""],
        ["net.one", "81.250", "18.750", "95.000", "5.000", "25.56", "224", "0.875", "bicubic"],
    ]


def test_what_is_not_known_stays_empty() -> None:
    table = timm_results({}, headline())
    assert table.loc[1].tolist() == ["net.one", "81.250", "18.750", "95.000", "5.000", "", "", "", ""]
    assert timm_results({}, headline()[headline()["metric"] == "mCE"]).empty
