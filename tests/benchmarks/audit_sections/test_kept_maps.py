from pathlib import Path

import pandas as pd
import pyarrow as pa
import torch

from benchmarks.audit_sections.kept_maps import kept_maps
from benchmarks.explanations.maps import maps_column
from benchmarks.parts import write_part
from reports.tables import write_tables


def test_the_method_that_deletion_and_insertion_believe_most_is_taken(tmp_path: Path) -> None:
    checks = {"occlusion": (0.9, 0.2), "smooth_grad": (0.8, 0.5), "random": (0.99, 0.0)}
    rows = [
        {"model": "m", "group": "random", "method": method, "metric": f"{metric}_blurred", "value": value}
        for method, both in checks.items()
        for metric, value in zip(("insertion", "deletion"), both, strict=True)
    ]
    assert kept_maps(tmp_path, "m", 0).method == ""
    write_tables(tmp_path, {"explanations_summary": pd.DataFrame(rows)})
    assert kept_maps(tmp_path, "m", 0).maps == {}, "no maps are there"
    maps, folder = torch.rand(3, 4, 5), tmp_path / "explanations" / "model-01"
    write_part(pa.table({"map": maps_column(maps)}), folder / "occlusion.parquet", "f")
    write_part(pa.table({"image_id": ["a", "b"]}), folder / "images.parquet", "f")
    kept = kept_maps(tmp_path, "m", 0)
    assert kept.method == "occlusion" and set(kept.maps) == {"a", "b"}, "later maps are of the true class"
    assert (torch.from_numpy(kept.maps["b"]) == maps[1]).all()
    write_part(pa.table({"image_id": ["a", "b", "c", "d"]}), folder / "images.parquet", "f")
    assert kept_maps(tmp_path, "m", 0).maps == {}, "of another choice of images"
