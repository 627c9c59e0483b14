import math

import pandas as pd

from reports.study_views import study_bars_view, study_view

HEAD = {"classifier": "net, seed 1", "group": "counted", "population": "mild", "errors": 250}


def row(score: str, against: str, metric: str, value: float) -> dict[str, object]:
    return HEAD | {"score": score, "against": against, "metric": metric, "value": value, "low": value, "high": value}


def test_a_classifier_is_one_row_with_its_comparisons_across() -> None:
    rows = [
        row("", "", "accuracy", 0.9),
        row("max_softmax", "", "auroc", 0.91),
        row("detector", "max_softmax", "auroc_gain", 0.04),
        row("detector", "tta_confidence", "auroc_gain", math.nan),
        row("detector", "max_softmax", "augrc_change", -0.25),
    ]
    view = study_view(pd.DataFrame(rows))
    (only,) = view.rows
    texts = [cell.text for cell in only]
    assert len(texts) == len(view.heads)
    assert texts[:5] == ["net, seed 1", "counted", "clean and mildly corrupted", "0.900 [0.900, 0.900]", "250"]
    assert texts[6].startswith("0.040") and texts[7] == texts[8] == "–" and texts[9].startswith("-0.250")


def test_bars_stand_beside_what_was_found() -> None:
    found = {"population": "mild", "n": 10, "low": math.nan, "high": math.nan}
    rows = [
        found
        | {"question": "AUROC above max_softmax: intervals above 0", "value": 9.0, "needed": ">= 8", "reached": "yes"},
        found
        | {"question": "AUROC above tta_confidence: mean", "value": 0.02, "needed": math.nan, "reached": math.nan},
    ]
    first, second = study_bars_view(pd.DataFrame(rows)).rows
    assert [cell.text for cell in first][2:] == ["9", "10", ">= 8", "yes"]
    assert first[0].text == "AUROC above max softmax (MSP): intervals above 0"
    assert [cell.text for cell in second][2:] == ["0.020", "10", "", ""]
