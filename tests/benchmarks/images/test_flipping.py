import numpy as np
import pandas as pd

from benchmarks.images.flipping import FLIPS, flip_table

INF = np.inf


def test_corruptions_are_counted_among_images_that_are_correct_at_first() -> None:
    frame = pd.DataFrame(
        {
            "model": "m",
            "correct": [True, True, True, True, False],
            "flip_severity_fog": [1.0, 3.0, INF, INF, 1.0],
            "flip_severity_blur": [INF, 3.0, 2.0, INF, 1.0],
        }
    )
    table = flip_table(frame)
    assert list(table.columns) == FLIPS
    values = table.set_index(["condition_name", "metric"])["value"]
    assert values["fog", "flips_first"] == 2 / 4 and values["blur", "flips_first"] == 2 / 4, "both first at once count"
    assert values["fog", "flips_mildest"] == 1 / 4 and values["blur", "flips_mildest"] == 0
    assert values["fog", "flips_ever"] == 2 / 4 and values["blur", "flips_ever"] == 2 / 4
    assert (
        (table["n"] == 4).all() and (table["low"] <= table["value"]).all() and (table["value"] <= table["high"]).all()
    )


def test_without_flips_there_is_no_row() -> None:
    assert flip_table(pd.DataFrame({"model": ["m"], "correct": [True]})).empty
    assert flip_table(pd.DataFrame({"model": ["m"], "correct": [False], "flip_severity_fog": [1.0]})).empty
