from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from PIL import Image

from benchmarks.concepts.running import TABLES, Settings, find_concepts, left_to_see, open_work
from benchmarks.concepts.sketches import parse_sketches
from benchmarks.plan import Plan
from reports.gallery import Gallery
from tests.conftest import COLOURS, MakePlan, write_images
from xai.iin import FlowRecipe, load_network

CPU = torch.device("cpu")
SETTINGS = Settings(recipe=FlowRecipe(steps=2, blocks=1, hidden=4))


@pytest.fixture
def plan(make_plan: MakePlan, tmp_path: Path) -> Plan:
    for name in COLOURS:
        write_images(tmp_path / "many", name, 40)
    return make_plan(tmp_path / "many")


def table_of(plan: Plan, path: Path, tied: Callable[[int, str], str]) -> Path:
    rows = [f"{one.image_id},{tied(place, one.class_name)}" for place, one in enumerate(plan.samples.entries)]
    path.write_text("\n".join(["image_id,season", *rows]), encoding="utf-8")
    return path


def found(plan: Plan, settings: Settings, run: Path, **more: Any) -> dict[str, pd.DataFrame]:
    works = open_work(plan, settings, device=CPU, batch_size=16)
    return find_concepts(works, run, device=CPU, batch_size=16, **more)


def test_the_class_decides_and_a_second_run_reads_what_is_there(plan: Plan, tmp_path: Path) -> None:
    seen: list[int] = []
    galleries: list[Gallery] = []
    works = open_work(plan, SETTINGS, device=CPU, batch_size=16)
    assert left_to_see(works, tmp_path / "run") == 120 and works[0].layer == "head:input"
    tables = found(plan, SETTINGS, tmp_path / "run", on_images=seen.append, on_gallery=galleries.append)
    assert set(tables) == set(TABLES) and sum(seen) == 120
    concepts = tables["concepts"]
    assert list(concepts.columns[:3]) == ["model", "layer", "map"] and set(concepts["map"]) == {"rotation", "flow"}
    swaps = concepts[concepts["metric"].eq("swap_changes") & concepts["factor"].eq("class")]
    assert swaps["value"].gt(0.2).all() and len(swaps) == 2
    assert [gallery.name for gallery in galleries] == ["concepts_swaps_01", "concepts_alike_01"]
    network = load_network(tmp_path / "run" / "concepts" / "model-01" / "head_input-rotation.safetensors")
    assert network.factors == ("class",)
    assert left_to_see(works, tmp_path / "run") == 0
    readings = pd.read_parquet(tmp_path / "run" / "concepts" / "model-01" / "head_input-readings.parquet")
    assert list(readings.columns) == ["image_id", "class"] and readings["image_id"].tolist() == list(
        works[0].pictures.ids
    )
    again = found(plan, SETTINGS, tmp_path / "run", on_gallery=galleries.append)
    assert len(galleries) == 2 and all(again[name].equals(tables[name]) for name in TABLES)
    assert left_to_see(open_work(plan, Settings(), device=CPU, batch_size=16), tmp_path / "run") == 120


def test_attributes_and_edits_become_factors_or_are_said(plan: Plan, tmp_path: Path) -> None:
    table = table_of(plan, tmp_path / "t.csv", lambda place, _: "cold" if place * 7919 % 13 < 6 else "warm")
    tables = found(plan, Settings(table=table, edits=("lightness",)), tmp_path / "run")
    factors = tables["concepts_factors"].set_index("factor")
    assert factors.loc["season", "statement"].startswith("season: not represented")
    assert factors["source"].to_dict() == {"class": "class labels", "season": "attribute table"} | {
        "lightness": "edited copies"
    }
    assert not tables["concepts_association"]["associated"].any()
    leaks = tables["concepts"][tables["concepts"]["metric"] == "leakage"].set_index(["factor", "other"])
    assert leaks.loc[("all features", "lightness"), "value"] > 0.2


def test_two_sketches_become_a_factor(plan: Plan, tmp_path: Path) -> None:
    """Redder or greener by two flat sketches: the classifier of colours listens."""
    for name, colour in (("red", (230, 30, 30)), ("green", (30, 230, 30))):
        Image.new("RGB", (24, 24), colour).save(tmp_path / f"{name}.png")
    text = f"tint={tmp_path / 'red.png'},{tmp_path / 'green.png'}"
    settings = Settings(sketches=(parse_sketches(text),))
    works, seen = open_work(plan, settings, device=CPU, batch_size=16), list[int]()
    tables = found(plan, settings, tmp_path / "run", on_images=seen.append)
    assert works[0].named == ("class", "tint")
    assert left_to_see(works, tmp_path / "other") == sum(seen) == 120 + 4 * 120
    factors = tables["concepts_factors"].set_index("factor")
    assert factors.loc["tint", "source"] == "two sketches" and factors.loc["tint", "pairs"] == 120
    assert factors.loc["tint", "represented"]
    swaps = tables["concepts"].query("metric == 'swap_changes' and factor == 'tint'")
    assert swaps["value"].item() > 0.3
    with pytest.raises(ValueError, match="expected --sketch with a name other than class, residual, tint, got 'tint'"):
        open_work(plan, Settings(edits=(), sketches=settings.sketches * 2), device=CPU, batch_size=16)


def test_attributes_that_go_with_the_class_are_reweighted_and_said(plan: Plan, tmp_path: Path) -> None:
    words = {True: "warm", False: "cold"}
    mostly = table_of(plan, tmp_path / "t.csv", lambda place, name: words[(name == "red") != (place % 4 == 0)])
    (row,) = found(plan, Settings(table=mostly), tmp_path / "run")["concepts_association"].to_dict("records")
    assert row["associated"] and row["reweighted"] and row["after"] < 0.1 < row["low"]
    assert 50 < row["effective_n"] < 120
    tied = table_of(plan, tmp_path / "u.csv", lambda _, name: "warm" if name == "red" else "cold")
    (row,) = found(plan, Settings(table=tied), tmp_path / "other")["concepts_association"].to_dict("records")
    assert row["associated"] and not row["reweighted"] and row["after"] > 0.9  # no red image is cold


def test_mistakes_are_said_before_work_starts(plan: Plan) -> None:
    with pytest.raises(ValueError, match="expected --edits among hue"):
        open_work(plan, Settings(edits=("none",)), device=CPU, batch_size=16)
    with pytest.raises(ValueError, match="expected a layer of ColourNet, got 'layer9'; there are norm, head"):
        open_work(plan, Settings(layers=("layer9",)), device=CPU, batch_size=16)
