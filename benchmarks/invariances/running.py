"""The run: images, an autoencoder, and a conditional flow for every layer, each kept when it is finished."""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.engines import running_engines
from benchmarks.global_statistics.exchange import UNDECIDED, clean_predictions
from benchmarks.inference import Engine
from benchmarks.invariances.depths import choose_layers
from benchmarks.invariances.pool import PARTS, Pool, fitting_size, fold, split_ids
from benchmarks.invariances.widening import check_edits, edited
from benchmarks.loading import load_sample
from benchmarks.plan import Plan
from xai.descent import Progress
from xai.invariances import (
    Autoencoder,
    AutoencoderRecipe,
    InvarianceNetwork,
    InvarianceRecipe,
    Layers,
    ProbeRecipe,
    fit_linear,
    load_autoencoder,
    load_invariances,
    save_autoencoder,
    save_invariances,
    train_autoencoder,
    train_invariances,
)

__all__ = ["Options", "Sampled", "Task", "frozen", "left_to_train", "open_tasks", "sample_layers"]

_OF_FLOWS = {"flow", "components", "probe"}  # options that the autoencoder does not depend on
_LOOKED_AT = 512  # held-out images by which the autoencoder stops, at most
_ROWS = 4  # images for each condition, at least
_VERSION = "1"  # of what networks mean; another one trains finished ones again


@dataclass(frozen=True, kw_only=True)
class Options:
    """How invariances are sampled.

    Attributes:
        layers: names of modules; without any, the last three stages.
        side: of the autoencoder's images, at most.
        widen: edits that make copies, see :data:`benchmarks.invariances.widening.EDITS`.
        copies: edited copies of each image to learn from and to stop by.
        components: whitened features of a layer that count as known, at most.
        autoencoder: how it is trained.
        flow: how the flow of a layer is trained.
        probe: how readers of properties are trained.
    """

    layers: tuple[str, ...] = ()
    side: int = 64
    widen: tuple[str, ...] = ()
    copies: int = 8
    components: int = 48
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
        options: how invariances are sampled.
    """

    plan: Plan
    position: int
    ids: Sequence[str]
    images: Tensor
    labels: Tensor
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
        decided += [self.plan.seed, *self.ids, *map(repr, more)]
        return hashlib.sha256(json.dumps(decided).encode()).hexdigest()[:12]

    def autoencoder_path(self, run: Path) -> Path:
        """Where the autoencoder is kept."""
        return run / self.folder / f"autoencoder-{self.fingerprint()}.safetensors"

    def flow_path(self, run: Path, layer: str, kind: str) -> Path:
        """Where the network of a layer is kept; ``kind`` is ``flow`` or ``linear``."""
        key = self.fingerprint(layer, self.options.flow, self.options.components)
        words = "".join(letter if letter.isalnum() else "_" for letter in layer)[:60]
        return run / self.folder / f"{words}-{kind}-{key}.safetensors"


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """What one model gave.

    Attributes:
        task: its images.
        layers: the classifier as a function to the outputs of its layers.
        autoencoder: of the images.
        flows: by layer.
        baselines: the linear-Gaussian ones, by layer.
        pools: images with features, by part.
        device: where all of it is.
    """

    task: Task
    layers: Layers
    autoencoder: Autoencoder
    flows: Mapping[str, InvarianceNetwork]
    baselines: Mapping[str, InvarianceNetwork]
    pools: Mapping[str, Pool]
    device: torch.device


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
            _layers(task, engine)  # mistakes in names before work starts
    return tasks


def left_to_train(task: Task, run: Path, engine: Engine) -> int:
    """Steps that :func:`sample_layers` has still to train, at most."""
    steps = 0 if task.autoencoder_path(run).exists() else task.options.autoencoder.steps
    names = _layers(task, engine).names
    return steps + task.options.flow.steps * sum(not _finished(task, run, name) for name in names)


def sample_layers(
    task: Task, run: Path, engine: Engine, *, on_steps: Callable[[int], None] = lambda _: None
) -> Sampled:
    """Train what ``run`` does not hold yet: the autoencoder, then the flow of every layer.

    Args:
        task: of :func:`open_tasks`.
        run: the run folder; networks are kept in ``invariances/model-*/*.safetensors`` there.
        engine: of the task's model, running.
        on_steps: called with numbers of training steps.
    """
    (run / task.folder).mkdir(parents=True, exist_ok=True)
    layers, device = _layers(task, engine), engine.device
    size = fitting_size((task.images.shape[2], task.images.shape[3]), task.options.side)
    with frozen(engine.classifier):
        pools = {part: _pool(task, part, layers, size, engine) for part in PARTS}
        autoencoder = _autoencoder(task, run, layers, pools, device, on_steps)
        flows, baselines = {}, {}
        for name in layers.names:
            flows[name], baselines[name] = _networks(task, run, name, autoencoder, pools, device, on_steps)
    return Sampled(
        task=task,
        layers=layers,
        autoencoder=autoencoder,
        flows=flows,
        baselines=baselines,
        pools=pools,
        device=device,
    )


@contextlib.contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Ask for no gradients of weights, which would cost as much as those of pixels; put all back afterwards."""
    wanted = [parameter for parameter in module.parameters() if parameter.requires_grad]
    for parameter in wanted:
        parameter.requires_grad = False
    try:
        yield
    finally:
        for parameter in wanted:
            parameter.requires_grad = True


def _open(plan: Plan, position: int, engine: Engine, options: Options) -> Task:
    preparation, source = plan.models[position].preparation, plan.sources[0][0]
    with ThreadPoolExecutor() as pool:
        loaded = list(pool.map(lambda one: load_sample(plan.samples, one, source, [preparation]), plan.samples.entries))
    read = [place for place, one in enumerate(loaded) if one.status == "ok"]
    images = torch.stack([loaded[place].pixels[preparation] for place in read]) if read else torch.empty(0, 3, 1, 1)
    usable = torch.from_numpy(clean_predictions(engine, images) != UNDECIDED) if read else torch.empty(0).bool()
    samples = [plan.samples.entries[place] for place, fine in zip(read, usable.tolist(), strict=True) if fine]
    split_ids(len(samples), plan.seed)
    return Task(
        plan=plan,
        position=position,
        ids=[sample.image_id for sample in samples],
        images=images[usable],
        labels=torch.tensor([plan.label_indices[position][sample.class_name] for sample in samples]),
        options=options,
    )


def _layers(task: Task, engine: Engine) -> Layers:
    image = task.images[:1].to(engine.device).float() / 255
    return Layers(engine.classifier, choose_layers(engine.classifier, image, task.options.layers))


def _pool(task: Task, part: str, layers: Layers, size: tuple[int, int], engine: Engine) -> Pool:
    """Edited copies of the images of a part; those that judge are edited once, so that all parts are alike."""
    images, options = task.images[task.parts[part]], task.options
    generator = torch.Generator().manual_seed(task.plan.seed + PARTS.index(part))
    rounds = options.copies if options.widen and part != "test" else 1
    pools = [
        fold(edited(images, options.widen, generator), layers, size, device=engine.device, batch_size=engine.batch_size)
        for _ in range(rounds)
    ]
    features = {name: torch.cat([pool.features[name] for pool in pools]) for name in layers.names}
    return Pool(images=torch.cat([pool.images for pool in pools]), features=features)


def _counting(on_steps: Callable[[int], None]) -> Progress:
    return lambda _done, _total: on_steps(1)


def _autoencoder(
    task: Task,
    run: Path,
    layers: Layers,
    pools: Mapping[str, Pool],
    device: torch.device,
    on_steps: Callable[[int], None],
) -> Autoencoder:
    path = task.autoencoder_path(run)
    if not path.exists():
        trained = train_autoencoder(
            pools["train"].images.to(device),
            held_out=pools["held_out"].images[:: -(-len(pools["held_out"]) // _LOOKED_AT)].to(device),
            features=layers,
            recipe=task.options.autoencoder,
            progress=_counting(on_steps),
        )
        save_autoencoder(trained.autoencoder, path)
    return load_autoencoder(path).to(device)


def _networks(
    task: Task,
    run: Path,
    layer: str,
    autoencoder: Autoencoder,
    pools: Mapping[str, Pool],
    device: torch.device,
    on_steps: Callable[[int], None],
) -> tuple[InvarianceNetwork, InvarianceNetwork]:
    """The flow of a layer and its baseline."""
    if not _finished(task, run, layer):
        codes = {part: autoencoder.posteriors(pools[part].images.to(device)) for part in PARTS[:2]}
        features = {part: pools[part].features[layer].to(device) for part in PARTS[:2]}
        drawn = codes["train"].sample(torch.Generator().manual_seed(task.plan.seed))
        trained = train_invariances(
            fit_linear(drawn, features["train"], components=min(task.options.components, len(drawn) // _ROWS)),
            codes["train"],
            features["train"],
            held_out=(codes["held_out"], features["held_out"]),
            recipe=task.options.flow,
            progress=_counting(on_steps),
        )
        save_invariances(trained.baseline, task.flow_path(run, layer, "linear"))
        save_invariances(trained.network, task.flow_path(run, layer, "flow"))
    flow, linear = (load_invariances(task.flow_path(run, layer, kind)).to(device) for kind in ("flow", "linear"))
    return flow, linear


def _finished(task: Task, run: Path, layer: str) -> bool:
    return all(task.flow_path(run, layer, kind).exists() for kind in ("linear", "flow"))
