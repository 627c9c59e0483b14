"""Training a StylEx: steps from images, and between them steps from noise, against an adversary or without.

Everything a step draws follows from (seed, purpose, step), so that a training that was stopped goes on exactly as it
would have, and several processes that share a batch take its parts. Gradients are averaged over the processes of an
initialised :mod:`torch.distributed` by hand, because the penalties need gradients of gradients.

Reference:
    Lang et al., Explaining in Style, 2021, section 3.1, https://arxiv.org/abs/2104.13369.
"""

import copy
import hashlib
import math
import time
from collections.abc import Callable, Iterable, Mapping

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from xai.stylex.architecture import Architecture
from xai.stylex.losses import discriminator_loss, gradient_penalty
from xai.stylex.networks import Discriminator, Networks, draw_weights
from xai.stylex.objective import Made, encode_and_judge, make_from_noise, path_length_penalty
from xai.stylex.perceptual import LEAST_SIDE, Perceptual
from xai.stylex.recipe import TrainingRecipe
from xai.stylex.states import load_optimiser, optimiser_tensors
from xai.stylex.system import StylEx
from xai.stylex.view import ClassifierView

__all__ = ["StylExTraining"]

_PATH_MEMORY = 0.99  # of the mean path length, StyleGAN2


class StylExTraining:
    """A StylEx in training.

    Args:
        classifier: (N, 3, H, W) images in [0, 1] to (N, K) logits; a module is copied.
        images: (N, 3, side, side) uint8, on any device; :func:`torch.from_file` for more than fit the memory.
        architecture: of all networks.
        recipe: of the training.
        weights_hash: of the classifier.
        device: where to train.
        perceptual: LPIPS, moved there; None for the distance of the classifier's features.

    Raises:
        ValueError: images that do not fit the architecture, or fewer than a batch.
    """

    def __init__(
        self,
        classifier: Callable[[Tensor], Tensor],
        images: Tensor,
        *,
        architecture: Architecture,
        recipe: TrainingRecipe,
        weights_hash: str = "",
        device: torch.device | str = "cpu",
        perceptual: Perceptual | None = None,
    ) -> None:
        _check_images(images, architecture, recipe)
        self.images, self.recipe, self.device = images, recipe, torch.device(device)
        self.weights_hash, self.perceptual = weights_hash, _placed(perceptual, architecture, self.device)
        self.view = ClassifierView(classifier, self._pixels(torch.arange(1)))
        self.probabilities = torch.cat([self.view.probabilities(part.to(self.device)) for part in images.split(1024)])
        if self.probabilities.shape[1] != architecture.classes:
            raise ValueError(
                f"expected {architecture.classes} logits as in `architecture`, got {self.probabilities.shape[1]}"
            )
        self.networks, self.average, self.discriminator = Networks(architecture), Networks(architecture), None
        draw_weights(self.networks, _generator(recipe.seed, "weights"))
        # channels last: a seventh less time on a CPU
        self.networks.to(self.device).to(memory_format=torch.channels_last)
        self.average.load_state_dict(self.networks.state_dict())
        self.average.to(self.device).eval().requires_grad_(requires_grad=False)
        self.optimiser = _adam(_groups(self.networks, recipe), recipe)
        if recipe.adversarial:
            self.discriminator = Discriminator(architecture)
            draw_weights(self.discriminator, _generator(recipe.seed, "adversary"))
            self.discriminator.to(self.device).to(memory_format=torch.channels_last)
            adversary = [{"params": list(self.discriminator.parameters()), "highest": recipe.discriminator_rate}]
            self.adversary_optimiser = _adam(adversary, recipe)
        self.path_mean = torch.zeros((), device=self.device)
        self.step, self.log = 0, list[dict[str, float]]()
        self._sums: dict[str, tuple[Tensor, int]] = {}
        self._since = time.perf_counter()

    @property
    def result(self) -> StylEx:
        """The system as it is now, with averaged weights; it stays as it is when training goes on."""
        networks = copy.deepcopy(self.average)
        return StylEx(networks=networks, classifier=self.view.classifier, weights_hash=self.weights_hash)

    def run(
        self,
        *,
        on_step: Callable[[int], None] = lambda _: None,
        on_log: Callable[["StylExTraining"], None] = lambda _: None,
    ) -> StylEx:
        """Train until the recipe's last step.

        Args:
            on_step: called after each step with 1.
            on_log: called after each row of the log, when the state can be kept.

        Raises:
            ValueError: the loss or a weight is not finite.
        """
        self._since = time.perf_counter()
        while self.step < self.recipe.steps:
            self._take_step()
            self.step += 1
            on_step(1)
            if self.step % self.recipe.log_every == 0 or self.step == self.recipe.steps:
                self._add_row()
                on_log(self)
        return self.result

    def _take_step(self) -> None:
        for optimiser in [self.optimiser] + ([self.adversary_optimiser] if self.discriminator else []):
            _set_rates(optimiser, self.recipe, self.step)
        chosen, told = self._draw_batch()
        images, probabilities = self._pixels(chosen), self.probabilities[chosen.to(self.device)]
        every = self.recipe.noise_every
        with self._precision():
            made = (
                self._from_noise(probabilities)
                if every and self.step % every == every - 1
                else self._from_images(images, probabilities, self.probabilities[told.to(self.device)])
            )
        self.optimiser.zero_grad()
        made.loss.backward()
        self._step_down(self.optimiser, self.networks)
        self._remember(made.terms)
        if self.recipe.path_length and self.step % self.recipe.path_length_every == 0:
            self._even_paths(images, probabilities)
        if self.discriminator is not None:
            self._teach(self.discriminator, images, made.images.detach(), probabilities)
        self._follow()

    def _from_images(self, images: Tensor, probabilities: Tensor, given: Tensor) -> Made:
        return encode_and_judge(
            self.networks, self.view, self.discriminator, images, probabilities, self.recipe, given=given,
            perceptual=self.perceptual,
        )  # fmt: skip

    def _from_noise(self, probabilities: Tensor) -> Made:
        assert self.discriminator is not None  # noqa: S101 - the recipe refuses noise without an adversary
        size = (len(probabilities), self.networks.architecture.content)
        noise = torch.randn(size, generator=self._chance("noise")).to(self.device)
        return make_from_noise(self.networks, self.discriminator, noise, probabilities, self.recipe)

    def _even_paths(self, images: Tensor, probabilities: Tensor) -> None:
        half = max(1, len(images) // 2)
        styles = self.networks.styles(images[:half], probabilities[:half])
        noise = torch.randn(images[:half].shape, generator=self._chance("paths")).to(self.device)
        penalty, mean = path_length_penalty(self.networks, styles, noise, self.path_mean)
        self.path_mean = self.path_mean.lerp(_mean_of_processes(mean), 1 - _PATH_MEMORY)
        self.optimiser.zero_grad()
        (self.recipe.path_length * self.recipe.path_length_every * penalty).backward()
        self._step_down(self.optimiser, self.networks)
        self._remember({"path_length": penalty.detach()})

    def _teach(self, discriminator: Discriminator, real: Tensor, fake: Tensor, probabilities: Tensor) -> None:
        with self._precision():
            logits = (discriminator(real, probabilities), discriminator(fake, probabilities))
        loss = discriminator_loss(*(one.float() for one in logits))
        self._remember({"discriminator": loss.detach()})
        if self.step % self.recipe.penalty_every == 0:
            pixels = real.detach().requires_grad_()
            penalty = gradient_penalty(discriminator(pixels, probabilities), pixels)
            self._remember({"penalty": penalty.detach()})
            loss = loss + self.recipe.penalty * self.recipe.penalty_every * penalty
        self.adversary_optimiser.zero_grad()
        loss.backward()
        self._step_down(self.adversary_optimiser, discriminator)

    def _step_down(self, optimiser: Optimizer, network: nn.Module) -> None:
        _average_gradients(network.parameters())
        optimiser.step()

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards the weights; it catches up faster while there is little to average."""
        decay = min(self.recipe.average, (1 + self.step) / (10 + self.step))
        for mean, now in zip(self.average.parameters(), self.networks.parameters(), strict=True):
            mean.lerp_(now, 1 - decay)

    def _draw_batch(self) -> tuple[Tensor, Tensor]:
        """(B,) positions of this process's images of the step, and of those whose classes the latent is told."""
        size = (self.recipe.batch_size,)
        drawn = torch.randint(len(self.images), size, generator=_generator(*self._names("batch")))
        generator = _generator(*self._names("labels"), 0)
        others = drawn[torch.randperm(len(drawn), generator=generator)]
        told = torch.where(torch.rand(size, generator=generator) < self.recipe.label_dropout, others, drawn)
        return drawn[_rank() :: _world()], told[_rank() :: _world()]

    def _names(self, purpose: str) -> tuple[object, ...]:
        return self.recipe.seed, purpose, self.step

    def _chance(self, purpose: str) -> torch.Generator:
        """For draws that differ between processes."""
        return _generator(*self._names(purpose), _rank())

    def _pixels(self, chosen: Tensor) -> Tensor:
        pixels = self.images[chosen.to(self.images.device)].to(self.device).float() / 255
        return pixels.contiguous(memory_format=torch.channels_last)

    def _precision(self) -> torch.autocast:
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.recipe.reduced)

    def _remember(self, terms: Mapping[str, Tensor]) -> None:
        for name, value in terms.items():
            total, count = self._sums.get(name, (torch.zeros((), device=self.device), 0))
            self._sums[name] = (total + value.detach(), count + 1)

    def _add_row(self) -> None:
        means = {name: float(_mean_of_processes(total / count)) for name, (total, count) in self._sums.items()}
        weights = torch.stack([parameter.detach().sum() for parameter in self.networks.parameters()]).sum()
        bad = [name for name, value in means.items() if not math.isfinite(value)]
        if bad or not weights.isfinite():
            raise ValueError(
                f"expected finite losses and weights, got others in {', '.join(bad) or 'weights'} before step "
                f"{self.step}; lower `generator_rate` and `encoder_rate`"
            )
        now = time.perf_counter()
        taken = self.step - (int(self.log[-1]["step"]) if self.log else 0)
        self.log.append({"step": self.step, **means, "steps_per_second": taken / (now - self._since)})
        self._sums, self._since = {}, now

    def state(self) -> dict[str, Tensor]:
        """All that the next step depends on, after a row of the log."""
        parts = {
            "networks": self.networks.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": optimiser_tensors(self.optimiser),
            "paths": {"mean": self.path_mean},
        }
        if self.discriminator is not None:
            parts["discriminator"] = self.discriminator.state_dict()
            parts["adversary_optimiser"] = optimiser_tensors(self.adversary_optimiser)
        return {f"{part}/{name}": tensor for part, members in parts.items() for name, tensor in members.items()}

    def restore(self, state: Mapping[str, Tensor], log: Iterable[Mapping[str, float]]) -> None:
        """Go back to a state of this very training, with the log up to there."""
        parts: dict[str, dict[str, Tensor]] = {}
        for key, tensor in state.items():
            part, _, name = key.partition("/")
            parts.setdefault(part, {})[name] = tensor
        self.networks.load_state_dict(parts["networks"])
        self.average.load_state_dict(parts["average"])
        load_optimiser(self.optimiser, parts["optimiser"])
        self.path_mean = parts["paths"]["mean"].to(self.device)
        if self.discriminator is not None:
            self.discriminator.load_state_dict(parts["discriminator"])
            load_optimiser(self.adversary_optimiser, parts["adversary_optimiser"])
        self.log = [dict(row) for row in log]
        self.step = int(self.log[-1]["step"])


def _check_images(images: Tensor, architecture: Architecture, recipe: TrainingRecipe) -> None:
    side = architecture.side
    if images.dtype != torch.uint8 or images.shape[1:] != (3, side, side):
        raise ValueError(f"expected uint8 images of shape (N, 3, {side}, {side}), got {tuple(images.shape)}")
    if len(images) < recipe.batch_size:
        raise ValueError(f"expected at least `batch_size` = {recipe.batch_size} images, got {len(images)}")
    if recipe.batch_size % _world():
        raise ValueError(f"expected a `batch_size` that {_world()} processes share evenly, got {recipe.batch_size}")


def _placed(perceptual: Perceptual | None, architecture: Architecture, device: torch.device) -> Perceptual | None:
    if perceptual is not None and architecture.side < LEAST_SIDE:
        raise ValueError(
            f"expected images of at least {LEAST_SIDE} pixels for LPIPS, got {architecture.side}; leave it out"
        )
    return None if perceptual is None else perceptual.to(device)


def _groups(networks: Networks, recipe: TrainingRecipe) -> list[dict[str, object]]:
    rates = {"encoder": recipe.encoder_rate, "generator": recipe.generator_rate, "mapping": recipe.mapping_rate}
    return [{"params": list(getattr(networks, name).parameters()), "highest": rate} for name, rate in rates.items()]


def _adam(groups: list[dict[str, object]], recipe: TrainingRecipe) -> Adam:
    return Adam([{**group, "lr": group["highest"]} for group in groups], betas=recipe.betas)


def _set_rates(optimiser: Optimizer, recipe: TrainingRecipe, step: int) -> None:
    left = 1 - step / recipe.steps
    share = min(1.0, left / recipe.decay) if recipe.decay else 1.0
    for group in optimiser.param_groups:
        group["lr"] = group["highest"] * share


def _generator(*names: object) -> torch.Generator:
    digest = hashlib.blake2b("\0".join(map(str, names)).encode(), digest_size=8).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest) >> 1)


def _rank() -> int:
    return dist.get_rank() if dist.is_available() and dist.is_initialized() else 0


def _world() -> int:
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def _mean_of_processes(value: Tensor) -> Tensor:
    if _world() > 1:
        dist.all_reduce(value)
        value = value / _world()
    return value


def _average_gradients(parameters: Iterable[Tensor]) -> None:
    """One message for all gradients; those that a step does not reach stay as they are in every process."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if _world() == 1 or not gradients:
        return
    flat = _mean_of_processes(torch.cat([gradient.flatten() for gradient in gradients]))
    for gradient, part in zip(gradients, flat.split([one.numel() for one in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))
