from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest
import torch

from benchmarks.engines import running_engines
from benchmarks.error_detection.collecting import collect_blocks
from benchmarks.error_detection.halves import split_halves
from benchmarks.error_detection.probing import Probe, make_probe
from benchmarks.error_detection.rows import model_rows
from benchmarks.plan import Plan
from benchmarks.request import Resolved
from benchmarks.sweep import run_sweep
from reports.records import read_records
from robustness.confidence import max_softmax
from robustness.consistency.scores import tta_confidence
from robustness.consistency.transforms import Transform

BANK = (Transform("contrast", (1.5,)), Transform("shift", (1, 0)))


def collected(plan: Plan, blocks: list[int]) -> list[pa.Table]:
    halves = split_halves([sample.image_id for sample in plan.samples.entries], seed=0)
    with running_engines(plan, device=torch.device("cpu"), batch_size=50) as engines, ThreadPoolExecutor(2) as pool:
        grey = torch.zeros(1, 3, 16, 16, dtype=torch.uint8)
        probes: list[Probe] = [make_probe(engine, BANK, grey, draws=3) for engine in engines]
        return list(collect_blocks(plan, blocks, probes, halves, pool))


def test_rows_agree_with_an_audit_of_the_same_plan(resolved: Resolved, tmp_path) -> None:
    plan = resolved.plan
    rows = model_rows(collected(plan, list(plan.blocks)), "colour")
    with running_engines(plan, device=torch.device("cpu"), batch_size=50) as engines:
        run_sweep(plan, tmp_path, engines)
    keys = ["image_id", "condition_name", "condition_severity"]
    records = read_records(tmp_path).set_index(keys)
    own = rows.frame.set_index(keys)
    records = records.loc[own.index]
    assert len(own) == 60 * 3 and own["correct"].equals(records["correct"])
    assert own["score_max_softmax"].to_numpy() == pytest.approx(records["max_probability"].to_numpy())
    assert (own["label"] == records["label"]).all() and (own["prediction"] == records["prediction"]).all()
    assert rows.log_odds.shape == (180, 3) and rows.logits.shape == (180, 3)
    assert max_softmax(rows.logits).numpy() == pytest.approx(own["score_max_softmax"].to_numpy())
    assert (own["score_tta_confidence"] != own["score_max_softmax"]).any()
    mean = torch.sigmoid(rows.log_odds).mean(1).numpy()
    assert own["score_tta_confidence"].to_numpy() == pytest.approx(mean), "log-odds are of the predicted class"
    assert tta_confidence(rows.logits[:, None]).shape == (180,)


def test_blocks_do_not_depend_on_each_other(resolved: Resolved) -> None:
    plan = resolved.plan
    whole = collected(plan, [0, 1])
    (alone,) = collected(plan, [1])
    assert alone.equals(whole[1])


def test_unreadable_images_and_answers_that_are_none_are_rows_with_a_status(resolved: Resolved, tmp_path) -> None:
    plan = resolved.plan
    (tmp_path / "data" / "red" / "003.png").write_bytes(b"")
    with torch.no_grad():
        plan.models[0].classifier.module.head.bias[0] = torch.nan
    frame = model_rows(collected(plan, list(plan.blocks)), "colour").frame
    assert frame["status"].value_counts().to_dict() == {"nonfinite_logits": 177, "empty": 3}
    assert frame["correct"].isna().all()
    assert np.array_equal(np.unique(frame["half"]), ["calibration", "evaluation"])
