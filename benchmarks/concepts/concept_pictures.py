"""Pictures of factors: what becomes of an image that gets another one's factor, and which images are alike in it.

Nothing is rendered. An edited image is a point of the layer, and the picture that stands for it is the image whose
features come closest.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from benchmarks.concepts.measuring import Question
from reports.gallery import Gallery, Picture, Strip
from reports.heatmaps import enlarge
from xai.iin import InterpretationNetwork, nearest, swap

__all__ = ["concept_galleries"]

_DONORS, _FACTORS, _ALIKE = 5, 10, 5
_SWAPS = (
    "The first row shows an image and others. Below, the image has one factor of each of the others: its decision "
    "then, and the image that comes closest to it. An arrow marks decisions that change."
)
_NEAREST = "An image, and those that are most alike in one factor, whatever the others say."


def concept_galleries(
    question: Question, network: InterpretationNetwork, images: Tensor, *, number: str, where: str
) -> Iterator[Gallery]:
    """The swap grid and the nearest images of a network.

    Args:
        question: whose first rows are the images.
        network: from features to factors; one without named factors gives nothing.
        images: (N, 3, H, W) uint8.
        number: in names of galleries.
        where: for titles: the layer, and the model.
    """
    if len(question.judged) <= _DONORS or not network.factors:
        return
    artist = _Artist(question, network, images)
    yield Gallery(
        name=f"concepts_swaps_{number}",
        title=f"Factors of other images{where}",
        explanation=_SWAPS,
        strips=tuple(artist.swaps()),
    )
    yield Gallery(
        name=f"concepts_alike_{number}",
        title=f"Most alike, factor by factor{where}",
        explanation=_NEAREST,
        strips=tuple(artist.alike()),
    )


class _Artist:
    """Draws one network's pictures."""

    def __init__(self, question: Question, network: InterpretationNetwork, images: Tensor) -> None:
        self.question, self.network, self.images = question, network, images
        self.features = question.features[: question.whole]
        self.scale = network.whitening.scale
        order = torch.randperm(len(question.judged), generator=torch.Generator().manual_seed(question.seed))
        self.shown = question.judged[order[: _DONORS + 1]]
        self.factors = network.factors[:_FACTORS]

    def swaps(self) -> Iterator[Strip]:
        """A strip of the images, then one a factor."""
        logits = self.question.head(self.features[self.shown])
        first = [self._picture(int(row), self._decision(one)) for row, one in zip(self.shown, logits, strict=True)]
        yield Strip(title="the image, and those who give", pictures=tuple(first))
        receiver, donors = self.features[self.shown[:1]], self.features[self.shown[1:]]
        before = int(logits[0].argmax())
        for factor in self.factors:
            edited = swap(self.network, receiver.expand(len(donors), -1), donors, factor)
            pictures = [first[0]]
            for one, decided in zip(edited, self.question.head(edited), strict=True):
                title = self._decision(decided)
                title = f"→ {title}" if int(decided.argmax()) != before else title
                pictures.append(self._picture(self._closest(one), title))
            yield Strip(title=f"gets {factor}", pictures=tuple(pictures))

    def alike(self) -> Iterator[Strip]:
        """A strip a factor: an image and its neighbours."""
        names = self.question.class_names
        row = int(self.shown[0])
        decided = self.question.head(self.features).argmax(1)
        for factor in self.factors:
            found = nearest(self.network, self.features[row : row + 1], self.features, factor, count=_ALIKE + 1)[0]
            others = [one for one in found.tolist() if one != row][:_ALIKE]
            pictures = [self._picture(one, str(names[int(decided[one])])) for one in (row, *others)]
            yield Strip(title=factor, pictures=tuple(pictures))

    def _closest(self, edited: Tensor) -> int:
        """The image whose standardised features come closest, the shown ones aside."""
        distances = ((self.features - edited) / self.scale).square().sum(1)
        distances[self.shown] = torch.inf
        return int(distances.argmin())

    def _decision(self, logits: Tensor) -> str:
        place = int(logits.argmax())
        return f"{self.question.class_names[place]} {logits.softmax(0)[place]:.0%}"

    def _picture(self, row: int, title: str) -> Picture:
        pixels: np.ndarray = self.images[row].permute(1, 2, 0).numpy()
        return Picture(image=enlarge(pixels), title=title)
