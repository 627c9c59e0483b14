"""Which images a StylEx is trained on, and that held-out ones are others."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.datasets import open_samples
from benchmarks.planted import Design, Scene, draw_images
from benchmarks.preparation import Preparation
from benchmarks.stylex.data import StylexData, planted_data, samples_data
from tests.benchmarks.stylex.small import brightness_data

PREPARE = Preparation(size=(16, 16), crop_fraction=1.0)


def colours(folder: Path, **changes: object) -> StylexData:
    settings: dict[str, object] = {
        "names": {"red": "rouge", "green": "vert", "blue": "bleu"},
        "class_names": ("rouge", "bleu"),
        "side": 8,
    }
    return samples_data(open_samples(folder), PREPARE, **(settings | changes))  # type: ignore[arg-type]


def test_images_of_the_chosen_classes_are_split(colour_folder: Path) -> None:
    data = colours(colour_folder)
    assert data.images.shape == (16, 3, 8, 8)
    assert data.held_out.shape == (4, 3, 8, 8) and len(set(data.held_out_ids)) == 4
    assert torch.bincount(torch.cat([data.labels, data.held_out_labels])).tolist() == [10, 10]
    everything = torch.cat([data.images, data.held_out]).flatten(1)
    assert len(everything.unique(dim=0)) == 20
    channels = everything.view(20, 3, -1).float().mean(2)
    red = torch.cat([data.labels, data.held_out_labels]) == 0
    assert (channels[red, 0].mean() > channels[red, 2].mean()).item(), "labels are in the order of the logits"


def test_a_smaller_draw_is_part_of_the_larger(colour_folder: Path) -> None:
    some, more = (colours(colour_folder, images=count) for count in (8, 14))
    rows = [{tuple(one.flatten().tolist()) for one in torch.cat([d.images, d.held_out])} for d in (some, more)]
    assert len(rows[0]) == 8
    assert rows[0] < rows[1]
    assert some.fingerprint != more.fingerprint == colours(colour_folder, images=14).fingerprint


def test_planted_images_come_with_an_independent_shortcut() -> None:
    design = Design(rule="size", correlation=1.0, scene=Scene(jitter=0))
    data = planted_data(design, images=20, held_out=30)
    assert torch.equal(data.images, draw_images(design, 20).images)
    assert torch.equal(data.held_out, draw_images(design, 30, split="test", variant="removed").images)


def test_what_is_no_data_is_refused(colour_folder: Path) -> None:
    with pytest.raises(ValueError, match="expected images of a, b to train on and to hold out, got 0 and 0"):
        colours(colour_folder, class_names=("a", "b"))
    with pytest.raises(ValueError, match="expected `held_out` between 0 and 1, got 1"):
        colours(colour_folder, held_out=1.0)
    with pytest.raises(ValueError, match="expected a label for each image"):
        replace(brightness_data(), labels=torch.zeros(3))
