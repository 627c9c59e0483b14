from benchmarks.audit_sections import Explainers
from benchmarks.audit_sections.concepts import CONCEPTS
from tests.benchmarks.audit_sections.conftest import MakeJob


def test_presets_ask_for_different_sizes_and_cost_is_counted_on_the_images_there_are(make_job: MakeJob) -> None:
    quick, full = make_job(), make_job(preset="full")
    assert CONCEPTS.asked(quick) != CONCEPTS.asked(full)
    assert 0 < CONCEPTS.cost(quick).passes <= CONCEPTS.cost(full).passes
    assert CONCEPTS.reason_against(quick) == ""


def test_a_flow_is_trained_only_on_demand(make_job: MakeJob) -> None:
    plain, trained = make_job(), make_job(explainers=Explainers(train=True))
    assert CONCEPTS.asked(plain)[1].recipe is None and CONCEPTS.asked(trained)[1].recipe is not None
    assert CONCEPTS.cost(plain).seconds < CONCEPTS.cost(trained).seconds
