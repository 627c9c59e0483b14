from pathlib import Path

from benchmarks.audit_sections import Explainers
from benchmarks.audit_sections.stylex import STYLEX, stylex_file
from tests.benchmarks.audit_sections.conftest import MakeJob


def test_the_section_needs_a_trained_stylex(make_job: MakeJob, tmp_path: Path) -> None:
    assert "--stylex FOLDER" in STYLEX.reason_against(make_job()) and STYLEX.asked(make_job()) is None
    assert STYLEX.reason_against(make_job(explainers=Explainers(stylex=tmp_path))) == ""
    assert STYLEX.cost(make_job()).seconds > 0


def test_a_folder_stands_for_the_file_in_it(tmp_path: Path) -> None:
    assert stylex_file(tmp_path) == tmp_path / "stylex.safetensors"
    assert stylex_file(tmp_path / "mine.safetensors") == tmp_path / "mine.safetensors"
