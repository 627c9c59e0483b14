"""Which images are explained: some at random, for figures that speak of all, and the most confidently wrong ones.

What the classifier answered comes from an audit's records where the run folder has them, else from error detection's,
so that what they know of an image can be said beside its maps. Otherwise the classifier is asked here, on images at
random, at most as many as :data:`CANDIDATES`.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks.datasets import Sample
from benchmarks.explanations.scored import scored_rows
from benchmarks.inference import Engine, score_logits
from benchmarks.loading import load_sample
from benchmarks.plan import Plan
from benchmarks.preparation import Preparation
from reports.records import read_records

__all__ = ["ANSWERS", "CANDIDATES", "choose_images", "clean_answers", "load_images", "sees"]

CANDIDATES = 1024
"""Images that are classified to find confident errors, where there are no records."""

ANSWERS = ["image_id", "label", "label_name", "prediction", "prediction_name", "max_probability", "correct"]
"""Columns of what a classifier answered."""

_WRONG_SHARE = 4  # one in so many explained images is a confident error
_BLOCK = 64


def sees(plan: Plan, position: int) -> Preparation:
    """How model ``position`` of a plan sees images."""
    return next(prepare for prepare, models in plan.groups.items() if position in models)


def load_images(plan: Plan, position: int, ids: Sequence[str]) -> torch.Tensor:
    """The pixels (N, 3, H, W) uint8 of images, as model ``position`` sees them under the first condition.

    Raises:
        ValueError: an image cannot be read.
    """
    by_id, prepare = {sample.image_id: sample for sample in plan.samples.entries}, sees(plan, position)
    loaded = [load_sample(plan.samples, by_id[one], plan.sources[0][0], [prepare]) for one in ids]
    for name, one in zip(ids, loaded, strict=True):
        if one.status != "ok":
            raise ValueError(f"expected a readable image {name}, got one that is {one.status}; run the audit again")
    return torch.stack([one.pixels[prepare] for one in loaded]) if loaded else torch.empty(0, 3, *prepare.size)


def clean_answers(plan: Plan, position: int, run: Path, engine: Engine) -> pd.DataFrame:
    """What a model answered on readable images under the plan's first condition: columns :data:`ANSWERS`."""
    if any((run / "records").glob("*.parquet")):
        records = read_records(run, [*ANSWERS, "model", "condition_name", "condition_severity", "status"])
        first, known = plan.conditions[0], {sample.image_id for sample in plan.samples.entries}
        rows = records[
            (records["model"] == plan.models[position].name)
            & (records["condition_name"] == first.name)
            & (records["condition_severity"] == first.severity)
            & (records["status"] == "ok")
            & records["image_id"].isin(known)
        ]
        if len(rows):
            return rows[ANSWERS].astype({"correct": bool, "prediction": int}).reset_index(drop=True)
    scored = _scored_answers(plan, position, run)
    return scored if len(scored) else _ask(plan, position, engine)


def _scored_answers(plan: Plan, position: int, run: Path) -> pd.DataFrame:
    rows, first = scored_rows(plan, position, run), plan.conditions[0]
    asked = (rows["condition_name"] == first.name) & (rows["condition_severity"] == first.severity)
    rows = rows[asked & rows["score_max_softmax"].notna()].astype({"correct": bool, "prediction": int, "label": int})
    names = dict(enumerate(plan.models[position].classifier.class_names))
    rows = rows.rename(columns={"score_max_softmax": "max_probability"})
    rows = rows.assign(label_name=rows["label"].map(names), prediction_name=rows["prediction"].map(names))
    return rows[ANSWERS].reset_index(drop=True)


def choose_images(answers: pd.DataFrame, count: int, *, seed: int) -> pd.DataFrame:
    """Choose images among answers.

    Args:
        answers: columns :data:`ANSWERS`.
        count: how many at most.
        seed: of the draw.

    Returns:
        The chosen rows with three columns more: ``at_random`` for those of a draw among all images,
        ``confidently_wrong`` for the wrong ones of highest confidence, at most a quarter of ``count``, and ``beside``
        for correct ones of the classes of these, which they are held against: of each class the first of the draw, on
        top of ``count`` where it is not among those at random. Confident errors come first.
    """
    wrong = answers[~answers["correct"]].sort_values(["max_probability", "image_id"], ascending=[False, True])
    errors = list(wrong["image_id"].head(max(1, count // _WRONG_SHARE)))
    ranked = sorted(answers["image_id"], key=lambda one: _draw(seed, one))
    drawn = ranked[: max(0, count - len(errors))]
    beside = _beside(answers, errors, ranked)
    order = {one: place for place, one in enumerate(dict.fromkeys([*errors, *drawn, *beside]))}
    chosen = answers[answers["image_id"].isin(list(order))]
    chosen = chosen.sort_values("image_id", key=lambda ids: ids.map(order), ignore_index=True)
    ids = chosen["image_id"]
    return chosen.assign(at_random=ids.isin(drawn), confidently_wrong=ids.isin(errors), beside=ids.isin(beside))


def _beside(answers: pd.DataFrame, errors: Sequence[str], ranked: Sequence[str]) -> list[str]:
    """For each class of some errors its first correct image in a ranking."""
    wanted = dict.fromkeys(answers.loc[answers["image_id"].isin(errors), "label"])
    labels = answers[answers["correct"] & answers["label"].isin(list(wanted))].set_index("image_id")["label"].to_dict()
    first = {labels[one]: one for one in reversed(ranked) if one in labels}
    return [first[label] for label in wanted if label in first]


def _draw(seed: int, image_id: str) -> bytes:
    return hashlib.blake2b(f"{seed}\0explained\0{image_id}".encode(), digest_size=8).digest()


def _ask(plan: Plan, position: int, engine: Engine) -> pd.DataFrame:
    """Classify a seeded draw of the plan's images."""
    drawn = sorted(plan.samples.entries, key=lambda one: _draw(plan.seed, one.image_id))[:CANDIDATES]
    parts = [_ask_block(plan, position, engine, drawn[at : at + _BLOCK]) for at in range(0, len(drawn), _BLOCK)]
    answered = [part for part in parts if len(part)]
    return pd.concat(answered, ignore_index=True) if answered else pd.DataFrame(columns=ANSWERS)


def _ask_block(plan: Plan, position: int, engine: Engine, samples: Sequence[Sample]) -> pd.DataFrame:
    prepare, names = sees(plan, position), plan.models[position].classifier.class_names
    loaded = [load_sample(plan.samples, sample, plan.sources[0][0], [prepare]) for sample in samples]
    readable = [place for place, one in enumerate(loaded) if one.status == "ok"]
    if not readable:
        return pd.DataFrame(columns=ANSWERS)
    logits = engine.logits(torch.stack([loaded[place].pixels[prepare] for place in readable]))
    finite = torch.isfinite(logits).all(dim=1).numpy()
    asked = [samples[place] for place, fine in zip(readable, finite, strict=True) if fine]
    labels = np.array([plan.label_indices[position][sample.class_name] for sample in asked], dtype=np.int64)
    scores = score_logits(logits[torch.from_numpy(finite)], labels)
    frame = pd.DataFrame({name: scores[name] for name in ("prediction", "max_probability", "correct")})
    return frame.assign(
        image_id=[sample.image_id for sample in asked],
        label=labels,
        label_name=[names[label] for label in labels],
        prediction_name=[names[index] for index in frame["prediction"]],
    )[ANSWERS]
