"""The embedded default, trained for a third of its steps: what is measured here does not depend on how long."""

from functools import partial

import pytest

from benchmarks import request
from benchmarks.embedded import EmbeddedTraining
from benchmarks.speed import inference, memory, ranks


@pytest.fixture
def shorter_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trained once for all tests of a process, as its weights stay in the cache folder."""
    for module in (request, inference, memory, ranks):
        monkeypatch.setattr(module, "EmbeddedTraining", partial(EmbeddedTraining, steps=80))
