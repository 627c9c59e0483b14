from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.images import join_images
from benchmarks.images.recorded import recorded_images


def test_sections_are_joined_by_image_and_gaps_are_nan(run: Path) -> None:
    before = join_images(run)
    pd.testing.assert_frame_equal(before, recorded_images(run))
    some = before["image_id"].iloc[[4, 2]].tolist()
    (run / "errors").mkdir()
    radii = pd.DataFrame({"model": "colour", "image_id": [*some, "elsewhere"], "smallest_fooling": [0.1, np.inf, 0.3]})
    radii.assign(smallest_evading=0.2).to_parquet(run / "errors" / "radii-00.parquet")
    joined = join_images(str(run)).set_index("image_id")
    assert len(joined) == 30 and joined["attack_smallest_fooling"].notna().sum() == 2
    assert joined.loc[some[0], "attack_smallest_fooling"] == 0.1
    assert joined.loc[some[1], "attack_smallest_fooling"] == np.inf, "none was found, which is not unknown"


def test_a_folder_without_an_audit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"expected a run folder with run.json"):
        join_images(tmp_path)
    (tmp_path / "run.json").write_text('{"models": [{"name": "m"}]}')
    with pytest.raises(FileNotFoundError, match="found none; run the audit first"):
        join_images(tmp_path)
