"""The section of errors: every confidence score judged by the errors it finds, and attacked."""

from dataclasses import dataclass, replace

import pandas as pd

from benchmarks import error_detection as detection
from benchmarks.audit_sections.section import Cost, Job, Section
from benchmarks.audit_sections.stage import Stage
from benchmarks.conditions import Condition
from robustness.consistency import AttackSettings

__all__ = ["ERRORS", "judge_errors"]


def judge_errors(stage: Stage, setting: detection.Setting) -> pd.DataFrame:
    """Classify images and copies, fit scores, attack, and write tables and pictures; the table of errors."""
    run, console, how, attacks = stage.run, stage.console, stage.how, setting.attacks
    left = detection.unfinished_images(setting, run)
    copies = max(len(bank) for bank in setting.banks) if setting.budget is None else setting.budget - 1
    console.say(f"images      {len(setting.halves):,}, {left:,} left to classify; half of them calibrate")
    console.say(f"conditions  {len(setting.plan.conditions)}, each image with {copies} transformed copies")
    with console.progress("images", total=left) as bar:
        setting = detection.collect_errors(
            stage.resolved, setting, run, command=stage.command, on_images=bar.advance, **how
        )
    if setting.budget is not None:
        console.say("transforms  " + "; ".join(", ".join(map(str, bank)) for bank in setting.banks))
    console.say("fits, attacks, tables and pictures ...")
    with console.progress("attacks", total=detection.count_attacks(attacks) * len(setting.plan.models)) as bar:
        return detection.finish_errors(setting, run, on_attack=bar.advance, **how)


@dataclass(frozen=True, kw_only=True)
class _Size:
    """What a preset asks for.

    Attributes:
        images: at most so many.
        severities: of corruptions.
        attacks: how much is attacked.
    """

    images: int
    severities: tuple[int, ...]
    attacks: detection.AttackSetting


_SIZES = {
    "quick": _Size(images=120, severities=(2,), attacks=detection.AttackSetting(images=0)),
    "standard": _Size(
        images=300,
        severities=(1, 3),
        attacks=detection.AttackSetting(
            images=8, practice=16, multiples=(1.0, 2.0), rounds=2, aware=AttackSettings(steps=15)
        ),
    ),
    "full": _Size(images=2_000, severities=(1, 3), attacks=detection.AttackSetting(images=64)),
}

_COPIES = 16  # of a small image, itself among them
_SCORES = 4  # that an adversary is set on
_BACK = 3  # passes that a step takes, forward and back
_LARGER = 4  # times the images of other passes: answers alone are kept of copies


def _conditions(job: Job, size: _Size) -> list[Condition]:
    """The first condition and those of the severities; all of them where the audit has none of these."""
    first, *others = job.stage.resolved.plan.conditions
    return [first, *([one for one in others if one.severity in size.severities] or others)]


def _work(job: Job) -> None:
    size = _SIZES[job.stage.resolved.preset]
    stage = job.stage.narrowed(size.images, _conditions(job, size))
    stage = replace(stage, batch_size=_LARGER * stage.batch_size)
    judge_errors(stage, detection.setting_of(stage.resolved, size.attacks))


def _cost(job: Job) -> Cost:
    size = _SIZES[job.stage.resolved.preset]
    asked, aware = min(size.images, job.images) * len(_conditions(job, size)) * _COPIES, size.attacks.aware
    runs = aware.steps * len(aware.copies_weights) * (len(size.attacks.multiples) + size.attacks.rounds)
    attacked = size.attacks.images * runs * _SCORES * _COPIES * _BACK
    return Cost(passes=job.models * (asked + attacked), seconds=20)


ERRORS = Section(
    title="Errors: can confidence find them?",
    asked=lambda job: _SIZES[job.stage.resolved.preset],
    work=_work,
    cost=_cost,
)
