import pytest

from benchmarks.conditions import CLEAN
from benchmarks.runs import OtherRunError
from reports.records import read_run
from tests.benchmarks.audit_sections.conftest import MakeJob


def test_a_narrower_stage_has_some_of_the_same_images_in_plain_float32(make_job: MakeJob) -> None:
    stage = make_job(precision="auto").stage
    few = stage.narrowed(6, [CLEAN]).resolved.plan
    assert few.precision == "exact" and few.conditions == (CLEAN,)
    ids = {sample.image_id for sample in few.samples.entries}
    assert len(ids) == 6 and ids < {sample.image_id for sample in stage.resolved.plan.samples.entries}
    whole = stage.narrowed(None).resolved.plan
    assert len(whole.samples.entries) == 30 and whole.conditions == stage.resolved.plan.conditions


def test_a_stage_opens_the_folder_of_its_own_models_and_data_only(make_job: MakeJob) -> None:
    stage = make_job().stage
    stage.open("errors")
    stage.open("explain")
    assert read_run(stage.run)["command"] == "here"
    other = make_job(models=()).stage
    with pytest.raises(OtherRunError, match="got other models"):
        other.open("errors")
