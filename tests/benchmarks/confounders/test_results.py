import pandas as pd
import pytest
import torch

from benchmarks.confounders.finding import Asked
from benchmarks.confounders.measuring import MEASURED
from benchmarks.confounders.results import judge_confounders, steps_left, write_confounders
from benchmarks.engines import running_engines
from benchmarks.invariances.tasks import open_tasks
from benchmarks.request import Resolved
from benchmarks.sections import open_section
from reports.gallery import read_galleries
from tests.benchmarks.invariances.conftest import SMALL

HOW = {"device": torch.device("cpu"), "batch_size": 16}


def test_a_run_is_measured_once_and_stands_on_the_page(plan, tmp_path):
    run, asked, steps = tmp_path / "run", Asked(properties=("brightness",), groups=2), []
    (task,) = open_tasks(plan, SMALL, **HOW)
    open_section(Resolved(plan=plan, label_match="", preset="full"), run, section="c", device=HOW["device"], command="")
    with running_engines(plan, **HOW) as (engine,):
        assert steps_left(task, run, asked) == 3 + 2 * 3
        table = judge_confounders(task, run, engine, asked, several=False, on_steps=steps.append)
        assert sum(steps) == 9 and steps_left(task, run, asked) == 0
        again = judge_confounders(task, run, engine, asked, several=False, on_steps=steps.append)
    pd.testing.assert_frame_equal(again, table)
    assert sum(steps) == 9
    assert list(table) == ["model", *MEASURED] and list(table["confounder"].unique()) == ["brightness", "coin"]
    assert (table["low"] <= table["value"]).all() and (table["value"] <= table["high"]).all()
    (gallery,) = read_galleries(run)
    assert gallery.name == "confounders" and [one.title for one in gallery.strips[0].pictures][:2] == [
        "image",
        "reconstruction",
    ]
    page = write_confounders([table], run).read_text(encoding="utf-8")
    assert 'id="confounders"' in page and "Answers that hang on a suspected confounder" in page
    assert "From which group to which" in page and "As another group would have it" in page
    with pytest.raises(ValueError, match="expected --properties among"):
        steps_left(task, run, Asked(properties=("age",)))
