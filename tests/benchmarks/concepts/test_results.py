from pathlib import Path

import torch

from benchmarks.concepts.results import write_concepts
from benchmarks.request import Resolved
from benchmarks.sections import close_section, open_section
from tests.conftest import MakePlan
from tests.reports.concept_samples import concept_tables


def test_tables_figures_and_a_section_of_the_page(make_plan: MakePlan, colour_folder: Path, tmp_path: Path) -> None:
    resolved = Resolved(plan=make_plan(colour_folder), label_match="3 of 3", preset="full")
    open_section(resolved, tmp_path / "run", section="concepts", device=torch.device("cpu"), command="here")
    write_concepts(concept_tables(), tmp_path / "run")
    page = close_section(tmp_path / "run").read_text(encoding="utf-8")
    assert 'id="concepts"' in page and "Decisions that change with another image" in page
    assert "What confidently wrong images lack or exaggerate" in page and "linear" in page
    assert (tmp_path / "run" / "tables" / "concepts_wrong.csv").exists()
    assert (tmp_path / "run" / "figures" / "concepts_swaps_01.svg").exists()
