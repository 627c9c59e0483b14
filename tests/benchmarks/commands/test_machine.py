import pandas as pd
import pytest

from benchmarks import speed
from tests.benchmarks.conftest import Cli


def test_doctor_names_versions_and_extras(cli: Cli) -> None:
    outcome = cli("doctor")
    assert outcome.status == 0
    assert all(word in outcome.out for word in ("torch", "timm", "frost"))


def test_speed_prints_the_tables_of_a_measurement(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(speed.MEASUREMENTS, "memory", lambda device: iter([pd.DataFrame({"ratio": [2.5]})]))
    outcome = cli("speed", "memory", "--device", "cpu")
    assert outcome.status == 0
    assert "ratio" in outcome.out and "2.5" in outcome.out


def test_an_unknown_measurement_is_refused(cli: Cli) -> None:
    outcome = cli("speed", "everything")
    assert outcome.status == 2
    assert (
        "expected one of attribution, corruptions, errors, inference, memory, ranks, records, stylex, training"
        in outcome.err
    )
