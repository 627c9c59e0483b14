"""Maps that show images as other groups would have them, each kept in the run folder when it is finished."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from benchmarks.confounders.finding import Confounder
from benchmarks.confounders.groups import UNKNOWN
from benchmarks.invariances.pool import PARTS
from benchmarks.invariances.running import Drawing
from benchmarks.invariances.tasks import Task
from xai.invariances import (
    InvarianceNetwork,
    InvarianceRecipe,
    as_condition,
    balanced_rows,
    fit_linear,
    load_invariances,
    save_invariances,
    train_invariances,
)

__all__ = ["FLOW", "LINEAR", "has_networks", "networks"]

FLOW, LINEAR = "flow", "linear"
"""Which map projects: the flow, or the linear-Gaussian baseline."""

_NOISE = 0.02  # on groups in training, in standard deviations: a flow needs no remedy against knowing them exactly


def networks(
    task: Task,
    run: Path,
    drawing: Drawing,
    confounder: Confounder,
    on_steps: Callable[[int], None] = lambda _: None,
) -> dict[str, InvarianceNetwork]:
    """The flow conditioned on groups and its baseline, trained unless ``run`` holds them."""
    paths = {kind: _path(task, run, confounder, kind) for kind in (FLOW, LINEAR)}
    if not all(path.exists() for path in paths.values()):
        recipe = replace(task.options.flow, noise=_NOISE)
        for kind, network in _train(drawing, confounder, recipe, on_steps).items():
            save_invariances(network, paths[kind])
    return {kind: load_invariances(path).to(drawing.device) for kind, path in paths.items()}


def has_networks(task: Task, run: Path, name: str) -> bool:
    """Whether ``run`` holds networks of a confounder of this name, of these images and settings or of others."""
    return any((run / task.folder).glob(f"confounder-{_words(name)}-{FLOW}-*.safetensors"))


def _path(task: Task, run: Path, confounder: Confounder, kind: str) -> Path:
    groups = hashlib.sha256(b"".join(one.numpy().tobytes() for one in confounder.groups.values())).hexdigest()
    key = task.fingerprint("confounder", confounder.name, groups, task.options.flow)
    return run / task.folder / f"confounder-{_words(confounder.name)}-{kind}-{key}.safetensors"


def _words(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name)[:60]


def _train(
    drawing: Drawing, confounder: Confounder, recipe: InvarianceRecipe, on_steps: Callable[[int], None]
) -> dict[str, InvarianceNetwork]:
    generator = torch.Generator().manual_seed(recipe.seed)
    codes, groups = {}, {}
    for part in PARTS[:2]:
        known = (confounder.groups[part] != UNKNOWN).nonzero().flatten()
        rows = known[balanced_rows(confounder.groups[part][known], generator=generator)]
        codes[part] = drawing.autoencoder.posteriors(drawing.pools[part].images[rows].to(drawing.device))
        wanted = confounder.groups[part][rows].to(drawing.device)
        groups[part] = as_condition(wanted, len(confounder.names), like=codes[part].mean)
    start = fit_linear(codes["train"].sample(generator), groups["train"], components=len(confounder.names))
    trained = train_invariances(
        start,
        codes["train"],
        groups["train"],
        held_out=(codes["held_out"], groups["held_out"]),
        recipe=recipe,
        progress=lambda _done, _total: on_steps(1),
    )
    return {FLOW: trained.network, LINEAR: trained.baseline}
