from benchmarks.audit_sections.explain import EXPLAIN
from tests.benchmarks.audit_sections.conftest import MakeJob


def test_presets_ask_for_different_sizes_and_cost_is_counted_on_the_images_there_are(make_job: MakeJob) -> None:
    quick, full = make_job(), make_job(preset="full")
    assert EXPLAIN.asked(quick) != EXPLAIN.asked(full)
    assert 0 < EXPLAIN.cost(quick).passes <= EXPLAIN.cost(full).passes
    assert EXPLAIN.reason_against(quick) == ""
