"""Sections that are stood in for: what is done, done again, left out, and what a failure leaves behind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmarks.audit_sections import FAILED, OK, SKIPPED, Explainers, Job, announce_sections, finish_sections
from benchmarks.audit_sections import registry as registry_module
from benchmarks.audit_sections.running import are_finished, estimate_sections, pending_sections
from benchmarks.audit_sections.section import Cost, Section
from reports.tables import read_tables
from tests.benchmarks.audit_sections.conftest import MakeJob

NAMES = ("first", "second", "trained")


@dataclass
class Stand:
    """Sections that note when they are done, and a page that notes when it is made."""

    done: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    asked: int = 1
    pages: int = 0

    def section(self, name: str, reason_against: Callable[[Job], str]) -> Section:
        def work(_: Job) -> None:
            if name in self.broken:
                raise RuntimeError(f"no {name}\nat all")
            self.done.append(name)

        return Section(
            title=name,
            asked=lambda _: self.asked,
            work=work,
            cost=lambda _: Cost(passes=10, seconds=2),
            reason_against=reason_against,
        )

    def page(self, runs: Sequence[Path], out: Path) -> Path:
        assert list(runs) == [out] and (out / "tables" / "sections.csv").exists(), "the page reads the table"
        self.pages += 1
        return out / "report.html"


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Stand:
    stand = Stand()
    for name in NAMES:
        against = (lambda job: "" if job.explainers.train else "not trained") if name == "trained" else (lambda _: "")
        monkeypatch.setitem(registry_module.SECTIONS, name, stand.section(name, against))
    monkeypatch.setattr("benchmarks.audit_sections.running.write_report", stand.page)
    return stand


def test_a_failure_stops_no_other_section_and_is_tried_again(stand: Stand, make_job: MakeJob) -> None:
    job = make_job()
    stand.broken = {"first"}
    ended = finish_sections(job, NAMES, base_seconds=1.0)
    assert [one.status for one in ended] == [FAILED, OK, SKIPPED] and stand.done == ["second"]
    table = read_tables(job.stage.run)["sections"].set_index("section")
    assert table.loc["first", "reason"] == "RuntimeError: no first" and table.loc["corruptions", "status"] == OK
    assert "Traceback" in (job.stage.run / "sections" / "first.log").read_text()
    assert stand.pages == 1

    stand.broken = set()
    assert pending_sections(job, NAMES) == ["first"]
    assert [one.status for one in finish_sections(job, NAMES, base_seconds=1.0)] == [OK, OK, SKIPPED]
    assert stand.done == ["second", "first"]
    assert stand.pages == 2


def test_what_is_finished_is_done_again_only_if_asked_otherwise(stand: Stand, make_job: MakeJob) -> None:
    job = make_job()
    finish_sections(job, NAMES, base_seconds=1.0)
    assert [one.status for one in finish_sections(job, NAMES, base_seconds=1.0)] == [OK, OK, SKIPPED]
    assert stand.done == ["first", "second"] and stand.pages == 1
    stand.asked = 2
    assert pending_sections(job, NAMES) == ["first", "second"]
    finish_sections(make_job(explainers=Explainers(train=True)), NAMES, base_seconds=1.0)
    assert stand.done == ["first", "second", "first", "second", "trained"]


def test_a_page_that_was_not_made_is_made_by_the_next_call(stand: Stand, make_job: MakeJob) -> None:
    """Killed after the last section, before its page."""
    job = make_job()
    finish_sections(job, NAMES, base_seconds=1.0)
    assert are_finished(job, NAMES) and stand.pages == 1
    (job.stage.run / "sections" / "page.csv").unlink()
    assert not pending_sections(job, NAMES) and not are_finished(job, NAMES)
    finish_sections(job, NAMES, base_seconds=1.0)
    assert stand.pages == 2 and stand.done == ["first", "second"] and are_finished(job, NAMES)


def test_sections_of_other_calls_stay_in_the_table(stand: Stand, make_job: MakeJob) -> None:
    job = make_job()
    finish_sections(job, ["second"], base_seconds=1.0)
    finish_sections(job, ["first"], base_seconds=1.0)
    assert stand.done == ["second", "first"]
    assert list(read_tables(job.stage.run)["sections"]["section"]) == ["corruptions", "first", "second"]


@pytest.mark.usefixtures("stand")
def test_the_table_tells_what_was_not_reached(make_job: MakeJob) -> None:
    job = make_job()
    announce_sections(job.stage.run, NAMES)
    table = read_tables(job.stage.run)["sections"]
    assert set(table["status"]) == {"unfinished"} and list(table["section"]) == ["corruptions", *NAMES]


@pytest.mark.usefixtures("stand")
def test_an_estimate_counts_what_applies(make_job: MakeJob) -> None:
    assert estimate_sections(make_job(), NAMES, seconds_a_pass=0.5) == 2 * (2 + 5)
    announce_sections(make_job().stage.run, ())
    assert not (make_job().stage.run / "tables").exists(), "corruptions alone need no table of sections"
