"""One small run from images to page, and all that is measured and drawn of it."""

from pathlib import Path

import pandas as pd
import torch

from benchmarks.engines import running_engines
from benchmarks.invariances.measuring import MEASURED
from benchmarks.invariances.results import judge, write_invariances
from benchmarks.invariances.running import sample_layers
from benchmarks.invariances.tasks import open_tasks
from benchmarks.plan import Plan
from benchmarks.request import Resolved
from benchmarks.sections import close_section, open_section
from reports.gallery import read_galleries
from tests.benchmarks.invariances.conftest import SMALL

HOW = {"device": torch.device("cpu"), "batch_size": 16}


def test_a_run_is_measured_once_and_stands_on_the_page(plan: Plan, tmp_path: Path) -> None:
    run = tmp_path / "run"
    (task,) = open_tasks(plan, SMALL, **HOW)
    open_section(Resolved(plan=plan, label_match="", preset="full"), run, section="i", device=HOW["device"], command="")
    with running_engines(plan, **HOW) as (engine,):
        sampled = sample_layers(task, run, engine)
        table = judge(sampled, run, several=False)
        before = [path.stat().st_mtime_ns for path in sorted((run / "gallery").rglob("*"))]
        pd.testing.assert_frame_equal(judge(sampled, run, several=False), table)
        assert before == [path.stat().st_mtime_ns for path in sorted((run / "gallery").rglob("*"))]
    assert list(table) == ["model", *MEASURED] and set(table["layer"]) == {"autoencoder", "layer4", "logits"}
    assert (table["low"] <= table["value"]).all() and (table["value"] <= table["high"]).all()
    assert set(table[table["map"] == "linear"]["metric"]) == set(table[table["map"] == "flow"]["metric"]) - {
        "code_loss_gain"
    }
    assert [gallery.name for gallery in read_galleries(run)] == [
        "invariances",
        "invariances_attack",
        "invariances_swaps",
    ]
    write_invariances([table], run)
    page = close_section(run).read_text(encoding="utf-8")
    assert 'id="invariances"' in page and "What looks the same to a layer" in page
    written = pd.read_csv(run / "tables" / "invariances_properties.csv")
    assert set(written["metric"]) == {"spread", "open"}
