"""A training from start to a model that can be audited; stopped and continued at any epoch."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd
import torch

from benchmarks.checkpoints import write_checkpoint
from benchmarks.provenance import describe_device, installed_versions, now
from benchmarks.summary.figures import Figure, rate
from benchmarks.training.data import TrainingData, split
from benchmarks.training.fitting import DivergedError, Fit
from benchmarks.training.ranks import Team, join
from benchmarks.training.setting import TrainingSetting
from benchmarks.training.state import read_state, write_state
from benchmarks.zoo import ZooModel, load_model
from reports.records import read_run, write_atomically, write_run

__all__ = ["TrainedModel", "is_trained", "train"]

_STATE = "state.safetensors"
_WEIGHTS = "weights.safetensors"
_LAST_GOOD = "last_good.safetensors"


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """A trained network with the history of its training.

    Attributes:
        model: ready for an audit; pAdaIN is taken out.
        log: a row per epoch: ``epoch``, ``loss``, ``learning_rate`` (of its last step), ``train_accuracy`` (on
            augmented images as the network saw them), ``validation_accuracy``, ``images``, ``images_per_second``
            (without evaluation), ``seconds``.
        steps: optimiser steps.
        folder: where the training lies.
    """

    model: ZooModel
    log: pd.DataFrame
    steps: int
    folder: Path

    @property
    def images_per_second(self) -> float:
        """Training images a second over all epochs, without evaluation."""
        return float(self.log["images"].sum() / (self.log["images"] / self.log["images_per_second"]).sum())

    @property
    def seconds(self) -> float:
        """Duration of all epochs, with evaluation."""
        return float(self.log["seconds"].sum())

    @property
    def validation(self) -> Figure | None:
        """Accuracy on the held-out images at the end, or at the best epoch; None without such images."""
        run = read_run(self.folder)
        accuracies = self.log["validation_accuracy"]
        images = run["data"]["validation_images"]
        if not images:
            return None
        best = run["setting"]["keep"] == "best"
        value = accuracies.max() if best else accuracies.iloc[-1]
        return rate(round(value * images), images, "accuracy on held-out images" + ", highest of the epochs" * best)

    @property
    def weights(self) -> Path:
        """The file with the weights, class names and data configuration."""
        return self.folder / _WEIGHTS


def train(
    setting: TrainingSetting,
    data: TrainingData,
    folder: Path,
    *,
    device: torch.device,
    on_images: Callable[[int], None] = lambda _: None,
    validation: TrainingData | None = None,
) -> TrainedModel:
    """Train a network, or go on where the same training was stopped, or return what it left.

    Under ``torchrun`` all processes call this together. Each epoch ends with a state in ``folder``; on a CPU, a
    training that was killed and continued with the same number of processes has the same weights, bit by bit. The
    caller's random state stays as it is.

    Args:
        setting: how to train.
        data: images to train on.
        folder: of this training alone: ``state.safetensors`` while it runs, then ``weights.safetensors``; always
            ``log.csv`` and ``run.json``.
        device: where to train.
        on_images: called after each step with its images, those of all processes.
        validation: images to watch it on and to choose the best epoch; a share of ``data`` if None.

    Raises:
        ValueError: the folder holds another training, or data and setting do not fit.
        DivergedError: the loss is no number any more; the last good weights are in ``last_good.safetensors``.
    """
    trained, held_out = (data, validation) if validation else split(data, setting.validation, seed=setting.seed)
    _check_fit(trained, held_out)
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        team = join(device)
        fingerprint = _open(setting, trained, held_out, folder, team)
        if not is_trained(folder):
            _finish(_continued(setting, (trained, held_out), folder, team, fingerprint, on_images), folder)
            team.wait()
        return _read(setting, folder)


def _check_fit(data: TrainingData, held_out: TrainingData) -> None:
    present = data.labels.unique()
    if len(data) < 2 or len(present) < 2:
        raise ValueError(f"expected training images of at least two classes, got {len(data)} of {len(present)}")
    if held_out.class_names != data.class_names:
        raise ValueError("expected validation images with the class names of the training images, got other names")


def _open(setting: TrainingSetting, data: TrainingData, held_out: TrainingData, folder: Path, team: Team) -> str:
    """Claim the folder for this training; its fingerprint."""
    fingerprint = f"{setting.fingerprint(data)}-{held_out.fingerprint[:16]}"
    if (folder / "run.json").exists():
        found = read_run(folder).get("training_fingerprint")
        if found != fingerprint:
            raise ValueError(
                f"expected {folder} to hold this very training, got one with other data or settings; "
                "choose another folder"
            )
    elif folder.exists() and any(one.name[0] != "." for one in folder.iterdir()):
        raise ValueError(f"expected an empty or new folder, got {folder} with other files in it")
    team.wait()
    if team.leads and not (folder / "run.json").exists():
        write_run(folder, _describe(setting, data, held_out, team) | {"training_fingerprint": fingerprint})
    return fingerprint


def _describe(setting: TrainingSetting, data: TrainingData, held_out: TrainingData, team: Team) -> dict[str, object]:
    return now() | {
        "title": f"training {setting.name} on {data.name}",
        "setting": asdict(setting) | {"recipe": setting.recipe.name},
        "overlaps": list(setting.recipe.overlaps),
        "data": {
            "name": data.name,
            "training_images": len(data),
            "validation_images": len(held_out),
            "skipped": data.skipped,
            "classes": list(data.class_names),
            "fingerprint": data.fingerprint,
        },
        "device": describe_device(team.device),
        "processes": team.world,
        "versions": installed_versions(),
        "status": "running",
    }


def is_trained(folder: Path) -> bool:
    """Whether a training in this folder has come to its end."""
    return (folder / "run.json").exists() and read_run(folder)["status"] == "complete"


def _continued(
    setting: TrainingSetting,
    images: tuple[TrainingData, TrainingData],
    folder: Path,
    team: Team,
    fingerprint: str,
    on_images: Callable[[int], None],
) -> Fit:
    """Run the epochs that are left."""
    fit = Fit(setting, *images, team)
    state = read_state(folder / _STATE, fingerprint)
    if state is not None:
        fit.restore(state)
        on_images(fit.epochs * len(images[0]))
    team.wait()
    while fit.epochs < setting.epochs:
        try:
            fit.run_epoch(on_images)
        except DivergedError as error:
            raise _explained(error, fit, folder, fingerprint) from None
        if team.leads:
            write_state(folder / _STATE, fit.state(), fingerprint)
            write_atomically(folder / "log.csv", pd.DataFrame(fit.log).to_csv(index=False).encode())
    return fit


def _explained(error: DivergedError, fit: Fit, folder: Path, fingerprint: str) -> DivergedError:
    """Say what happened and what helps, and keep the last good weights in a form that can be audited."""
    state = read_state(folder / _STATE, fingerprint)
    kept = "there is no earlier state"
    if state is not None:
        fit.restore(state)
        if fit.team.leads:
            _write_weights(fit, folder / _LAST_GOOD)
        kept = f"the weights after epoch {state.epochs} are in {folder / _LAST_GOOD}"
    return DivergedError(
        f"expected a finite loss, got {error} in epoch {fit.epochs + 1} with a learning rate of up to "
        f"{fit.setting.learning_rate:g}; lower it, add a warm-up or clip gradients, and start in another folder; {kept}"
    )


def _finish(fit: Fit, folder: Path) -> None:
    """Leave the weights in place of the state."""
    if not fit.team.leads:
        return
    if fit.best:
        fit.result.load_state_dict(fit.best)
    _write_weights(fit, folder / _WEIGHTS)
    write_run(folder, read_run(folder) | {"status": "complete", "steps": fit.epochs * fit.steps})
    (folder / _STATE).unlink(missing_ok=True)


def _write_weights(fit: Fit, path: Path) -> None:
    classifier = fit.result
    prepare = fit.data.preparation
    config = {
        "input_size": [3, *prepare.size],
        "crop_pct": prepare.crop_fraction,
        "crop_mode": prepare.crop_mode,
        "interpolation": prepare.interpolation,
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.5, 0.5],
    }
    module = classifier.get_submodule("module")
    write_checkpoint(
        module,
        path,
        class_names=fit.data.class_names,
        data_config=json.dumps(config),
        network_size=json.dumps(prepare.size),
    )


def _read(setting: TrainingSetting, folder: Path) -> TrainedModel:
    model = load_model(setting.architecture, checkpoint=folder / _WEIGHTS)
    source = f"{setting.architecture} trained here, recipe {setting.recipe.name}, seed {setting.seed}"
    return TrainedModel(
        model=replace(model, name=setting.name, source=source),
        log=pd.read_csv(folder / "log.csv"),
        steps=read_run(folder)["steps"],
        folder=folder,
    )
