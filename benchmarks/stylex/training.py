"""A StylEx in a folder: trained there, continued there, found there.

``stylex.safetensors`` is the result, ``stylex.json`` says how it came about, ``log.csv`` has a row of mean losses for
every so many steps, ``grids/`` shows held-out images beside what became of them, and ``state.safetensors`` is what an
unfinished training goes on from.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image

from benchmarks.provenance import installed_versions
from benchmarks.stylex.data import StylexData
from benchmarks.stylex.grids import sample_grid
from benchmarks.stylex.setting import StylexSetting
from benchmarks.training.ranks import Team, join
from benchmarks.zoo import ZooModel
from reports.records import write_atomically
from xai.storage import read_tensors, write_tensors
from xai.stylex import Perceptual, StylEx, StylExTraining, load_stylex, save_stylex, stylex_notes

__all__ = ["RESULT", "remaining_steps", "train_stylex"]

RESULT = "stylex.safetensors"
_STATE, _STATE_KIND = "state.safetensors", "stylex_training"
_GRID_IMAGES = 16
_MOST_GRIDS = 10


def remaining_steps(model: ZooModel, data: StylexData, folder: Path, *, setting: StylexSetting) -> int:
    """Steps that :func:`train_stylex` has still to take.

    Raises:
        ValueError: the folder holds another training.
    """
    fingerprint = setting.fingerprint(model, data)
    if (folder / RESULT).exists():
        _check_same(stylex_notes(folder / RESULT)["fingerprint"], fingerprint, folder)
        return 0
    if not (folder / _STATE).exists():
        return setting.recipe.steps
    _, description = read_tensors(folder / _STATE, kind=_STATE_KIND)
    _check_same(description["fingerprint"], fingerprint, folder)
    return setting.recipe.steps - int(description["log"][-1]["step"])


def train_stylex(
    model: ZooModel,
    data: StylexData,
    folder: Path,
    *,
    setting: StylexSetting,
    device: torch.device | str = "cpu",
    on_step: Callable[[int], None] = lambda _: None,
    perceptual: Perceptual | None = None,
) -> StylEx:
    """Train a StylEx for a classifier, or go on with a training that was stopped, or find it complete.

    Under torchrun all processes train one StylEx, and the first writes.

    Args:
        model: the classifier, with the data's classes.
        data: images to train on; the held-out ones show how far it is.
        folder: made if it is not there.
        setting: architecture and recipe.
        device: where to train; the first GPU of each process for ``cuda``.
        on_step: called after each step with 1.
        perceptual: LPIPS that the setting names, if it names one.

    Raises:
        ValueError: the folder holds another training, the model has other classes than the data, the loss diverged, or
            LPIPS is not that of the setting.
    """
    if model.classifier.class_names != data.class_names:
        raise ValueError(
            f"expected a classifier of {', '.join(data.class_names)}, got one of "
            f"{', '.join(model.classifier.class_names[:10])}; restrict it to the classes of the data"
        )
    if setting.perceptual != (perceptual.weights_hash if perceptual else ""):
        raise ValueError("expected `perceptual` with the weights that `setting` names, got others")
    left = remaining_steps(model, data, folder, setting=setting)
    team = join(torch.device(device))
    if left:
        training = _open_training(model, data, folder, setting, team, perceptual)
        folder.mkdir(parents=True, exist_ok=True)
        keeper = _Keeper(folder=folder, data=data, setting=setting, fingerprint=setting.fingerprint(model, data))
        system = training.run(on_step=on_step, on_log=keeper if team.leads else lambda _: None)
        if team.leads:
            keeper.finish(system, model, training)
        team.wait()
    return load_stylex(folder / RESULT, model.classifier, weights_hash=model.weights_sha256, device=team.device)


class _Keeper:
    """Writes what a training shows and needs, after every row of its log."""

    def __init__(self, *, folder: Path, data: StylexData, setting: StylexSetting, fingerprint: str) -> None:
        self.folder, self.data, self.setting, self.fingerprint = folder, data, setting, fingerprint

    def __call__(self, training: StylExTraining) -> None:
        """Keep state, log and, from time to time, a grid."""
        description = {"fingerprint": self.fingerprint, "log": training.log}
        write_tensors(self.folder / _STATE, training.state(), kind=_STATE_KIND, description=description)
        write_atomically(self.folder / "log.csv", pd.DataFrame(training.log).to_csv(index=False).encode())
        rows = -(-self.setting.recipe.steps // self.setting.recipe.log_every)
        every = -(-rows // _MOST_GRIDS) * self.setting.recipe.log_every
        if training.step % every == 0 or training.step == self.setting.recipe.steps:
            (self.folder / "grids").mkdir(exist_ok=True)
            grid = sample_grid(training.result, self.data.held_out[:_GRID_IMAGES])
            picture = Image.fromarray(np.ascontiguousarray(grid.permute(1, 2, 0).numpy()))
            picture.save(self.folder / "grids" / f"step-{training.step:06d}.png")

    def finish(self, system: StylEx, model: ZooModel, training: StylExTraining) -> None:
        """Write the result, which makes the training complete, and drop what was only needed to continue."""
        notes = {
            "fingerprint": self.fingerprint,
            "recipe": asdict(self.setting.recipe),
            "perceptual": self.setting.perceptual or "features of the classifier",
            "class_names": list(self.data.class_names),
            "model": model.describe(),
            "data": {"name": self.data.name, "images": len(self.data.images), "fingerprint": self.data.fingerprint},
            "versions": installed_versions(),
        }
        described = {**notes, "architecture": asdict(self.setting.architecture), "last": training.log[-1]}
        write_atomically(self.folder / "stylex.json", json.dumps(described, indent=1).encode())
        save_stylex(system, self.folder / RESULT, notes=notes)
        (self.folder / _STATE).unlink()


def _open_training(
    model: ZooModel,
    data: StylexData,
    folder: Path,
    setting: StylexSetting,
    team: Team,
    perceptual: Perceptual | None,
) -> StylExTraining:
    training = StylExTraining(
        model.classifier,
        data.images,
        architecture=setting.architecture,
        recipe=setting.recipe,
        weights_hash=model.weights_sha256,
        device=team.device,
        perceptual=perceptual,
    )
    if (folder / _STATE).exists():
        tensors, description = read_tensors(folder / _STATE, kind=_STATE_KIND)
        training.restore(tensors, description["log"])
    return training


def _check_same(found: str, fingerprint: str, folder: Path) -> None:
    if found != fingerprint:
        raise ValueError(
            f"expected {folder} to hold this training, got one of another classifier, data, architecture or recipe; "
            "choose another folder with --out"
        )
