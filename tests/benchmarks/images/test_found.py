"""What sections leave is read by image id, and nothing of what is not there."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.images.found import FOUND
from reports.tables import write_tables


def keep(path: Path, frame: pd.DataFrame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(path)


@pytest.mark.parametrize("name", FOUND)
def test_nothing_is_found_in_an_empty_folder_or_a_damaged_file(name: str, tmp_path: Path) -> None:
    assert FOUND[name](tmp_path, "m", 0) is None
    for place in ("errors/scores", "errors/radii-00", "explanations/model-01/images", "concepts/model-01/fc-readings"):
        keep(tmp_path / f"{place}.parquet", pd.DataFrame({"image_id": ["a"]}))
        (tmp_path / f"{place}.parquet").write_bytes(b"PAR1")
    assert FOUND[name](tmp_path, "m", 0) is None


def test_scores_are_of_the_clean_image_of_one_model(tmp_path: Path) -> None:
    rows = [("m", "a", 0, "ok", 0.5), ("m", "a", 3, "ok", 0.1), ("other", "a", 0, "ok", 0.2), ("m", "b", 0, "bad", 0.9)]
    frame = pd.DataFrame(rows, columns=["model", "image_id", "condition_severity", "status", "score_energy"])
    keep(tmp_path / "errors" / "scores.parquet", frame.assign(half="evaluation"))
    found = FOUND["errors"](tmp_path, "m", 0)
    assert found is not None and found.to_dict("list") == {
        "image_id": ["a"], "errors_half": ["evaluation"], "score_energy": [0.5],
    }  # fmt: skip


def test_maps_factors_statistics_and_attributes_become_columns(tmp_path: Path) -> None:
    keep(
        tmp_path / "explanations" / "model-01" / "images.parquet",
        pd.DataFrame({"image_id": ["a", "b"], "beside": [True, False], "map_area": [0.1, 0.2]}),
    )
    checks = dict.fromkeys(("insertion_mean_colour", "deletion_mean_colour", "deletion_blurred"), 0.0)
    checks |= dict.fromkeys(("sensitivity", "randomised_correlation", "relative_gap"), np.nan)
    rows = [
        {"model": "m", "image_id": one, "method": method, "insertion_blurred": value} | checks
        for one, method, value in (("a", "occlusion", 0.3), ("b", "occlusion", 0.4), ("a", "random", 0.1))
    ]
    write_tables(tmp_path, {"explanations": pd.DataFrame(rows)})
    maps = FOUND["explain"](tmp_path, "m", 0)
    assert maps is not None
    maps = maps.set_index("image_id")
    assert maps.loc["b", "explain_occlusion_insertion_blurred"] == 0.4 and maps.loc["a", "explain_beside"] == 1
    assert np.isnan(maps.loc["b", "explain_random_insertion_blurred"]) and maps.loc["a", "explain_map_area"] == 0.1

    keep(
        tmp_path / "concepts" / "model-01" / "fc_input-readings.parquet",
        pd.DataFrame({"image_id": ["a"], "hue": [2.0]}),
    )
    factors = FOUND["concepts"](tmp_path, "m", 0)
    assert factors is not None and factors.to_dict("list") == {"image_id": ["a"], "factor_fc_input_hue": [2.0]}

    depths = pd.DataFrame({"image_id": ["a", "a"], "depth": ["pixels", "layer1"], "other_class": [0.0, 1.0]})
    keep(tmp_path / "global_statistics" / "model-01" / "images.parquet", depths.assign(same_class=0.0))
    statistics = FOUND["global-statistics"](tmp_path, "m", 0)
    assert statistics is not None
    assert list(statistics.columns) == ["image_id", "statistics_flips_pixels", "statistics_flips_layer1"]

    keep(tmp_path / "stylex" / "images.parquet", pd.DataFrame({"image_id": ["a"], "attribute_1": [0.7]}))
    swings = FOUND["stylex"](tmp_path, "m", 0)
    assert swings is not None and swings["stylex_attribute_1"].tolist() == [0.7]
    assert FOUND["stylex"](tmp_path, "other", 1) is None, "a StylEx is of the first model"
