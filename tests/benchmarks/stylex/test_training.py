"""A training in a folder: complete, continued, refused."""

import json
import multiprocessing
import os
import socket
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from PIL import Image

from benchmarks.stylex.training import RESULT, remaining_steps, train_stylex
from tests.benchmarks.stylex.small import SETTING, brightness_data, brightness_model
from xai.stylex import load_stylex


class StoppedError(Exception):
    """What kills a training in the middle."""


def test_it_ends_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    model, data, steps = brightness_model(), brightness_data(), []
    system = train_stylex(model, data, tmp_path, setting=SETTING, on_step=steps.append)
    assert sum(steps) == 6
    loaded = load_stylex(tmp_path / RESULT, model.classifier, weights_hash=model.weights_sha256)
    assert torch.equal(loaded.reconstruct(data.held_out), system.reconstruct(data.held_out))
    assert pd.read_csv(tmp_path / "log.csv")["step"].tolist() == [2, 4, 6]
    described = json.loads((tmp_path / "stylex.json").read_text())
    assert described["class_names"] == ["dark", "bright"]
    assert described["model"]["weights_sha256"] == model.weights_sha256
    assert described["recipe"]["steps"] == described["last"]["step"] == 6
    grids = sorted((tmp_path / "grids").iterdir())
    assert [one.name for one in grids] == ["step-000002.png", "step-000004.png", "step-000006.png"]
    with Image.open(grids[0]) as grid:
        assert grid.size == (16 * 8 + 15 * 2, 28)
    assert not (tmp_path / "state.safetensors").exists()


def test_a_killed_training_ends_in_the_same_weights(tmp_path: Path) -> None:
    model, data = brightness_model(), brightness_data()
    whole = train_stylex(model, data, tmp_path / "whole", setting=SETTING)
    taken = []

    def stop(count: int) -> None:
        taken.append(count)
        if len(taken) == 5:
            raise StoppedError

    with pytest.raises(StoppedError):
        train_stylex(model, data, tmp_path / "killed", setting=SETTING, on_step=stop)
    assert remaining_steps(model, data, tmp_path / "killed", setting=SETTING) == 2
    resumed = train_stylex(model, data, tmp_path / "killed", setting=SETTING)
    for name, value in whole.networks.state_dict().items():
        assert torch.equal(resumed.networks.state_dict()[name], value), name


def test_a_complete_training_is_not_repeated_and_another_is_refused(tmp_path: Path) -> None:
    model, data = brightness_model(), brightness_data()
    train_stylex(model, data, tmp_path, setting=SETTING)
    assert remaining_steps(model, data, tmp_path, setting=SETTING) == 0
    train_stylex(model, data, tmp_path, setting=SETTING, on_step=lambda _: pytest.fail("nothing is left to do"))
    other = replace(SETTING, recipe=replace(SETTING.recipe, seed=1))
    with pytest.raises(ValueError, match="got one of another classifier, data, architecture or recipe"):
        train_stylex(model, data, tmp_path, setting=other)


def test_other_classes_are_refused(tmp_path: Path) -> None:
    data = replace(brightness_data(), class_names=("bright", "dark"))
    with pytest.raises(ValueError, match="expected a classifier of bright, dark, got one of dark, bright"):
        train_stylex(brightness_model(), data, tmp_path, setting=SETTING)


def test_lpips_that_the_setting_does_not_name_is_refused(tmp_path: Path) -> None:
    named = replace(SETTING, perceptual="abc")
    with pytest.raises(ValueError, match="expected `perceptual` with the weights that `setting` names"):
        train_stylex(brightness_model(), brightness_data(), tmp_path, setting=named)


def train_as_rank(rank: int, port: int, folder: Path) -> None:
    """What torchrun starts, without a second import of torch."""
    place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": 2, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in place.items()})
    system = train_stylex(brightness_model(), brightness_data(), folder, setting=SETTING)
    torch.save(system.networks.state_dict(), folder / f"rank-{rank}.pt")


def test_two_processes_train_one_stylex_and_the_first_writes(tmp_path: Path) -> None:
    model, data = brightness_model(), brightness_data()
    alone = train_stylex(model, data, tmp_path / "alone", setting=SETTING)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path / "together"
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=train_as_rank, args=(rank, port, folder)) for rank in (0, 1)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=120)
        assert process.exitcode == 0
    first, second = (torch.load(folder / f"rank-{rank}.pt") for rank in (0, 1))
    for name, value in alone.networks.state_dict().items():
        assert torch.equal(first[name], second[name])
        torch.testing.assert_close(first[name], value, rtol=1e-2, atol=1e-3)
    assert pd.read_csv(folder / "log.csv")["step"].tolist() == [2, 4, 6]
    assert remaining_steps(model, data, folder, setting=SETTING) == 0
