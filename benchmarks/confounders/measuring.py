"""What a classifier answers when images are shown as another group would have them, beside the same for a coin."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import pandas as pd
import torch
from torch import Tensor

from benchmarks.confounders.finding import Confounder
from benchmarks.confounders.groups import UNKNOWN
from benchmarks.invariances.pool import PARTS
from benchmarks.invariances.running import Drawing
from benchmarks.invariances.tasks import Task
from benchmarks.summary.figures import FIGURE
from xai.iin import Estimate
from xai.invariances import (
    LOGITS,
    InvarianceNetwork,
    ProbeRecipe,
    as_condition,
    as_pixels,
    fit_reader,
    project,
    projection_effect,
)

__all__ = ["MEASURED", "measure_confounder", "projected_images"]

MEASURED = ["confounder", "map", "metric", "subject", *FIGURE]

_METRICS = ("flipped", "shift", "arrived", "readable", "leak", "round_trip")


def measure_confounder(
    task: Task, drawing: Drawing, confounder: Confounder, maps: Mapping[str, InvarianceNetwork], *, seed: int
) -> pd.DataFrame:
    """Judge one confounder on images that nothing was trained on.

    Args:
        task: the model's images.
        drawing: of the task, its engine still running.
        confounder: of :func:`find_confounders`.
        maps: of :func:`networks`.
        seed: of the intervals.

    Returns:
        Columns :data:`MEASURED`.
    """
    known = (confounder.groups["test"] != UNKNOWN).nonzero().flatten()
    images = as_pixels(drawing.pools["test"].images[known].to(drawing.device))
    codes = drawing.autoencoder.posteriors(images).mean
    read = confounder.read or _reader(drawing, confounder, task.options.probe)
    rows: list[dict[str, object]] = []
    for kind, network in maps.items():
        found = projection_effect(
            network,
            lambda drawn: drawing.layers.rows(drawn)[LOGITS],
            codes,
            confounder.groups["test"][known].to(drawing.device),
            count=len(confounder.names),
            autoencoder=drawing.autoencoder,
            read=read,
            seed=seed,
        )
        rows += [_row(confounder.name, kind, metric, "", getattr(found, metric)) for metric in _METRICS]
        rows += [
            _row(confounder.name, kind, "pair", f"{confounder.names[a]} → {confounder.names[b]}", one)
            for (a, b), one in found.pairs.items()
        ]
    return pd.DataFrame(rows, columns=MEASURED)


def _row(name: str, kind: str, metric: str, subject: str, estimate: Estimate) -> dict[str, object]:
    found = {column: getattr(estimate, column) for column in FIGURE}
    return {"confounder": name, "map": kind, "metric": metric, "subject": subject, **found}


def _reader(drawing: Drawing, confounder: Confounder, recipe: ProbeRecipe) -> Callable[[Tensor], Tensor]:
    """A small network that reads groups from codes; what is drawn is encoded again first."""
    told = {}
    for part in PARTS[:2]:
        known = (confounder.groups[part] != UNKNOWN).nonzero().flatten()
        codes = drawing.autoencoder.posteriors(drawing.pools[part].images[known].to(drawing.device)).mean
        wanted = confounder.groups[part][known].to(drawing.device)
        told[part] = codes, as_condition(wanted, len(confounder.names), like=codes)
    reader = fit_reader(*told["train"], held_out=told["held_out"], recipe=recipe)
    return lambda images: reader(drawing.autoencoder.posteriors(images).mean).argmax(1)


def projected_images(
    drawing: Drawing, confounder: Confounder, network: InvarianceNetwork, places: Sequence[int]
) -> Iterator[tuple[int, Tensor, Tensor]]:
    """For each judged image its group, its reconstruction, and images (G, 3, h, w) as every group would have it."""
    count = len(confounder.names)
    for place in places:
        image = as_pixels(drawing.pools["test"].images[[place]].to(drawing.device))
        code = drawing.autoencoder.posteriors(image).mean
        group = confounder.groups["test"][[place]].to(drawing.device)
        codes, here = code.expand(count, -1), as_condition(group, count, like=code).expand(count, -1)
        there = as_condition(torch.arange(count).to(group), count, like=code)
        yield (
            int(group),
            drawing.autoencoder.draw(code)[0],
            drawing.autoencoder.draw(project(network, codes, here, there)),
        )
