"""Features of all images of a plan under one layer, and of edited copies: computed once, then read from disk."""

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.concepts.edits import choose_edit, edit_strengths
from benchmarks.concepts.layers import Layer
from benchmarks.explanations.choosing import sees
from benchmarks.inference import Engine
from benchmarks.loading import load_sample
from benchmarks.plan import Plan, image_seed
from xai.storage import read_tensors, write_tensors

__all__ = ["Pictures", "cached_features", "edited_pictures", "file_words", "read_pictures"]

_VERSION = "1"  # of what features are; another one makes them be computed again
_KIND = "layer_features"
_BLOCK = 256


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Images of a plan as one of its models sees them.

    Attributes:
        ids: of the N images that can be read.
        images: (N, 3, H, W) uint8, or floats in [0, 1].
        words: what was done to them; empty for nothing.
    """

    ids: tuple[str, ...]
    images: Tensor
    words: str = ""


def read_pictures(plan: Plan, position: int) -> Pictures:
    """Read every image of a plan that can be read.

    Raises:
        ValueError: there are fewer than two.
    """
    prepare, source = sees(plan, position), plan.sources[0][0]
    with ThreadPoolExecutor() as pool:
        loaded = list(pool.map(lambda one: load_sample(plan.samples, one, source, [prepare]), plan.samples.entries))
    there = [place for place, one in enumerate(loaded) if one.status == "ok"]
    if len(there) < 2:
        raise ValueError(f"expected at least two images that can be read in {plan.samples.name}, got {len(there)}")
    return Pictures(
        ids=tuple(plan.samples.entries[place].image_id for place in there),
        images=torch.stack([loaded[place].pixels[prepare] for place in there]),
    )


def edited_pictures(pictures: Pictures, name: str, *, profile: str, seed: int) -> tuple[Pictures, Tensor]:
    """A copy of every image, edited by a strength of its own, and the (N,) strengths; see :mod:`.edits`."""
    seeds = torch.tensor([image_seed(seed, one) for one in pictures.ids])
    strengths = edit_strengths(pictures.ids, name, seed=seed)
    parts = []
    for block in torch.arange(len(pictures.ids)).split(_BLOCK):
        edit = choose_edit(name, profile=profile, seeds=seeds[block])
        parts.append(edit(pictures.images[block].float() / 255, strengths[block].float()))
    images = (torch.cat(parts) * 255).round().to(torch.uint8)
    return Pictures(ids=pictures.ids, images=images, words=f"{name}, {profile}, seed {seed}"), strengths


def cached_features(
    plan: Plan,
    position: int,
    layer: Layer,
    pictures: Pictures,
    folder: Path,
    engine: Engine,
    *,
    on_images: Callable[[int], None] = lambda _: None,
) -> Tensor:
    """Features (N, D) of images, from ``folder`` where they were computed before for these weights and this data.

    Args:
        plan: where the model is.
        position: of the model in the plan.
        layer: of its classifier.
        pictures: the images.
        folder: made if it is not there.
        engine: of the classifier, running.
        on_images: called with numbers of images that are done.
    """
    model = plan.models[position]
    decided = [_VERSION, plan.samples.fingerprint, model.weights_sha256, str(model.preparation), layer.name]
    decided += [pictures.words, *pictures.ids]
    digest = hashlib.sha256(json.dumps(decided).encode()).hexdigest()
    words = [layer.name, *pictures.words.split(",")[:1]] if pictures.words else [layer.name]
    path = folder / f"{file_words(words)}.safetensors"
    found = _read(path, digest)
    if found is None:
        found = _compute(layer, pictures.images, engine, on_images)
        folder.mkdir(parents=True, exist_ok=True)
        write_tensors(path, {"features": found}, kind=_KIND, description={"fingerprint": digest})
    else:
        on_images(len(found))
    return found


def file_words(words: Sequence[str]) -> str:
    """Words as part of a file name.

    Example:
        >>> file_words(["fc:input", "hue"])
        'fc_input-hue'
    """
    return "-".join("".join(letter if letter.isalnum() else "_" for letter in word)[:60] for word in words)


def _read(path: Path, digest: str) -> Tensor | None:
    try:
        tensors, description = read_tensors(path, kind=_KIND)
    except (FileNotFoundError, ValueError):
        return None
    return tensors["features"] if description["fingerprint"] == digest else None


class _Features(nn.Module):
    """The layer's features as an engine's logits, so that it batches them and backs off when memory runs out."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, images: Tensor) -> Tensor:
        return self.layer.features(images)


def _compute(layer: Layer, images: Tensor, engine: Engine, on_images: Callable[[int], None]) -> Tensor:
    reader = replace(engine, classifier=_Features(layer), precision="exact")
    parts = []
    for block in images.split(_BLOCK):
        parts.append(reader.logits(block).clone())  # outside of inference mode, so that a flow can train on it
        on_images(len(block))
    return torch.cat(parts)
