import pytest

from benchmarks.findings.candidate import CHANGED, CHECKS, OBSERVED, Check


@pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))
def test_every_kind_says_what_it_asks(check: Check) -> None:
    assert check.concerns in {OBSERVED, CHANGED}
    assert check.null.endswith(".") and not check.test.endswith(".")
    assert check.title and check.section and check.table
