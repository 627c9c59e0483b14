"""Galleries of maps: each beside its image and above its checks, without which no map is shown."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.explanations.colours import SCALE, full_colour
from benchmarks.explanations.explained_tables import map_agreements
from benchmarks.explanations.explaining import Explained
from benchmarks.explanations.methods import CONTROL
from reports.gallery import Gallery, Picture, Strip
from reports.heatmaps import LEGEND, draw_map, enlarge

__all__ = ["explained_galleries"]

_TYPICAL, _WORST, _ERRORS = 6, 3, 8  # images shown: at random, of each kind of worst case, confidently wrong
_HOW = (
    f"{LEGEND[0].upper()}{LEGEND[1:]}; {SCALE}. Under each map its checks: insertion and deletion, how far noise moves "
    "it, and its rank correlation with the map of the untrained network."
)


def explained_galleries(explained: Explained, known: pd.DataFrame) -> list[Gallery]:
    """The galleries of one model: images at random, worst cases, and confident errors.

    Args:
        explained: its maps.
        known: of :func:`benchmarks.explanations.sensitivity.image_sensitivity`, for the same images.
    """
    artist = _Artist(explained, known)
    return [artist.typical(), artist.worst(), artist.errors()] if explained.methods else []


class _Artist:
    """Draws one model's galleries."""

    def __init__(self, explained: Explained, known: pd.DataFrame) -> None:
        self.explained, self.task, self.chosen = explained, explained.task, explained.task.chosen
        self.known = known.set_index("image_id")
        self.shown = [name for name in explained.methods if name != CONTROL]
        several = len(self.task.plan.models) > 1
        self.suffix = f"_{self.task.position + 1}" if several else ""
        self.of_model = f", {self.task.name}" if several else ""

    def typical(self) -> Gallery:
        rows = np.flatnonzero(self.chosen["at_random"])[:_TYPICAL]
        return Gallery(
            name=f"explained{self.suffix}",
            title=f"Maps of images at random{self.of_model}",
            explanation=f"The first {len(rows)} images of the draw, explained for the predicted class. {_HOW}",
            strips=tuple(self._strip(row, self._title(row)) for row in rows),
        )

    def worst(self) -> Gallery:
        strips = [self._strip(row, f"{why}: {self._title(row)}") for why, row in self._worst_rows()]
        return Gallery(
            name=f"explained_worst{self.suffix}",
            title=f"Maps to distrust{self.of_model}",
            explanation=(
                "Of all explained images, those whose maps the classifier itself believes least (insertion minus "
                f"deletion, mean over methods), and those on which methods agree least. {_HOW}"
            ),
            strips=tuple(strips),
        )

    def errors(self) -> Gallery:
        asks = self.task.asks
        truth = np.flatnonzero(asks["kind"] == "label")[:_ERRORS]
        strips = [self._dissection(int(asks["row"].iloc[ask]), int(ask)) for ask in truth]
        wrong = int(self.chosen["confidently_wrong"].sum())
        return Gallery(
            name=f"dissected{self.suffix}",
            title=f"Confident errors dissected{self.of_model}",
            explanation=(
                f"{len(strips)} of the {wrong} most confidently wrong images that were explained, each with the maps "
                f"for the predicted class and for the true one. Where both maps agree, the classifier sees the same "
                f"pixels and draws another conclusion. {self._words()}{_HOW}"
                if wrong
                else "No explained image is classified wrongly."
            ),
            strips=tuple(strips),
        )

    def _worst_rows(self) -> Iterator[tuple[str, int]]:
        """Why an image is shown, and its row; each image once."""
        count, said = len(self.chosen), set[int]()
        checks = [self.explained.methods[name].checks.iloc[:count] for name in self.shown]
        belief = np.mean([part["insertion_blurred"] - part["deletion_blurred"] for part in checks], axis=0)
        agreements = list(map_agreements(self.explained).values())
        agreement = np.mean(agreements, axis=0) if agreements else np.full(count, np.nan)
        for why, scores in (("hardly believed", belief), ("methods disagree", agreement)):
            for row in np.argsort(scores, kind="stable")[: _WORST if not np.isnan(scores).any() else 0]:
                if int(row) not in said:
                    said.add(int(row))
                    yield why, int(row)

    def _title(self, row: int) -> str:
        image = self.chosen.iloc[row]
        return f"{image['label_name']} ({image['image_id']})"

    def _strip(self, row: int, title: str) -> Strip:
        maps = [self._map(name, row, row, name.replace("_", " ")) for name in self.shown]
        return Strip(title=title, pictures=(self._image(row), *maps))

    def _dissection(self, row: int, truth: int) -> Strip:
        image, pictures = self.chosen.iloc[row], [self._image(row)]
        for name in self.shown:
            words = name.replace("_", " ")
            pictures.append(self._map(name, row, row, f"{words}: {image['prediction_name']}, predicted"))
            pictures.append(self._map(name, row, truth, f"{words}: {image['label_name']}, true"))
        title = f"{image['label_name']} taken for {image['prediction_name']} ({image['image_id']})"
        return Strip(title=f"{title}{self._sensitivity(image['image_id'])}", pictures=tuple(pictures))

    def _words(self) -> str:
        if not self.known["consistency"].notna().any():
            return ""
        return "Consistency is 0 where slightly changed copies get the same answer, and falls as they get others. "

    def _sensitivity(self, image_id: str) -> str:
        row, said = self.known.loc[image_id], ""
        if np.isfinite(row["corrupted_flips"]):
            share, conditions = row["corrupted_flips"], row["conditions"]
            said += f"; another answer under {share:.0%} of {conditions:.0f} corruptions and severities"
        if np.isfinite(row["consistency"]):
            said += f"; consistency {row['consistency']:.3g}, above {row['consistency_rank']:.0%} of images"
        return said

    def _image(self, row: int) -> Picture:
        image = self.chosen.iloc[row]
        facts: Sequence[tuple[str, Any]] = (
            ("label", str(image["label_name"])),
            ("predicted", str(image["prediction_name"])),
            ("confidence", f"{image['max_probability']:.3f}"),
        )
        return Picture(image=enlarge(self._pixels(row)), title="image", facts=tuple(facts))

    def _map(self, name: str, row: int, ask: int, title: str) -> Picture:
        made = self.explained.methods[name]
        values, checks = made.maps[ask], made.checks.iloc[ask]
        full = full_colour(values)
        facts = [
            ("opaque at", f"±{full:.2g}"),
            ("insertion", f"{checks['insertion_blurred']:.2f}"),
            ("deletion", f"{checks['deletion_blurred']:.2f}"),
            ("by noise", f"{checks['sensitivity']:.0%}"),
            ("untrained", f"{checks['randomised_correlation']:.2f}"),
        ]
        if np.isfinite(checks["relative_gap"]):
            facts.append(("gap", f"{checks['relative_gap']:.1%}"))
        return Picture(image=draw_map(self._pixels(row), values.numpy(), full=full), title=title, facts=tuple(facts))

    def _pixels(self, row: int) -> Any:
        return self.task.images[row].permute(1, 2, 0).numpy()
