from pathlib import Path

import pandas as pd
import pytest

from benchmarks.stylex import Explained, ExplainSetting, StylexData
from tests.benchmarks.conftest import Cli
from tests.benchmarks.stylex.painted import painted_explained
from xai.stylex import StylEx


def test_a_trained_stylex_is_explained_and_strangers_are_refused(
    cli: Cli, model_and_data: list[str], two_models: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained, run = tmp_path / "stylex", tmp_path / "run"
    small = ["--classes", "red,blue", "--side", 8, "--steps", 2, "--batch-size", 4, "--anyway", "--device", "cpu"]
    assert cli("stylex", "train", *model_and_data, *small, "--out", trained).status == 0
    wanted = ["stylex", "explain", "--load", trained, *model_and_data, "--device", "cpu"]
    asked = []

    def explain(system: StylEx, data: StylexData, *, setting: ExplainSetting) -> Explained:
        asked.append((system.side, len(data.images), setting))
        return painted_explained(label=0)

    monkeypatch.setattr("benchmarks.audit_sections.stylex.explain_system", explain)
    outcome = cli(*wanted, "--images", 12, "--label", "red", "--out", run)
    assert outcome.status == 0, outcome.err
    assert outcome.last_line == str(run / "report.html")
    assert "16 images to search, 4 held out" in outcome.out and "other data" not in outcome.out
    table = pd.read_csv(run / "tables" / "stylex_attributes.csv")
    assert set(table["class_name"]) == {"red"}
    assert asked == [(8, 16, ExplainSetting(label=0, searched=12))]
    assert (
        "attribute 1 swing +" in outcome.out
        and "red turned away by the first k attributes: 0: 0%, 1: 100%" in outcome.out
    )
    assert 'id="attributes"' in (run / "report.html").read_text(encoding="utf-8")
    unknown = cli(*wanted, "--label", "green")
    assert unknown.status == 2 and "expected --label among red, blue, got 'green'" in unknown.err
    other = cli("stylex", "explain", "--load", trained, *two_models[:4], *model_and_data[4:])
    assert other.status == 2 and "train one for this classifier" in other.err
