"""One training in progress: steps, epochs, evaluation, and the state that is kept between epochs."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from timm.utils import ModelEmaV3
from torch import Tensor, nn

from benchmarks.classifier import Classifier
from benchmarks.inference import has_bfloat16
from benchmarks.networks import create_network
from benchmarks.training.batches import Batch, derived_seed, epoch_batches, generator_for
from benchmarks.training.data import TrainingData
from benchmarks.training.objective import Augmentation, Objective
from benchmarks.training.optimisers import OPTIMISERS, cosine_rate, load_optimiser, optimiser_tensors, step_down
from benchmarks.training.ranks import Team
from benchmarks.training.setting import TrainingSetting
from benchmarks.training.state import State
from robustness.padain import insert_padain

__all__ = ["DivergedError", "Fit"]

_STEPS_BETWEEN_CHECKS = 25
_EVALUATED_BATCH = 256


class DivergedError(ValueError):
    """The loss is no number any more."""


class Fit:
    """A network in training.

    Args:
        setting: how it is trained.
        data: images to train on.
        held_out: images to watch it on; may be empty.
        team: the processes that train it together.
    """

    def __init__(self, setting: TrainingSetting, data: TrainingData, held_out: TrainingData, team: Team) -> None:
        self.setting, self.data, self.held_out, self.team = setting, data, held_out, team
        self.classifier = _untrained(setting, data).to(team.device).to(memory_format=torch.channels_last)
        self.network = team.wrap(self.classifier)
        self.optimiser = OPTIMISERS[setting.optimizer](
            self.classifier.parameters(), lr=setting.learning_rate, weight_decay=setting.weight_decay
        )
        self.average = ModelEmaV3(self.classifier, decay=setting.ema, use_warmup=True) if setting.ema else None
        self.augmentation = Augmentation(
            recipe=setting.recipe, padding=0 if data.source.cropped else setting.padding, flip=setting.flip
        )
        self.objective = Objective(
            recipe=setting.recipe,
            classes=len(data.class_names),
            smoothing=setting.label_smoothing,
            reduced=setting.precision == "auto" and has_bfloat16(team.device),
        )
        self.log: list[dict[str, Any]] = []
        self.best: dict[str, Tensor] = {}

    @property
    def epochs(self) -> int:
        """Epochs that are finished."""
        return len(self.log)

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return -(-len(self.data) // self.setting.batch_size)

    @property
    def result(self) -> nn.Module:
        """The classifier to judge: the moving average if there is one."""
        averaged: nn.Module = self.classifier if self.average is None else self.average.module
        return averaged

    def run_epoch(self, on_images: Callable[[int], None]) -> None:
        """Train one epoch, evaluate, and add a row to the log.

        Raises:
            DivergedError: loss or weights are not finite.
        """
        epoch, start = self.epochs, time.perf_counter()
        torch.manual_seed(derived_seed(self.setting.seed, "layers", epoch, self.team.rank))  # pAdaIN, dropout
        self.network.train()
        sums = self._run_steps(epoch, on_images)
        weights = torch.stack([parameter.detach().sum() for parameter in self.classifier.parameters()])
        self._check(sums[0] + weights.sum())
        loss, right, images = self.team.total(sums).tolist()
        trained = time.perf_counter() - start
        for module in (self.classifier, self.result) if self.average else (self.classifier,):
            self.team.average_buffers(module)
        accuracy = self.evaluate()
        self.log.append(
            {
                "epoch": epoch + 1,
                "loss": loss / images,
                "learning_rate": self._rate((epoch + 1) * self.steps - 1),
                "train_accuracy": right / images,
                "validation_accuracy": accuracy,
                "images": round(images),
                "images_per_second": images / trained,
                "seconds": time.perf_counter() - start,
            }
        )
        self._remember_best()

    def _run_steps(self, epoch: int, on_images: Callable[[int], None]) -> Tensor:
        """All steps of an epoch: sum of losses, images classified as labelled, and images."""
        names = (self.setting.seed, epoch, self.team.rank)
        place, look, loss = (generator_for(purpose, *names) for purpose in ("place", "look", "loss"))
        sums = torch.zeros(3, dtype=torch.float64, device=self.team.device)
        for step, (batch, images) in enumerate(self._read_ahead(epoch)):
            self._set_rate(epoch * self.steps + step)
            labels = self.data.labels[torch.from_numpy(batch.positions)].to(self.team.device)
            pixels = self.augmentation(images.to(self.team.device), place=place, look=look)
            value, right = self.objective(self.network, pixels, labels, generator=loss)
            self._step(value * (len(labels) * self.team.world / batch.total), epoch * self.steps + step)
            count = right.new_tensor(len(labels))
            sums += torch.stack((value.detach().double() * count, right.double(), count.double()))
            if step % _STEPS_BETWEEN_CHECKS == 0:
                self._check(sums[0])
            on_images(batch.total)
        return sums

    def _read_ahead(self, epoch: int) -> Iterator[tuple[Batch, Tensor]]:
        """Batches of an epoch with their images; the next one is read while this one is used."""
        batches = epoch_batches(
            len(self.data),
            self.setting.batch_size,
            seed=self.setting.seed,
            epoch=epoch,
            rank=self.team.rank,
            world=self.team.world,
        )

        def fetch(batch: Batch) -> tuple[Batch, Tensor]:
            positions = self.data.positions[torch.from_numpy(batch.positions)].tolist()
            seeds = [derived_seed(self.setting.seed, "crop", epoch, one) for one in positions]
            return batch, self.data.source.fetch(positions, seeds)

        with ThreadPoolExecutor(max_workers=1) as reader:
            waiting = reader.submit(fetch, next(batches))
            for batch in batches:
                ready, waiting = waiting.result(), reader.submit(fetch, batch)
                yield ready
            yield waiting.result()

    def _rate(self, step: int) -> float:
        setting = self.setting
        return cosine_rate(
            step,
            steps=setting.epochs * self.steps,
            warmup=round(setting.warmup * setting.epochs * self.steps),
            highest=setting.learning_rate,
            final=setting.final_rate,
        )

    def _set_rate(self, step: int) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate(step)

    def _step(self, loss: Tensor, step: int) -> None:
        self.optimiser.zero_grad()
        loss.backward()
        if self.setting.clip is not None:
            nn.utils.clip_grad_norm_(self.classifier.parameters(), self.setting.clip)
        step_down(self.optimiser)
        if self.average is not None:
            self.average.update(self.classifier, step=step)

    def _check(self, value: Tensor) -> None:
        """Stop every process as soon as the loss, or a weight, of one is no number."""
        if self.team.total(torch.isfinite(value).double()) < self.team.world:
            raise DivergedError("NaN")

    @torch.no_grad()
    def evaluate(self) -> float:
        """Accuracy on the held-out images, NaN where there are none; every process takes its share."""
        if not len(self.held_out):
            return float("nan")
        own = torch.arange(self.team.rank, len(self.held_out), self.team.world)
        right = torch.zeros((), dtype=torch.float64, device=self.team.device)
        modes = self.result.training
        self.result.eval()
        for chosen in own.split(_EVALUATED_BATCH) if len(own) else ():
            images = self.held_out.source.fetch(self.held_out.positions[chosen].tolist())
            labels = self.held_out.labels[chosen].to(self.team.device)
            right += (self.result(images.to(self.team.device)).argmax(1) == labels).sum()
        self.result.train(modes)
        return float(self.team.total(right)) / len(self.held_out)

    def _remember_best(self) -> None:
        accuracies = [row["validation_accuracy"] for row in self.log]
        if self.setting.keep == "best" and accuracies[-1] > max(accuracies[:-1], default=-1.0):
            self.best = {name: tensor.detach().cpu().clone() for name, tensor in self.result.state_dict().items()}

    def state(self) -> State:
        """All that the next epoch depends on."""
        tensors = {
            "network": self.classifier.state_dict(),
            "optimiser": optimiser_tensors(self.optimiser),
            "average": {} if self.average is None else self.average.module.state_dict(),
            "best": self.best,
        }
        return State(epochs=self.epochs, log=self.log, tensors=tensors)

    def restore(self, state: State) -> None:
        """Go back to a state of this very training."""
        self.classifier.load_state_dict(state.tensors["network"])
        load_optimiser(self.optimiser, state.tensors["optimiser"])
        if self.average is not None:
            self.average.module.load_state_dict(state.tensors["average"])
        self.best = dict(state.tensors.get("best", {}))
        self.log = list(state.log)


def _untrained(setting: TrainingSetting, data: TrainingData) -> Classifier:
    torch.manual_seed(derived_seed(setting.seed, "weights"))
    module = create_network(setting.architecture, len(data.class_names), data.preparation.size)
    if setting.recipe.padain is not None:
        insert_padain(module, setting.recipe.padain)
    return Classifier(module, mean=(0.5,) * 3, std=(0.5,) * 3, class_names=data.class_names)
