"""What is asked of one model: its images in three parts, and the settings of everything that is trained on them."""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks.conditions import CLEAN, Condition
from benchmarks.datasets import Samples, open_samples
from benchmarks.engines import running_engines
from benchmarks.global_statistics.exchange import UNDECIDED, clean_predictions
from benchmarks.inference import Engine
from benchmarks.invariances.depths import choose_layers
from benchmarks.invariances.pool import split_ids
from benchmarks.invariances.widening import check_edits
from benchmarks.loading import load_sample
from benchmarks.plan import Plan
from benchmarks.preparation import Preparation
from xai.invariances import AutoencoderRecipe, InvarianceRecipe, Layers, ProbeRecipe

__all__ = ["Options", "Task", "layers_of", "open_tasks"]

_OF_FLOWS = {"flow", "components", "probe"}  # options that the autoencoder does not depend on
_VERSION = "3"  # of what networks mean; another one trains finished ones again


@dataclass(frozen=True, kw_only=True)
class Options:
    """How invariances are sampled.

    Attributes:
        layers: names of modules; without any, the last three stages.
        side: of the autoencoder's images, at most.
        widen: edits that make copies, see :data:`benchmarks.invariances.widening.EDITS`.
        copies: edited copies of each image to learn from and to stop by.
        learn_from: more images to learn from, as for ``--data``; neither their labels nor their answers are looked at.
        components: whitened features of a layer that count as known, at most.
        autoencoder: how it is trained.
        flow: how the flow of a layer is trained.
        probe: how readers of properties are trained.
    """

    layers: tuple[str, ...] = ()
    side: int = 64
    widen: tuple[str, ...] = ()
    copies: int = 8
    learn_from: str | None = None
    components: int = 192
    autoencoder: AutoencoderRecipe = field(default_factory=AutoencoderRecipe)
    flow: InvarianceRecipe = field(default_factory=InvarianceRecipe)
    probe: ProbeRecipe = field(default_factory=ProbeRecipe)

    def __post_init__(self) -> None:
        check_edits(self.widen)


@dataclass(frozen=True, kw_only=True)
class Task:
    """One model with its images.

    Attributes:
        plan: where the model and the images are.
        position: of the model in the plan.
        ids: N images that can be read and classified.
        images: (N, 3, H, W) uint8, as the model sees them.
        labels: (N,) classes.
        more: (M, 3, H, W) uint8, images that are only learned from.
        options: how invariances are sampled.
    """

    plan: Plan
    position: int
    ids: Sequence[str]
    images: Tensor
    labels: Tensor
    more: Tensor
    options: Options

    @property
    def name(self) -> str:
        """The model's."""
        return self.plan.models[self.position].name

    @property
    def parts(self) -> dict[str, Tensor]:
        """Places of the images to learn from, to stop by and to judge by."""
        return split_ids(len(self.ids), self.plan.seed)

    @property
    def folder(self) -> str:
        """Where the networks of this model are kept inside a run."""
        return f"invariances/model-{self.position + 1:02d}"

    def fingerprint(self, *more: object) -> str:
        """Short hash of all that decides the autoencoder and, with more of it, a flow."""
        model = self.plan.models[self.position]
        options = {key: value for key, value in asdict(self.options).items() if key not in _OF_FLOWS}
        decided: list[Any] = [
            _VERSION,
            self.plan.samples.fingerprint,
            model.weights_sha256,
            str(model.preparation),
            options,
        ]
        learned = hashlib.sha256(self.more.numpy().tobytes()).hexdigest() if len(self.more) else ""
        decided += [self.plan.seed, learned, *self.ids, *map(repr, more)]
        return hashlib.sha256(json.dumps(decided).encode()).hexdigest()[:12]

    def autoencoder_path(self, run: Path) -> Path:
        """Where the autoencoder is kept."""
        return run / self.folder / f"autoencoder-{self.fingerprint()}.safetensors"

    def flow_path(self, run: Path, layer: str, kind: str) -> Path:
        """Where the network of a layer is kept; ``kind`` is ``flow`` or ``linear``."""
        key = self.fingerprint(layer, self.options.flow, self.options.components)
        words = "".join(letter if letter.isalnum() else "_" for letter in layer)[:60]
        return run / self.folder / f"{words}-{kind}-{key}.safetensors"


def open_tasks(plan: Plan, options: Options, *, device: torch.device, batch_size: int) -> list[Task]:
    """Read and classify the images of every model.

    Args:
        plan: models and images, of precision ``exact``.
        options: how invariances are sampled.
        device: where models run.
        batch_size: images a forward pass.

    Raises:
        ValueError: too few images can be read and classified, or a layer does not exist.
    """
    with running_engines(plan, device=device, batch_size=batch_size) as engines:
        tasks = [_open(plan, position, engine, options) for position, engine in enumerate(engines)]
        for task, engine in zip(tasks, engines, strict=True):
            layers_of(task, engine)  # mistakes in names before work starts
    return tasks


def layers_of(task: Task, engine: Engine) -> Layers:
    """The layers of a task that are looked at; mistakes in their names are errors."""
    image = task.images[:1].to(engine.device).float() / 255
    return Layers(engine.classifier, choose_layers(engine.classifier, image, task.options.layers))


def _open(plan: Plan, position: int, engine: Engine, options: Options) -> Task:
    preparation, source = plan.models[position].preparation, plan.sources[0][0]
    places, images = _read(plan.samples, source, preparation, engine)
    samples = [plan.samples.entries[place] for place in places]
    split_ids(len(samples), plan.seed)
    more = images[:0]
    if options.learn_from is not None:
        _, more = _read(open_samples(options.learn_from), CLEAN, preparation, engine)
    return Task(
        plan=plan,
        position=position,
        ids=[sample.image_id for sample in samples],
        images=images,
        labels=torch.tensor([plan.label_indices[position][sample.class_name] for sample in samples]),
        more=more,
        options=options,
    )


def _read(samples: Samples, source: Condition, preparation: Preparation, engine: Engine) -> tuple[list[int], Tensor]:
    """Places and pixels (N, 3, H, W) uint8 of the images that can be read and classified."""
    with ThreadPoolExecutor() as pool:
        loaded = list(pool.map(lambda one: load_sample(samples, one, source, [preparation]), samples.entries))
    read = [place for place, one in enumerate(loaded) if one.status == "ok"]
    if not read:
        return [], torch.empty(0, 3, 1, 1, dtype=torch.uint8)
    images = torch.stack([loaded[place].pixels[preparation] for place in read])
    usable = clean_predictions(engine, images) != UNDECIDED
    return [place for place, fine in zip(read, usable.tolist(), strict=True) if fine], images[usable]
