"""Pictures of which images: confidently wrong ones beside correct ones of their class, and those that flip first."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from benchmarks.audit_sections.kept_maps import KeptMaps, kept_maps
from benchmarks.conditioning import apply_condition
from benchmarks.conditions import CLEAN, Condition
from benchmarks.datasets.subsets import draw_key
from benchmarks.explanations.choosing import sees
from benchmarks.explanations.colours import SCALE, full_colour
from benchmarks.images.recorded import FLIP_SEVERITY
from benchmarks.loading import load_sample
from benchmarks.plan import Plan, image_seed
from reports.gallery import Gallery, Picture, Strip, write_gallery
from reports.heatmaps import LEGEND, draw_map, enlarge
from reports.records import read_records

__all__ = ["write_image_galleries"]

_WRONG, _FRAGILE = 6, 6  # images shown; so many wrong ones are explained in an audit of standard size
_FLIPS = 4  # conditions that are shown of a fragile image
_CONSISTENCY = "score_negative_kl"
_ANSWERS = ["model", "image_id", "condition_name", "condition_severity", "prediction_name", "max_probability"]

Pixels = npt.NDArray[np.uint8]


def write_image_galleries(plan: Plan, run: Path, images: pd.DataFrame) -> None:
    """Write the galleries of every model.

    Args:
        plan: of the audit.
        run: its folder, whose records and maps are read.
        images: of :func:`benchmarks.images.join_images`.
    """
    for position, model in enumerate(plan.models):
        own = images[images["model"] == model.name].set_index("image_id")
        artist = _Artist(plan, position, own, kept_maps(run, model.name, position))
        write_gallery(run, artist.wrong())
        if "first_flip_severity" in own:
            write_gallery(run, artist.fragile(run))


class _Artist:
    """Draws one model's galleries."""

    def __init__(self, plan: Plan, position: int, images: pd.DataFrame, maps: KeptMaps) -> None:
        self.plan, self.position, self.images, self.maps = plan, position, images, maps
        self.by_id = {sample.image_id: sample for sample in plan.samples.entries}
        several = len(plan.models) > 1
        self.suffix = f"_{position + 1}" if several else ""
        self.of_model = f", {plan.models[position].name}" if several else ""

    def wrong(self) -> Gallery:
        """The most confidently wrong images, each beside a correct one of its class, with a map of both."""
        wrong = self.images[self.images["correct"].eq(False)]
        order = wrong.assign(name=wrong.index).sort_values(["max_probability", "name"], ascending=[False, True])
        shown = list(order.index[:_WRONG])
        how = f" Maps by {self._method}: {LEGEND}; {SCALE}." if self.maps.method else ""
        return Gallery(
            name=f"images_beside{self.suffix}",
            title=f"Confidently wrong, beside a correct image of the same class{self.of_model}",
            explanation=(
                f"The {len(shown)} most confident of {len(wrong):,} wrong predictions, each beside the first correct "
                f"image of its class in a seeded draw, not chosen to look alike.{how}"
                if shown
                else "There is no wrong prediction."
            ),
            strips=tuple(self._pair(image_id) for image_id in shown),
        )

    def fragile(self, run: Path) -> Gallery:
        """Images that are correct at first and change their answer under the mildest corruptions."""
        right = self.images[self.images["correct"].eq(True) & self.images["first_flip_severity"].notna()]
        order = right.assign(name=right.index, often=-right["corrupted_flips"].astype(float))
        shown = list(order.sort_values(["first_flip_severity", "often", "name"]).index[:_FRAGILE])
        answers = read_records(run, _ANSWERS) if shown else pd.DataFrame(columns=_ANSWERS)
        model = self.plan.models[self.position].name
        answers = answers[answers["image_id"].isin(shown) & (answers["model"] == model)]
        count = int(self.images["correct"].eq(True).sum())
        return Gallery(
            name=f"images_flips{self.suffix}",
            title=f"First to flip{self.of_model}",
            explanation=(
                f"Of {count:,} images that are correct at first, {len(right):,} change their answer somewhere; shown "
                "are those that do so under the mildest corruptions, and of these the ones that do so most often."
                if shown
                else "No image that is correct at first changes its answer."
            ),
            strips=tuple(self._flips(image_id, answers) for image_id in shown),
        )

    def _row(self, image_id: str) -> Any:
        """What is known of an image, by name."""
        return self.images.loc[image_id]

    @property
    def _method(self) -> str:
        return self.maps.method.replace("_", " ")

    def _pair(self, image_id: str) -> Strip:
        row, pictures = self._row(image_id), [*self._seen(image_id, "wrong")]
        beside = self._beside(row)
        if beside is not None:
            pictures += self._seen(beside, "correct")
        title = f"{self._named(row['label'])} taken for {self._named(row['prediction'])} ({image_id})"
        return Strip(title=title, pictures=tuple(pictures))

    def _beside(self, row: Any) -> str | None:
        """A correct image of the same class: the one that was explained for it, else the first of a draw."""
        right = self.images[self.images["correct"].eq(True) & (self.images["label"] == row["label"])]
        if "explain_beside" in right and right["explain_beside"].eq(1).any():
            right = right[right["explain_beside"].eq(1)]
        ids = sorted(right.index, key=lambda one: draw_key(self.plan.seed, "compared", one))
        return ids[0] if ids else None

    def _flips(self, image_id: str, answers: pd.DataFrame) -> Strip:
        row, pictures = self._row(image_id), [*self._seen(image_id, "clean")]
        flips = row[[name for name in row.index if name.startswith(FLIP_SEVERITY)]].astype(float)
        flips = flips[np.isfinite(flips)].sort_values(kind="stable")
        mine = answers[answers["image_id"] == image_id]
        for name, severity in list(flips.items())[:_FLIPS]:
            condition = next(
                one
                for one in self.plan.conditions
                if (one.name, one.severity) == (str(name).removeprefix(FLIP_SEVERITY), int(severity))
            )
            named = mine["condition_name"] == condition.name
            found = mine[named & (mine["condition_severity"] == condition.severity)]
            facts = (
                ("predicted", self._named(found["prediction_name"].iloc[0])),
                ("confidence", f"{found['max_probability'].iloc[0]:.3f}"),
            )
            title = f"{condition.name.replace('_', ' ')} {condition.severity}"
            pictures.append(Picture(image=enlarge(self._pixels(image_id, condition)), title=title, facts=facts))
        first = f"{str(row['first_flip_corruption']).replace('_', ' ')} {row['first_flip_severity']:.0f}"
        share = f"another answer under {row['corrupted_flips']:.0%} of {row['conditions']:.0f} conditions"
        return Strip(
            title=f"{self._named(row['label'])} ({image_id}): first under {first}; {share}", pictures=tuple(pictures)
        )

    def _seen(self, image_id: str, title: str) -> Iterator[Picture]:
        """An image with what is known of it, and its map where there is one."""
        first, row = self.plan.conditions[0], self._row(image_id)
        pixels = self._pixels(image_id, first)
        facts = [("predicted", self._named(row["prediction"])), ("confidence", f"{row['max_probability']:.3f}")]
        if np.isfinite(row.get(_CONSISTENCY, np.nan)):
            facts.append(("consistency", f"{row[_CONSISTENCY]:.3g}"))
        if np.isfinite(row["corrupted_wrong"]):
            facts.append(("wrong, corrupted", f"{row['corrupted_wrong']:.0%}"))
        yield Picture(image=enlarge(pixels), title=title, facts=tuple(facts))
        values = self.maps.maps.get(image_id)
        if values is not None:
            full = full_colour(torch.from_numpy(values))
            checks = (
                (word, f"{row[name]:.2f}")
                for word in ("insertion", "deletion")
                if np.isfinite(row.get(name := f"explain_{self.maps.method}_{word}_blurred", np.nan))
            )
            drawn = draw_map(pixels, values, full=full)
            yield Picture(image=drawn, title=f"{title}: map", facts=tuple(checks))

    def _named(self, class_name: object) -> str:
        title = self.plan.models[self.position].titles.get(str(class_name))
        return f"{title} ({class_name})" if title else str(class_name)

    def _pixels(self, image_id: str, condition: Condition) -> Pixels:
        """What the model saw, (H, W, 3)."""
        prepare, sample = sees(self.plan, self.position), self.by_id[image_id]
        source = condition if condition.kind == "published" else CLEAN
        pixels = load_sample(self.plan.samples, sample, source, [prepare]).pixels[prepare][None]
        seeds = torch.tensor([image_seed(self.plan.seed, image_id)])
        seen: Pixels = apply_condition(self.plan, condition, pixels, seeds=seeds)[0].permute(1, 2, 0).numpy()
        return seen
