import numpy as np

from reports.error_sentences import error_summary
from tests.reports.error_samples import error_tables


def test_what_the_detector_gains_is_said_with_intervals() -> None:
    (said,) = error_summary(error_tables())
    assert "0.960 [0.950, 0.970]" in said and "max softmax (MSP) with 0.900 [0.890, 0.910]" in said


def test_models_are_named_safely_where_there_are_several() -> None:
    said = error_summary(error_tables(("<b>", "vit")))
    assert len(said) == 2 and "&lt;b&gt;" in said[0]


def test_without_a_detector_that_is_said_and_without_figures_nothing_is() -> None:
    tables = error_tables()
    none = tables["errors"].copy()
    none.loc[none["score"] == "detector", ["value", "low", "high"]] = np.nan
    assert "no detector was learned" in error_summary({"errors": none})[0]
    assert error_summary({"errors": tables["errors"].assign(value=np.nan)}) == []
    assert error_summary({}) == []
