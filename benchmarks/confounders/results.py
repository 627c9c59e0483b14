"""The run: every suspected confounder of every model measured and drawn, each kept when it is finished."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import torch

from benchmarks.confounders.finding import Asked, Confounder, find_confounders, names_asked
from benchmarks.confounders.groups import COIN
from benchmarks.confounders.measuring import MEASURED, measure_confounder, projected_images
from benchmarks.confounders.projecting import FLOW, has_networks, networks
from benchmarks.inference import Engine
from benchmarks.invariances import Drawing, Task, draw_images, shown, steps_of_drawing
from benchmarks.parts import read_part, write_part
from benchmarks.sections import close_section
from reports.gallery import Gallery, Picture, Strip, write_gallery
from reports.tables import write_tables
from xai.invariances import LOGITS, InvarianceNetwork, as_pixels

__all__ = ["TABLE", "judge_confounders", "steps_left", "write_confounders"]

TABLE = "confounders"
"""The table."""

_SHOWN = 4  # images of each confounder


def judge_confounders(
    task: Task,
    run: Path,
    engine: Engine,
    asked: Asked,
    *,
    several: bool,
    on_steps: Callable[[int], None] = lambda _: None,
) -> pd.DataFrame:
    """Train what ``run`` does not hold yet, measure every confounder of one model and draw a gallery.

    Args:
        task: the model's images.
        run: the run folder.
        engine: of the model, running.
        asked: which confounders are suspected.
        several: whether there are other models.
        on_steps: called with numbers of training steps.

    Returns:
        Columns ``model``, then :data:`benchmarks.confounders.measuring.MEASURED`.
    """
    drawing = draw_images(task, run, engine, on_steps=on_steps)
    frames, strips = list[pd.DataFrame](), list[Strip]()
    for confounder in find_confounders(task, drawing, asked):
        maps = networks(task, run, drawing, confounder, on_steps)
        path = run / task.folder / f"confounder-{len(frames) + 1:02d}.parquet"
        key = task.fingerprint("confounder", confounder.name, str(asked), task.options.flow)
        part = read_part(path, key)
        if part is None:
            found = measure_confounder(task, drawing, confounder, maps, seed=task.plan.seed)
            part = pa.Table.from_pandas(found, preserve_index=False)
            write_part(part, path, key)
        frames.append(part.to_pandas())
        if confounder.name != COIN:
            strips += _strips(task, drawing, confounder, maps[FLOW])
    write_gallery(run, _gallery(task, strips, several=several))
    every: pd.DataFrame = pd.concat(frames, ignore_index=True).assign(model=task.name)[["model", *MEASURED]]
    return every


def steps_left(task: Task, run: Path, asked: Asked) -> int:
    """Steps that :func:`judge_confounders` has still to train, at most.

    Raises:
        ValueError: what is asked for does not exist or does not fit the images.
    """
    names = names_asked(task, asked)
    missing = sum(not has_networks(task, run, name) for name in names)
    return steps_of_drawing(task, run) + missing * task.options.flow.steps


def write_confounders(tables: Sequence[pd.DataFrame], run: Path) -> Path:
    """Write ``tables/confounders.csv``, its figures and the page of an open run folder; the page's path."""
    write_tables(run, {TABLE: pd.concat(tables, ignore_index=True)})
    return close_section(run)


def _strips(task: Task, drawing: Drawing, confounder: Confounder, network: InvarianceNetwork) -> Iterator[Strip]:
    names = task.plan.models[task.position].classifier.class_names
    groups = confounder.groups["test"].tolist()
    order = sorted(range(len(groups)), key=lambda one: (groups[: one + 1].count(groups[one]), one))
    places = [one for one in order if groups[one] >= 0][:_SHOWN]
    drawn = projected_images(drawing, confounder, network, places)
    for place, (group, plain, images) in zip(places, drawn, strict=True):
        every = torch.cat([plain[None], images])
        answers = [names[one] for one in drawing.layers.rows(every)[LOGITS].argmax(1).tolist()]
        titles = ["reconstruction", *(f"as {name}" for name in confounder.names)]
        pictures = [
            Picture(image=shown(image), title=title, facts=(("predicted", answer),))
            for image, title, answer in zip(every, titles, answers, strict=True)
        ]
        original = Picture(image=shown(as_pixels(drawing.pools["test"].images[place])), title="image")
        where = f"{confounder.name}: {confounder.names[group]}"
        yield Strip(title=where, pictures=(original, *pictures))


def _gallery(task: Task, strips: Sequence[Strip], *, several: bool) -> Gallery:
    return Gallery(
        name=f"confounders{f'_{task.position + 1}' if several else ''}",
        title=f"As another group would have it{f', {task.name}' if several else ''}",
        explanation=(
            "Images beside their reconstruction and what they are projected to: the same content, drawn as each group "
            "would have it. Under each the predicted class. Where content goes with the group in the data, it changes "
            "too: what is shown is an association."
        ),
        strips=tuple(strips),
    )
