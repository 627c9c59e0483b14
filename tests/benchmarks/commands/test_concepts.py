from pathlib import Path

import pandas as pd
import pytest

from reports.records import read_run
from reports.tables import read_tables
from tests.benchmarks.conftest import AUDIT, Cli
from tests.conftest import COLOURS, write_images


@pytest.fixture
def more(model_and_data: list[str], colour_folder: Path, tmp_path: Path) -> list[str]:
    """Two dozen images a colour, and the words of a command that looks at them."""
    for name in COLOURS:
        write_images(colour_folder, name, 24)
    table = tmp_path / "seasons.csv"
    rows = [
        f"{name}/{number:03d}.png,{'warm' if name == 'red' else 'cold'}" for name in COLOURS for number in range(24)
    ]
    table.write_text("\n".join(["image_id,season", *rows]), encoding="utf-8")
    return [*model_and_data, "--attributes", str(table), "--edits", "lightness", "--flow-steps", "0"]


def test_an_audit_gets_a_section_more_and_its_errors_are_joined(cli: Cli, more: list[str], tmp_path: Path) -> None:
    run = tmp_path / "run"
    audit = [*more[:6], "--images", "30", "--corruptions", "contrast", "--severities", "1", "--out", run]
    assert cli(*AUDIT, *audit).status == 0
    before = read_run(run)
    first = cli("concepts", *more, "--components", 8, "--out", run)
    assert first.status == 0, first.err
    assert first.last_line == str(run / "report.html") and read_run(run) == before
    for words in (
        "layer       fc:input of test_resnet, 72 images",
        "factors     class, season, lightness",
        "images and edited copies: 144 of 144",
        "warning: class and season go together: Cramér's V",
        "not reweighted, effective n",
    ):
        assert words in first.out
    page = (run / "report.html").read_text(encoding="utf-8")
    assert 'id="corruptions"' in page and 'id="concepts"' in page and "Attributes that go together" in page
    tables = read_tables(run)
    wrong, concepts = tables["concepts_wrong"], tables["concepts"]
    assert set(concepts["map"]) <= {"rotation"} and len(tables["concepts_factors"]) == 3
    headline = tables["headline"].set_index("metric")
    errors = round(30 * (1 - headline.loc["accuracy", "value"]))
    assert isinstance(wrong, pd.DataFrame) and wrong["n"].le(errors).all()
    again = cli("concepts", *more, "--components", 8, "--out", run)
    assert "edited copies:" not in again.out and again.last_line == first.last_line


def test_mistakes_are_said(cli: Cli, more: list[str], tmp_path: Path) -> None:
    sketch = cli("concepts", *more, "--sketch", "stripes=none.png", "--out", tmp_path / "sketch")
    assert sketch.status == 2 and "expected --sketch NAME=first.png,second.png, got 'stripes=none.png'" in sketch.err
    wrong = cli("concepts", *more, "--layers", "nowhere", "--out", tmp_path / "run")
    assert wrong.status == 2 and "expected a layer of ResNet, got 'nowhere'" in wrong.err
    few = cli("concepts", *more, "--images", 20, "--out", tmp_path / "few")
    assert few.status == 2 and "expected an attribute with at least 20 pairs, got none" in few.err
