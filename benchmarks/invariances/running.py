"""The run: an autoencoder of the images, and a conditional flow for every layer, each kept when it is finished."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from benchmarks.inference import Engine
from benchmarks.invariances.pool import PARTS, Pool, fitting_size, fold
from benchmarks.invariances.tasks import Options, Task, layers_of
from benchmarks.invariances.widening import edited
from xai.descent import Progress
from xai.invariances import (
    Autoencoder,
    InvarianceNetwork,
    Layers,
    Posterior,
    as_rows,
    fit_linear,
    load_autoencoder,
    load_invariances,
    save_autoencoder,
    save_invariances,
    train_autoencoder,
    train_invariances,
)

__all__ = [
    "Drawing",
    "Sampled",
    "draw_images",
    "frozen",
    "left_to_train",
    "rounds",
    "sample_layers",
    "steps_of_drawing",
]

_LOOKED_AT = 512  # held-out images by which the autoencoder stops, at most
_ROWS = 4  # images for each condition, at least


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """What all maps of one model share.

    Attributes:
        layers: the classifier as a function to the outputs of its layers.
        autoencoder: of the images.
        pools: images with features, by part.
        device: where all of it is.
    """

    layers: Layers
    autoencoder: Autoencoder
    pools: Mapping[str, Pool]
    device: torch.device


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


def left_to_train(task: Task, run: Path, engine: Engine) -> int:
    """Steps that :func:`sample_layers` has still to train, at most."""
    names = layers_of(task, engine).names
    return steps_of_drawing(task, run) + task.options.flow.steps * sum(not _finished(task, run, name) for name in names)


def steps_of_drawing(task: Task, run: Path) -> int:
    """Steps that :func:`draw_images` has still to train, at most."""
    return 0 if task.autoencoder_path(run).exists() else task.options.autoencoder.steps


def draw_images(task: Task, run: Path, engine: Engine, *, on_steps: Callable[[int], None] = lambda _: None) -> Drawing:
    """Give the images of all parts to the classifier, and train the autoencoder unless ``run`` holds it.

    Args:
        task: of :func:`benchmarks.invariances.tasks.open_tasks`.
        run: the run folder.
        engine: of the task's model, running.
        on_steps: called with numbers of training steps.
    """
    (run / task.folder).mkdir(parents=True, exist_ok=True)
    layers, device = layers_of(task, engine), engine.device
    size = fitting_size((task.images.shape[2], task.images.shape[3]), task.options.side)
    with frozen(engine.classifier):
        pools = {part: _pool(task, part, layers, size, engine) for part in PARTS}
        autoencoder = _autoencoder(task, run, layers, pools, device, on_steps)
    return Drawing(layers=layers, autoencoder=autoencoder, pools=pools, device=device)


def sample_layers(
    task: Task, run: Path, engine: Engine, *, on_steps: Callable[[int], None] = lambda _: None
) -> Sampled:
    """Train what ``run`` does not hold yet: the autoencoder, then the flow of every layer.

    Args:
        task: of :func:`benchmarks.invariances.tasks.open_tasks`.
        run: the run folder; networks are kept in ``invariances/model-*/*.safetensors`` there.
        engine: of the task's model, running.
        on_steps: called with numbers of training steps.
    """
    drawing = draw_images(task, run, engine, on_steps=on_steps)
    names = drawing.layers.names
    if missing := [name for name in names if not _finished(task, run, name)]:
        codes = {
            part: drawing.autoencoder.posteriors(drawing.pools[part].images.to(drawing.device)) for part in PARTS[:2]
        }
        with frozen(engine.classifier):
            for name in missing:
                _train(task, run, name, drawing, codes, on_steps)
    flows, baselines = (
        {name: load_invariances(task.flow_path(run, name, kind)).to(drawing.device) for name in names}
        for kind in ("flow", "linear")
    )
    return Sampled(
        task=task,
        layers=drawing.layers,
        autoencoder=drawing.autoencoder,
        flows=flows,
        baselines=baselines,
        pools=drawing.pools,
        device=drawing.device,
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


def _pool(task: Task, part: str, layers: Layers, size: tuple[int, int], engine: Engine) -> Pool:
    """Edited copies of the images of a part; those that judge are edited once, so that all parts are alike."""
    images, options = task.images[task.parts[part]], task.options
    if part == "train":
        images = torch.cat([images, task.more])
    generator = torch.Generator().manual_seed(task.plan.seed + PARTS.index(part))
    pools = [
        fold(edited(images, options.widen, generator), layers, size, device=engine.device, batch_size=engine.batch_size)
        for _ in range(rounds(options, part))
    ]
    features = {name: torch.cat([pool.features[name] for pool in pools]) for name in layers.names}
    return Pool(images=torch.cat([pool.images for pool in pools]), features=features)


def rounds(options: Options, part: str) -> int:
    """Copies of every image: the images that stop need fewer than those to learn from."""
    if not options.widen or part == "test":
        return 1
    return options.copies if part == "train" else -(-options.copies // 2)


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


def _train(
    task: Task,
    run: Path,
    layer: str,
    drawing: Drawing,
    codes: Mapping[str, Posterior],
    on_steps: Callable[[int], None],
) -> None:
    """Write the flow of a layer and its baseline."""
    features = {part: drawing.pools[part].features[layer].to(drawing.device) for part in PARTS[:2]}
    drawn = codes["train"].sample(torch.Generator().manual_seed(task.plan.seed))
    trained = train_invariances(
        fit_linear(drawn, features["train"], components=min(task.options.components, len(drawn) // _ROWS)),
        codes["train"],
        features["train"],
        held_out=(codes["held_out"], features["held_out"]),
        see=lambda sampled: as_rows(drawing.layers(drawing.autoencoder.decode(sampled))[layer]),
        recipe=task.options.flow,
        progress=_counting(on_steps),
    )
    save_invariances(trained.baseline, task.flow_path(run, layer, "linear"))
    save_invariances(trained.network, task.flow_path(run, layer, "flow"))


def _finished(task: Task, run: Path, layer: str) -> bool:
    return all(task.flow_path(run, layer, kind).exists() for kind in ("linear", "flow"))
