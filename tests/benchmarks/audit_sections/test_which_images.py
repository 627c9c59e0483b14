from dataclasses import replace

from benchmarks.audit_sections.which_images import show_images
from benchmarks.engines import running_engines
from benchmarks.runs import open_run
from benchmarks.sweep import run_sweep
from reports.gallery import read_galleries
from reports.tables import read_tables
from tests.benchmarks.audit_sections.conftest import CPU, MakeJob


def test_frame_tables_and_pictures_follow_from_the_records(make_job: MakeJob) -> None:
    stage = make_job().stage
    plan, run = stage.resolved.plan, stage.run
    open_run(stage.resolved, run, device=CPU, command="here")
    show_images(plan, run)
    assert not (run / "tables").exists(), "nothing is recorded yet"
    with running_engines(plan, **stage.how) as engines:
        run_sweep(plan, run, engines)
    show_images(plan, run)
    assert [gallery.name for gallery in read_galleries(run)] == ["images_beside", "images_flips"]
    assert {"images", "images_flips", "images_shared"} == set(read_tables(run))


def test_pictures_of_several_models_are_told_apart(make_job: MakeJob) -> None:
    job = make_job()
    model = job.stage.resolved.plan.models[0]
    stage = make_job(
        models=(model, replace(model, name="other")), label_indices=job.stage.resolved.plan.label_indices * 2
    ).stage
    open_run(stage.resolved, stage.run, device=CPU, command="here")
    with running_engines(stage.resolved.plan, **stage.how) as engines:
        run_sweep(stage.resolved.plan, stage.run, engines)
    show_images(stage.resolved.plan, stage.run)
    assert [gallery.name for gallery in read_galleries(stage.run)] == [
        "images_beside_1", "images_beside_2", "images_flips_1", "images_flips_2",
    ]  # fmt: skip
