"""Training learns, follows from its seed, and goes on exactly where it was stopped."""

import math
import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import Tensor

from tests.xai.stylex.small import TINY, Brightness, halves, training
from xai.stylex.recipe import TrainingRecipe
from xai.stylex.training import StylExTraining

SHORT = TrainingRecipe(steps=6, batch_size=8, log_every=2, average=0.5)
EVERYTHING = replace(
    SHORT, adversarial=0.1, noise_every=2, path_length=1.0, path_length_every=2, penalty_every=2, label_dropout=0.5
)


def weights(one: StylExTraining) -> Tensor:
    return torch.cat([tensor.flatten() for name, tensor in sorted(one.state().items())])


def test_it_learns_to_rebuild_images_and_decisions() -> None:
    one = training(TrainingRecipe(steps=150, batch_size=16, log_every=50, generator_rate=1e-2, encoder_rate=5e-3))
    images = halves(32)
    system = one.run()
    first, last = one.log[0], one.log[-1]
    assert last["pixels"] < 0.7 * first["pixels"]
    decided = Brightness()(system.reconstruct(images)).argmax(1)
    agreed = (decided == Brightness()(images.float() / 255).argmax(1)).float().mean()
    assert agreed > 0.9


@pytest.mark.parametrize("recipe", [SHORT, EVERYTHING], ids=["plain", "everything"])
def test_a_stopped_training_goes_on_exactly(recipe: TrainingRecipe) -> None:
    whole, kept = training(recipe), {}

    def keep(now: StylExTraining) -> None:
        if now.step == 4:
            kept["state"] = {name: tensor.clone() for name, tensor in now.state().items()}
            kept["log"] = list(now.log)

    whole.run(on_log=keep)
    resumed = training(recipe)
    resumed.restore(kept["state"], kept["log"])
    resumed.run()
    assert torch.equal(weights(resumed), weights(whole))
    assert [row["step"] for row in resumed.log] == [2, 4, 6]
    assert resumed.log[-1]["pixels"] == whole.log[-1]["pixels"]
    assert not torch.equal(weights(whole), weights(training(replace(recipe, seed=1)))[: len(weights(whole))])


def test_the_log_has_every_term() -> None:
    one = training(EVERYTHING)
    one.run()
    terms = {
        "pixels",
        "features",
        "content",
        "classification",
        "sparsity",
        "agreement",
        "adversarial",
        "noise_adversarial",
    }
    assert terms | {"path_length", "discriminator", "penalty", "step", "steps_per_second"} == set(one.log[-1])
    assert all(math.isfinite(value) for row in one.log for value in row.values())


def test_a_dropped_label_part_is_another_images() -> None:
    one = training(replace(SHORT, label_dropout=1.0))
    seen = []
    one.networks.generator.affine.register_forward_hook(
        lambda _m, inputs, _o: seen.append(inputs[0][:, TINY.content :])
    )
    one.run()
    own = one.probabilities
    chosen, told = one._draw_batch()
    assert not torch.equal(chosen, told)
    assert torch.equal(chosen.sort().values, told.sort().values)  # each is somebody else of the batch
    assert any(not torch.equal(given, own[chosen]) for given in seen)
    assert all(torch.isin(given[:, 0], own[:, 0]).all() for given in seen)


def train_as_rank(rank: int, folder: Path) -> None:
    dist.init_process_group("gloo", init_method=f"file://{folder / 'group'}", rank=rank, world_size=2)
    one = training(SHORT)
    one.run()
    torch.save({"weights": weights(one), "pixels": one.log[-1]["pixels"]}, folder / f"{rank}.pt")
    dist.destroy_process_group()


def test_two_processes_compute_what_one_does(tmp_path: Path) -> None:
    alone = training(SHORT)
    alone.run()
    context = multiprocessing.get_context("fork")  # importing torch anew would take ten times as long
    processes = [context.Process(target=train_as_rank, args=(rank, tmp_path)) for rank in (0, 1)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
        assert process.exitcode == 0
    first, second = (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1))
    assert torch.equal(first["weights"], second["weights"])
    assert first["pixels"] == second["pixels"]
    assert math.isclose(first["pixels"], alone.log[-1]["pixels"], rel_tol=1e-4)


def test_reduced_precision_stays_close() -> None:
    exact, reduced = training(SHORT), training(replace(SHORT, reduced=True))
    exact.run()
    reduced.run()
    assert abs(exact.log[-1]["pixels"] - reduced.log[-1]["pixels"]) < 0.02
    assert all(tensor.dtype != torch.bfloat16 for tensor in reduced.state().values())


def test_a_loss_that_is_no_number_stops_it() -> None:
    one = training(replace(SHORT, generator_rate=1e30))
    with pytest.raises(ValueError, match="expected finite losses and weights, .* lower `generator_rate`"):
        one.run()


@pytest.mark.parametrize(
    ("images", "recipe", "message"),
    [
        (halves(4), SHORT, "expected at least `batch_size` = 8 images, got 4"),
        (halves(16).float(), SHORT, "expected uint8 images"),
        (halves(16)[..., :4], SHORT, r"expected uint8 images of shape \(N, 3, 8, 8\)"),
    ],
)
def test_images_that_do_not_fit_are_refused(images: Tensor, recipe: TrainingRecipe, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        StylExTraining(Brightness(), images, architecture=TINY, recipe=recipe)
