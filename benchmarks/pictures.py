"""The pictures of a run: which images the page shows, and their pixels under every condition."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from benchmarks.conditioning import apply_condition
from benchmarks.conditions import CLEAN, Condition
from benchmarks.datasets import Sample
from benchmarks.loading import load_sample
from benchmarks.plan import Plan, image_seed
from reports.gallery import Gallery, Picture, Strip, write_gallery
from reports.records import read_records

__all__ = ["write_galleries"]

_COLUMNS = (
    "model", "image_id", "label_name", "condition_name", "condition_severity", "prediction_name", "correct",
    "max_probability",
)  # fmt: skip
_ERRORS = 24
_STRIPS = 6
_CELLS = 16  # pictures a strip at most, the first one included


def write_galleries(plan: Plan, run: Path) -> None:
    """Choose images by the run's records, read them once more and write the galleries of every model."""
    records = read_records(run, _COLUMNS)
    by_id = {sample.image_id: sample for sample in plan.samples.entries}
    for position, model in enumerate(plan.models):
        suffix = f"_{position + 1}" if len(plan.models) > 1 else ""
        own = records if len(plan.models) == 1 else records[records["model"] == model.name]
        artist = _Artist(plan=plan, position=position, records=own, by_id=by_id)
        write_gallery(run, artist.confident_errors(f"confident_errors{suffix}"))
        write_gallery(run, artist.strips(f"strips{suffix}"))


@dataclass(frozen=True, kw_only=True)
class _Artist:
    """Draws one model's galleries from its records."""

    plan: Plan
    position: int
    records: pd.DataFrame
    by_id: Mapping[str, Sample]

    @property
    def first(self) -> Condition:
        """The condition that pictures start from: clean where there is one."""
        return self.plan.conditions[0]

    @property
    def _of_model(self) -> str:
        """Whose pictures these are, where there are several models."""
        return f", {self.plan.models[self.position].name}" if len(self.plan.models) > 1 else ""

    def confident_errors(self, name: str) -> Gallery:
        wrong = self._under(self.first)
        wrong = wrong[wrong["correct"].eq(False)]
        chosen = wrong.sort_values(["max_probability", "image_id"], ascending=[False, True]).head(_ERRORS)
        where = "clean images" if self.first == CLEAN else f"images under {_words(self.first)}"
        return Gallery(
            name=name,
            title=f"Most confidently wrong{self._of_model}",
            explanation=(
                f"The {len(chosen)} most confident of {len(wrong):,} wrong predictions on {where}."
                if len(wrong)
                else f"There is no wrong prediction on {where}."
            ),
            pictures=tuple(self._picture(self.first, row, title=self._named(row.label_name)) for row in _rows(chosen)),
        )

    def strips(self, name: str) -> Gallery:
        """Images that are right at first and wrong under most conditions, beside the same pixels corrupted."""
        image_id, correct = self.records["image_id"], self.records["correct"]
        right = set(image_id[self._mask(self.records, self.first) & correct.eq(True)])
        judged = correct.notna()
        share = correct[judged].eq(False).groupby(image_id[judged], observed=True).mean()
        fragile = share[share.index.isin(right)].rename("wrong").reset_index()
        chosen = fragile.sort_values(["wrong", "image_id"], ascending=[False, True]).head(_STRIPS)
        shown = self._shown_conditions()
        return Gallery(
            name=name,
            title=f"From clean to corrupted{self._of_model}",
            explanation=(
                f"{len(chosen)} of the {len(right):,} images classified correctly at first: those that are wrong "
                "under the largest share of all conditions. They are the most fragile ones, not typical ones."
                if right
                else "There is no image that is classified correctly at first."
            ),
            strips=tuple(self._strip(row.image_id, row.wrong, shown) for row in _rows(chosen)),
        )

    def _shown_conditions(self) -> list[Condition]:
        """The first condition and, of each corruption, the middle one of its severities."""
        levels: dict[str, list[Condition]] = {}
        for condition in self.plan.conditions[1:]:
            levels.setdefault(condition.name, []).append(condition)
        return [self.first, *(cells[len(cells) // 2] for cells in levels.values())][:_CELLS]

    def _strip(self, image_id: str, wrong: float, shown: Sequence[Condition]) -> Strip:
        rows = self.records[self.records["image_id"] == image_id]
        pictures = []
        for condition in shown:
            found = rows[self._mask(rows, condition)].dropna(subset=["correct"])
            pictures += [self._picture(condition, row, title=_words(condition)) for row in _rows(found)]
        label = self._named(rows["label_name"].iloc[0])
        return Strip(title=f"{label} ({image_id}): wrong under {wrong:.0%} of conditions", pictures=tuple(pictures))

    def _under(self, condition: Condition) -> pd.DataFrame:
        return self.records[self._mask(self.records, condition)]

    def _mask(self, rows: pd.DataFrame, condition: Condition) -> "pd.Series[bool]":
        return (rows["condition_name"] == condition.name) & (rows["condition_severity"] == condition.severity)

    def _picture(self, condition: Condition, row: Any, *, title: str) -> Picture:
        return Picture(
            image=self._pixels(self.by_id[row.image_id], condition),
            title=title,
            facts=(
                ("predicted", self._named(row.prediction_name)),
                ("confidence", f"{row.max_probability:.3f}"),
                ("outcome", "right" if row.correct else "wrong"),
            ),
        )

    def _named(self, class_name: str) -> str:
        """A class name that people can read: ``n01774750`` is a tarantula."""
        title = self.plan.models[self.position].titles.get(class_name)
        return f"{title} ({class_name})" if title else str(class_name)

    def _pixels(self, sample: Sample, condition: Condition) -> NDArray[np.uint8]:
        """What the model saw, (H, W, 3)."""
        preparation = next(p for p, models in self.plan.groups.items() if self.position in models)
        source = condition if condition.kind == "published" else CLEAN
        pixels = load_sample(self.plan.samples, sample, source, [preparation]).pixels[preparation][None]
        seeds = torch.tensor([image_seed(self.plan.seed, sample.image_id)])
        return apply_condition(self.plan, condition, pixels, seeds=seeds)[0].permute(1, 2, 0).numpy()


def _rows(frame: pd.DataFrame) -> Iterable[Any]:
    return frame.itertuples()


def _words(condition: Condition) -> str:
    return "clean" if condition == CLEAN else f"{condition.name.replace('_', ' ')} {condition.severity}"
