"""Panels of a made-up classifier: right on most images, with problems that a test plants."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.conditions import CLEAN, Condition
from benchmarks.findings.evidence import Evidence
from benchmarks.summary import Panel

MakePanel = Callable[..., Panel]

CONDITIONS = (
    CLEAN,
    *(Condition(kind="corruption", name=name, severity=s) for name in ("fog", "snow", "contrast") for s in (1, 3)),
)


def panel(
    *,
    classes: int = 6,
    per_class: int = 60,
    error: float = 0.05,
    seed: int = 0,
    cameras: int = 0,
) -> Panel:
    """Labels in order; wrong answers are the next class, less confident; every corruption takes some right answers."""
    rng, n = np.random.default_rng(seed), classes * per_class
    label = np.repeat(np.arange(classes, dtype=np.int32), per_class)
    draws = rng.random(n)
    correct = np.stack([draws > error + 0.08 * one.severity for one in CONDITIONS])
    confidence = np.where(correct, 1 - 0.2 * rng.random(correct.shape), 0.5 + 0.3 * rng.random(correct.shape))
    camera = rng.integers(max(cameras, 1), size=n)
    below = [f"camera-{one}/" if cameras else "" for one in camera]
    return Panel(
        model="made",
        conditions=CONDITIONS,
        image_id=np.array(
            [f"{k}/{c}{i:04d}.png" for i, (k, c) in enumerate(zip(label, below, strict=True))], dtype=object
        ),
        label_name=label.astype(str).astype(object),
        label=label,
        ok=np.ones(correct.shape, dtype=bool),
        correct=correct,
        confidence=confidence,
        prediction=np.where(correct, label, (label + 1) % classes).astype(np.int32),
        rank=np.where(correct, 1, 2).astype(np.int32),
        loss=np.zeros(n),
        brier=np.zeros(n),
    )


@pytest.fixture
def make_panel() -> MakePanel:
    """Make a panel; see :func:`panel`."""
    return panel


def seen(one: Panel) -> Evidence:
    assert one.clean is not None
    return Evidence(panel=one, clean=one.clean)
