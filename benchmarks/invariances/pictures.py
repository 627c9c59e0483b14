"""Galleries: samples beside their check, what is kept and discarded exchanged, and an attack through every layer."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from benchmarks.invariances.running import Sampled
from reports.gallery import Gallery, Picture, Strip
from xai.invariances import LOGITS, adversarial_view, as_pixels, consistency

__all__ = ["invariance_galleries", "shown"]

_SHOWN, _SAMPLES, _AVERAGED = 3, 6, 64  # images, samples of each, samples behind mean and spread
_SWAPPED = 6  # images of the exchange
_FULL = 0.5  # standard deviation of a pixel in [0, 1] that is drawn white
_EPS = 0.01


def invariance_galleries(sampled: Sampled, *, seed: int, several: bool) -> list[Gallery]:
    """The galleries of one model; its engine is still running.

    Args:
        sampled: of :func:`benchmarks.invariances.running.sample_layers`.
        seed: of the samples.
        several: whether other models stand on the same page.
    """
    artist = _Artist(sampled, seed, several=several)
    return [artist.samples(), artist.swaps(), artist.attack()]


class _Artist:
    """Draws one model's galleries."""

    def __init__(self, sampled: Sampled, seed: int, *, several: bool) -> None:
        self.sampled, self.seed = sampled, seed
        self.pool, task = sampled.pools["test"], sampled.task
        self.places = task.parts["test"]
        self.classes = task.plan.models[task.position].classifier.class_names
        self.suffix = f"_{task.position + 1}" if several else ""
        self.of_model = f", {task.name}" if several else ""
        self.chosen = self._of_different_classes(max(_SHOWN, _SWAPPED))

    def samples(self) -> Gallery:
        return Gallery(
            name=f"invariances{self.suffix}",
            title=f"What looks the same to a layer{self.of_model}",
            explanation=(
                "Images of different predicted classes. For every layer: the image, its reconstruction (the best that "
                "can be drawn), the mean of 64 samples, where they differ (white: a standard deviation of "
                f"{_FULL:.0%} of the range), and samples. What samples do not share, the layer does not tell. Under "
                "each sample its predicted class, and the cosine of its features with the image's beside that which "
                "95 % of pairs of different classes stay below: a sample under it is a failure, not an invariance."
            ),
            strips=tuple(strip for place in self.chosen[:_SHOWN] for strip in self._strips(place)),
        )

    def swaps(self) -> Gallery:
        rows = self.chosen[:_SWAPPED]
        donors = rows[1:] + rows[:1]
        strips = [Strip(title="keeps: images that give what a layer keeps", pictures=self._originals(donors))]
        strips.append(Strip(title="discards: images that give what a layer discards", pictures=self._originals(rows)))
        strips += [
            Strip(
                title=f"{name}: kept of the first, discarded of the second", pictures=self._swapped(name, rows, donors)
            )
            for name in self.sampled.layers.names
        ]
        return Gallery(
            name=f"invariances_swaps{self.suffix}",
            title=f"Kept of one image, discarded of another{self.of_model}",
            explanation=(
                "Column by column, an image is drawn with what a layer keeps of the first row and what it discards of "
                "the second. What it takes from the first is what the layer sees."
            ),
            strips=tuple(strips),
        )

    def attack(self) -> Gallery:
        return Gallery(
            name=f"invariances_attack{self.suffix}",
            title=f"An attack as every layer sees it{self.of_model}",
            explanation=(
                f"One step of the gradient's sign, {_EPS:g} of the range. Each layer's picture has the features of "
                "the attacked image and the clean image's invariances. Controls: noise of random signs of the same "
                "size, and the attacked image through the autoencoder alone. What is off the set of natural features "
                "shows as the nearest plausible content: a harmless picture proves nothing. Images are as in the data, "
                "without the edits of --widen."
            ),
            strips=tuple(self._attacked()),
        )

    def _of_different_classes(self, count: int) -> list[int]:
        """Places in the pool, of as many predicted classes as there are."""
        decided = self.pool.features[LOGITS].argmax(1).tolist()
        order = sorted(range(len(decided)), key=lambda one: (decided[: one + 1].count(decided[one]), one))
        return order[: min(count, len(order))]

    def _features(self, layer: str, rows: list[int]) -> Tensor:
        return self.pool.features[layer][rows].to(self.sampled.device)

    def _codes(self, rows: list[int]) -> Tensor:
        images = self.pool.images[rows].to(self.sampled.device)
        return self.sampled.autoencoder.posteriors(images).mean

    def _strips(self, place: int) -> Iterator[Strip]:
        name = self.sampled.task.ids[int(self.places[place])]
        reconstruction = self.sampled.autoencoder.draw(self._codes([place]))
        for layer in self.sampled.layers.names:
            generator = torch.Generator().manual_seed(self.seed)
            codes = self.sampled.flows[layer].sample(
                self._features(layer, [place]), draws=_AVERAGED, generator=generator
            )
            drawn = self.sampled.autoencoder.draw(codes[:, 0])
            spread = (drawn.std(0).mean(0, keepdim=True) / _FULL).clamp(max=1).expand(3, -1, -1)
            pictures = [
                Picture(image=shown(as_pixels(self.pool.images[place])), title="image", facts=self._label(place)),
                self._decided(reconstruction, "reconstruction")[0],
                Picture(image=shown(drawn.mean(0)), title="mean of samples"),
                Picture(image=shown(spread), title="where they differ"),
                *self._checked(drawn[:_SAMPLES], layer, place),
            ]
            yield Strip(title=f"{layer}: {name}", pictures=tuple(pictures))

    def _label(self, place: int) -> tuple[tuple[str, str], ...]:
        label = int(self.sampled.task.labels[self.places[place]])
        decided = int(self.pool.features[LOGITS][place].argmax())
        return ("label", self.classes[label]), ("predicted", self.classes[decided])

    def _checked(self, images: Tensor, layer: str, place: int) -> list[Picture]:
        features = self._features(layer, list(range(len(self.pool))))
        seen, centre = self.sampled.layers.rows(images), features.mean(0)
        cosines = torch.cosine_similarity(seen[layer] - centre, features[[place]] - centre)
        beside = self._between(layer)
        answers = seen[LOGITS].argmax(1).tolist()
        return [
            Picture(
                image=shown(image),
                title=f"sample {number}",
                facts=(("predicted", self.classes[answer]), ("cosine", f"{cosine:.2f}{beside}")),
            )
            for number, (image, answer, cosine) in enumerate(zip(images, answers, cosines.tolist(), strict=True), 1)
        ]

    @cached_property
    def _labels(self) -> Tensor:
        return self.sampled.task.labels[self.places].to(self.sampled.device)

    def _between(self, layer: str) -> str:
        """The cosine that 95 % of pairs of different classes stay below; empty where there is one class."""
        if len(self._labels.unique()) < 2:
            return ""
        features, generator = self._features(layer, list(range(len(self.pool)))), torch.Generator()
        found = consistency(features[None], features, self._labels, generator=generator.manual_seed(self.seed))
        return f" / {found.threshold:.2f}"

    def _decided(self, images: Tensor, *titles: str) -> list[Picture]:
        """Pictures with the class that the classifier gives them."""
        answers = self.sampled.layers.rows(images)[LOGITS].argmax(1).tolist()
        names = titles if len(titles) == len(images) else titles * len(images)
        return [
            Picture(image=shown(image), title=title, facts=(("predicted", self.classes[answer]),))
            for image, title, answer in zip(images, names, answers, strict=True)
        ]

    def _originals(self, rows: list[int]) -> tuple[Picture, ...]:
        return tuple(
            Picture(image=shown(as_pixels(self.pool.images[row])), title="image", facts=self._label(row))
            for row in rows
        )

    def _swapped(self, layer: str, rows: list[int], donors: list[int]) -> tuple[Picture, ...]:
        network = self.sampled.flows[layer]
        codes = network.swap(self._codes(rows), self._features(layer, rows), self._features(layer, donors))
        return tuple(self._decided(self.sampled.autoencoder.draw(codes), "exchanged"))

    def _attacked(self) -> Iterator[Strip]:
        rows = self.chosen[:_SHOWN]
        images = as_pixels(self.sampled.task.images[self.places[rows]].to(self.sampled.device))
        sampled, generator = self.sampled, torch.Generator().manual_seed(self.seed)
        view = adversarial_view(
            sampled.layers, sampled.autoencoder, sampled.flows, images, generator=generator, eps=_EPS
        )
        for number, row in enumerate(rows):
            one = slice(number, number + 1)
            pictures = [
                Picture(image=shown(images[number]), title="image", facts=self._label(row)),
                *self._decided(view.attacked[one], "attacked"),
                *self._decided(view.reconstruction[one], "attacked, reconstructed"),
            ]
            for layer in sampled.layers.names:
                pictures += self._decided(view.layers[layer][one], f"{layer}, attacked")
                pictures += self._decided(view.noise[layer][one], f"{layer}, noise")
            yield Strip(title=sampled.task.ids[int(self.places[row])], pictures=tuple(pictures))


def shown(image: Tensor) -> npt.NDArray[np.uint8]:
    """An image (3, H, W) in [0, 1] as a gallery takes it."""
    pixels: npt.NDArray[np.uint8] = (image.cpu() * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()
    return pixels
