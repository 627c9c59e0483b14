from pathlib import Path

from benchmarks.audit_sections.outcomes import OK, UNFINISHED, Outcome, outcome_table, read_outcome, write_outcome


def test_an_outcome_is_read_as_written_and_damage_counts_as_none(tmp_path: Path) -> None:
    outcome = Outcome(section="errors", status=OK, seconds=1.5, reason="", fingerprint="f")
    assert read_outcome(tmp_path, "errors") is None
    write_outcome(tmp_path, outcome)
    assert read_outcome(tmp_path, "errors") == outcome
    table = outcome_table(tmp_path, ["errors", "explain"])
    assert list(table["status"]) == [OK, UNFINISHED] and list(table["section"]) == ["errors", "explain"]
    for damaged in ("{", "[]", '{"section": "errors"}'):
        (tmp_path / "sections" / "errors.json").write_text(damaged)
        assert read_outcome(tmp_path, "errors") is None
