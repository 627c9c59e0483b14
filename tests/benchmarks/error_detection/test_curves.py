import numpy as np
import pytest

from benchmarks.error_detection.curves import CURVES, curve_table
from benchmarks.error_detection.table import Judged


def test_a_curve_ends_at_the_error_of_all_rows(judged: Judged) -> None:
    table = curve_table([judged])
    assert list(table.columns) == CURVES
    assert set(table["population"]) == {"clean", "mild", "corrupted"}
    assert set(table["score"]) == {"max_softmax", "tta_confidence", "negative_kl"}
    for (population, score), rows in table.groupby(["population", "score"]):
        own = judged.rows(str(score), judged.populations[str(population)])
        assert rows["coverage"].iloc[-1] == 1
        assert rows["value"].iloc[-1] == pytest.approx(1 - own.correct.mean())
        assert rows["coverage"].is_monotonic_increasing and len(rows) <= 100
        assert rows["value"].between(rows["low"], rows["high"]).all()
        middle = rows.iloc[len(rows) // 2]
        kept = own.confidence >= np.sort(own.confidence)[::-1][int(middle["n"]) - 1]
        assert middle["value"] == pytest.approx(1 - own.correct[kept].mean())
