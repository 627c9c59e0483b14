from benchmarks.audit_sections import Explainers
from benchmarks.audit_sections.invariances import INVARIANCES
from tests.benchmarks.audit_sections.conftest import MakeJob


def test_networks_are_trained_only_on_demand(make_job: MakeJob) -> None:
    assert "--train-explainers" in INVARIANCES.reason_against(make_job())
    trained = make_job(explainers=Explainers(train=True), preset="standard")
    assert INVARIANCES.reason_against(trained) == ""
    images, options = INVARIANCES.asked(trained)
    assert images == 1_000 and options.autoencoder.steps == 500
    assert INVARIANCES.cost(trained).seconds < INVARIANCES.cost(make_job(preset="full")).seconds
