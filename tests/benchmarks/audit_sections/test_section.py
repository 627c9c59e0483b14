from dataclasses import replace

from benchmarks.audit_sections.section import Cost, Section, applies
from tests.benchmarks.audit_sections.conftest import MakeJob


def test_what_is_asked_and_what_is_audited_decide_the_fingerprint(make_job: MakeJob) -> None:
    job = make_job()
    section = Section(title="One", asked=lambda _: 3, work=lambda _: None, cost=lambda _: Cost(passes=1, seconds=1))
    before = section.fingerprint(job)
    assert before == section.fingerprint(replace(job))
    assert before != replace(section, asked=lambda _: 4).fingerprint(job)
    assert before != section.fingerprint(make_job(seed=1))


def test_a_job_counts_its_images_and_models_and_nothing_speaks_against_most_sections(make_job: MakeJob) -> None:
    job = make_job()
    assert (job.images, job.models) == (30, 1)
    assert applies(job) == ""
