from dataclasses import replace

import pytest
import torch

from benchmarks.confounders.finding import Asked, find_confounders, names_asked
from benchmarks.engines import running_engines
from benchmarks.invariances.running import draw_images
from benchmarks.invariances.tasks import open_tasks
from tests.benchmarks.invariances.conftest import SMALL

HOW = {"device": torch.device("cpu"), "batch_size": 16}


@pytest.fixture
def table(plan, tmp_path):
    """The site of every image but the first."""
    ids = [one.image_id for one in plan.samples.entries]
    rows = [f"{one},{'ab'[place % 2]}" for place, one in enumerate(ids) if place]
    (tmp_path / "sites.csv").write_text("\n".join(["image_id,site", *rows]))
    return tmp_path / "sites.csv"


def test_copies_have_the_group_of_their_image_and_what_is_not_known_is_said(plan, table, colour_folder, tmp_path):
    (task,) = open_tasks(plan, replace(SMALL, learn_from=str(colour_folder)), **HOW)
    asked = Asked(properties=("hue",), groups=3, table=table)
    assert names_asked(task, asked) == ["hue", "site", "coin"]
    with running_engines(plan, **HOW) as (engine,):
        drawing = draw_images(task, tmp_path, engine)
    hue, site, tossed = find_confounders(task, drawing, asked)
    for part, groups in hue.groups.items():
        labels = task.labels[task.parts[part]]
        if part == "train":
            assert len(groups) == 3 * (len(labels) + 30) == len(drawing.pools[part]) and len(task.more) == 30
        rounds = {"train": 3, "held_out": 2, "test": 1}[part]
        own = groups.view(rounds, -1)[:, : len(labels)]
        assert (own == own[0]).float().mean() > 0.9, "hue stays where an image only moves"
        told = site.groups[part].view(rounds, -1)
        assert (told[:, : len(labels)] == told[0, : len(labels)]).all()
        assert part != "train" or (told[:, len(labels) :] == -1).all()
    known = torch.cat(
        [site.groups[part].view({"train": 3, "held_out": 2, "test": 1}[part], -1)[0] for part in hue.groups]
    )
    assert (known == -1).sum() == 30 + 1
    assert tossed.names == ("heads", "tails") and set(tossed.groups["test"].tolist()) <= {0, 1}


def test_mistakes_are_said_before_work_starts(plan, table):
    (task,) = open_tasks(plan, SMALL, **HOW)
    with pytest.raises(ValueError, match="expected suspected confounders, got none"):
        names_asked(task, Asked())
    with pytest.raises(ValueError, match="expected --properties among hue, .*, got 'age'"):
        names_asked(task, Asked(properties=("age",)))
    table.write_text(table.read_text().replace("image_id,site", "image_id,hue"))
    with pytest.raises(ValueError, match="expected every confounder once, got hue as property and column"):
        names_asked(task, Asked(properties=("hue",), table=table))
