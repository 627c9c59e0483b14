"""Rows as collected from a made-up classifier, and a run on the colour images."""

from pathlib import Path

import pandas as pd
import pytest
import torch

from benchmarks.conditions import CLEAN, Condition
from benchmarks.datasets import open_samples
from benchmarks.error_detection.attacking import AttackSetting
from benchmarks.error_detection.direct_scores import direct_scores, random_score
from benchmarks.error_detection.finishing import run_errors
from benchmarks.error_detection.halves import split_halves
from benchmarks.error_detection.rows import ModelRows
from benchmarks.error_detection.table import Judged
from benchmarks.plan import Plan
from benchmarks.preparation import Preparation
from benchmarks.request import Resolved
from benchmarks.zoo import wrap_module
from robustness.consistency.adaptive import AttackSettings
from robustness.consistency.features import log_odds
from tests.conftest import COLOURS, SIDE, ColourNet, MakePlan, write_images

CONDITIONS = (CLEAN, *(Condition(kind="corruption", name="fog", severity=severity) for severity in (1, 3)))


def made_rows(images: int = 160, classes: int = 4, copies: int = 3, seed: int = 0) -> ModelRows:
    """Logits of a classifier that is unsure of some images, and fickle where it is wrong."""
    generator = torch.Generator().manual_seed(seed)
    ids = [f"image-{number:03d}" for number in range(images)]
    halves, frames, all_logits = split_halves(ids, seed=0), [], []
    labels = torch.randint(classes, (images,), generator=generator)
    for condition in CONDITIONS:
        strength = 2.5 - 0.5 * condition.severity + torch.randn(images, generator=generator)
        logits = torch.randn(images, copies + 1, classes, generator=generator)
        logits += strength[:, None, None] * torch.nn.functional.one_hot(labels, classes)[:, None]
        prediction = logits[:, 0].argmax(1)
        frame = pd.DataFrame(
            {
                "model": "made",
                "image_id": ids,
                "condition_kind": condition.kind,
                "condition_name": condition.name,
                "condition_severity": condition.severity,
                "half": [halves[one] for one in ids],
                "status": "ok",
                "label": labels.numpy(),
                "prediction": prediction.numpy(),
                "correct": (prediction == labels).numpy(),
            }
        )
        scores = direct_scores(logits) | {"random": random_score(ids, seed=0, condition=condition.name)}
        frames.append(frame.assign(**{f"score_{name}": values for name, values in scores.items()}))
        all_logits.append(logits)
    stacked = torch.cat(all_logits)
    return ModelRows(
        frame=pd.concat(frames, ignore_index=True),
        log_odds=log_odds(stacked),
        logits=stacked[:, 0],
        features=stacked[:, 0] @ torch.randn(classes, 6, generator=generator),
    )


@pytest.fixture(scope="session")
def rows() -> ModelRows:
    return made_rows()


def made_judged(rows: ModelRows) -> Judged:
    return Judged(model="made", frame=rows.frame, conditions=CONDITIONS, passes=lambda _: 1, reasons={})


@pytest.fixture(scope="session")
def judged(rows: ModelRows) -> Judged:
    return made_judged(rows)


@pytest.fixture
def resolved(make_plan: MakePlan, tmp_path: Path) -> Resolved:
    """Sixty images, clean and under noise, in two blocks."""
    for name in ("blue", "green", "red"):
        write_images(tmp_path / "data", name, 20)
    return Resolved(plan=make_plan(tmp_path / "data", block_size=32), label_match="3 of 3", preset="quick")


FEW_ATTACKS = AttackSetting(
    images=4, multiples=(1.0,), steps=4, rounds=1, aware=AttackSettings(steps=2, copies_weights=(0.0,))
)


@pytest.fixture(scope="session")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Resolved:
    """180 images in two blocks, of which a classifier by mean colour gets a fifth wrong."""
    data = tmp_path_factory.mktemp("noisy") / "data"
    for name in COLOURS:
        write_images(data, name, 60)
    model = wrap_module(
        ColourNet(),
        name="colour",
        class_names=list(COLOURS),
        preparation=Preparation(size=(SIDE, SIDE), crop_fraction=1.0),
        mean=(0.5, 0.5, 0.5),
        std=(0.25, 0.25, 0.25),
    )
    plan = Plan(
        models=(model,),
        samples=open_samples(data),
        label_indices=({name: index for index, name in enumerate(COLOURS)},),
        conditions=(CLEAN, *(Condition(kind="corruption", name="gaussian_noise", severity=s) for s in (2, 4))),
        profile="cifar",
        block_size=96,
    )
    return Resolved(plan=plan, label_match="3 of 3", preset="quick")


@pytest.fixture(scope="session")
def finished(noisy: Resolved, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a whole run."""
    run = tmp_path_factory.mktemp("finished") / "run"
    run_errors(noisy, run, device=torch.device("cpu"), attacks=FEW_ATTACKS, command="here")
    return run
