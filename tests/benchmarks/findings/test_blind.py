from dataclasses import replace

import numpy as np
import pytest

from benchmarks.findings.blind import auroc_and_error, blind_confidence
from benchmarks.metrics.selective import auroc
from tests.benchmarks.findings.conftest import MakePanel, seen


def test_auroc_is_the_metrics_and_its_error_is_that_of_resamples() -> None:
    rng = np.random.default_rng(0)
    right, wrong = rng.normal(1, 1, 150).round(1), rng.normal(0, 1, 60).round(1)
    value, error = auroc_and_error(right, wrong)
    assert value == pytest.approx(auroc(np.concatenate([right, wrong]), np.arange(210) < 150))
    again = [auroc_and_error(rng.choice(right, 150), rng.choice(wrong, 60))[0] for _ in range(200)]
    assert error == pytest.approx(np.std(again), rel=0.25)


def test_confidence_that_knows_is_no_candidate_that_holds_and_a_blind_one_is(make_panel: MakePanel) -> None:
    panel = make_panel(error=0.3)
    (knows,) = blind_confidence(seen(panel))
    blind = replace(panel, confidence=np.random.default_rng(1).random(panel.confidence.shape))
    (guesses,) = blind_confidence(seen(blind))
    assert knows.p == pytest.approx(1.0) and guesses.p < 0.01
    assert guesses.share == pytest.approx(0.5 * 0.3, abs=0.05)


def test_a_handful_of_errors_tells_nothing(make_panel: MakePanel) -> None:
    assert list(blind_confidence(seen(make_panel(error=0.0)))) == []
