"""Pictures of planted runs: images beside the regions that maps are asked about, and the maps."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from benchmarks.explanations.colours import SCALE, full_colour
from benchmarks.explanations.planted_running import PlantedFindings
from benchmarks.planted import Question, positive_mass
from reports.gallery import Gallery, Picture, Strip
from reports.heatmaps import LEGEND, draw_map, draw_mask, enlarge

__all__ = ["planted_gallery"]

_EACH = 2  # images of each predicted class


def planted_gallery(found: PlantedFindings, name: str) -> Gallery:
    """Two images of each class that the classifier predicts, with masks and with the maps of every method."""
    artist = _Artist(found)
    chosen = [int(row) for k in found.targets.unique() for row in (found.targets == k).nonzero()[:_EACH, 0]]
    return Gallery(
        name=name,
        title=f"Planted classifier: {found.setting.name}",
        explanation=(
            f"The first images of each predicted class, the regions that a map must or must not point at, and the "
            f"maps for the predicted class: {LEGEND}; {SCALE}."
        ),
        strips=tuple(artist.strip(row) for row in chosen),
    )


class _Artist:
    """Draws single images of a planted classifier."""

    def __init__(self, found: PlantedFindings) -> None:
        self.found, self.questions = found, found.questions
        self.images = found.data.images.permute(0, 2, 3, 1).numpy()
        self.names = found.setting.design.class_names
        self.marked = found.data.attributes["marker"].to_numpy()

    def strip(self, row: int) -> Strip:
        image, predicted = self.images[row], self.names[int(self.found.targets[row])]
        pictures = [Picture(image=enlarge(image), title="image", facts=(("predicted", predicted),))]
        pictures += [self._region(image, question, row) for question in self.questions]
        pictures += [self._map(image, name, maps[row], row) for name, maps in self.found.maps.items()]
        marker = "with" if self.marked[row] else "without"
        return Strip(title=f"{predicted}, {marker} marker (image {row})", pictures=tuple(pictures))

    def _region(self, image: npt.NDArray[np.uint8], question: Question, row: int) -> Picture:
        mask = question.masks[row]
        answer = "must be pointed at" if question.expected else "must not be pointed at"
        facts = (("region", answer), ("area", f"{float(mask.double().mean()):.1%}"))
        return Picture(image=draw_mask(image, mask.numpy()), title=question.name, facts=facts)

    def _map(self, image: npt.NDArray[np.uint8], method: str, values: Tensor, row: int) -> Picture:
        full = full_colour(values)
        facts = [("opaque at", f"±{full:.2g}")]
        for question in self.questions:
            mass = float(positive_mass(values[None], question.masks[row : row + 1]))
            facts.append((f"in {question.name}", "undefined" if np.isnan(mass) else f"{mass:.0%}"))
        drawn = draw_map(image, torch.nan_to_num(values).numpy(), full=full)
        return Picture(image=drawn, title=method.replace("_", " "), facts=tuple(facts))
