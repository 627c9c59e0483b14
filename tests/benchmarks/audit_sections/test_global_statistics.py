from benchmarks.audit_sections.global_statistics import GLOBAL_STATISTICS
from tests.benchmarks.audit_sections.conftest import MakeJob


def test_presets_ask_for_different_sizes_and_cost_is_counted_on_the_images_there_are(make_job: MakeJob) -> None:
    quick, full = make_job(), make_job(preset="full")
    assert GLOBAL_STATISTICS.asked(quick) != GLOBAL_STATISTICS.asked(full)
    assert 0 < GLOBAL_STATISTICS.cost(quick).passes <= GLOBAL_STATISTICS.cost(full).passes
    assert GLOBAL_STATISTICS.reason_against(quick) == ""
