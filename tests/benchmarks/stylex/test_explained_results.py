"""Everything that an explained StylEx leaves in a folder."""

from pathlib import Path

import pandas as pd

from benchmarks.stylex.explained_results import write_explained_stylex
from reports.gallery import read_galleries
from reports.tables import read_tables
from tests.benchmarks.stylex.painted import painted_explained
from tests.benchmarks.stylex.small import brightness_model


def test_tables_galleries_and_frames_are_written(tmp_path: Path) -> None:
    write_explained_stylex(painted_explained(), brightness_model(), tmp_path)
    assert {"stylex_attributes", "stylex_sufficiency", "stylex_fidelity"} < set(read_tables(tmp_path))
    assert [gallery.name for gallery in read_galleries(tmp_path)] == ["stylex_attributes", "stylex_images"]
    images, table = pd.read_parquet(tmp_path / "stylex" / "images.parquet"), read_tables(tmp_path)["stylex_attributes"]
    swing = table[table["metric"].eq("swing") & table["significant"].eq("True")].set_index("attribute")["value"]
    assert len(images) == 24 and len(images.columns) == 1 + len(swing) > 1
    assert all(abs(images[f"attribute_{number}"].mean() - value) < 1e-3 for number, value in swing.items())
    fidelity = read_tables(tmp_path)["stylex_fidelity"]
    assert set(fidelity["metric"]) >= {"stylex_agreement", "stylex_swap_flips"}
    assert fidelity.set_index("metric")["value"]["stylex_agreement"] == 1
    assert len(list((tmp_path / "stylex" / "attribute-01").glob("*.webp"))) == 3
