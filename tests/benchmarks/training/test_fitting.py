from dataclasses import replace

import pytest
import torch

from benchmarks.training import DivergedError, TrainingData, TrainingSetting, parse_recipe, split
from benchmarks.training.fitting import Fit
from benchmarks.training.ranks import Team
from robustness.padain import PermutedAdaIN
from tests.benchmarks.training.conftest import coloured

ALONE = Team(rank=0, world=1, device=torch.device("cpu"))


def make(setting: TrainingSetting, data: TrainingData, **changes: object) -> Fit:
    changed = replace(setting, **changes)  # type: ignore[arg-type]
    return Fit(changed, *split(data, changed.validation, seed=0), ALONE)


def weights(fit: Fit) -> torch.Tensor:
    return torch.cat([value.double().flatten() for value in fit.result.state_dict().values()])


def test_an_epoch_is_logged_with_exact_counts(setting: TrainingSetting, data: TrainingData) -> None:
    fit, counts = make(setting, data), []
    fit.run_epoch(counts.append)
    fit.run_epoch(counts.append)
    assert counts == [13, 12, 12] * 2 and len(fit.data) == 37
    first, second = fit.log
    assert (first["epoch"], second["epoch"], first["images"]) == (1, 2, 37)
    assert second["loss"] < first["loss"]
    assert 0 < second["learning_rate"] < first["learning_rate"] < setting.learning_rate
    assert 0 <= second["validation_accuracy"] <= 1 and first["images_per_second"] > 0
    assert fit.classifier.training, "evaluation puts the mode back"


def test_recipes_of_one_seed_start_from_the_same_weights(setting: TrainingSetting, data: TrainingData) -> None:
    starts = [weights(make(setting, data, recipe=parse_recipe(name))) for name in ("baseline", "augmix+padain:0.2")]
    assert torch.equal(*starts)
    assert not torch.equal(starts[0], weights(make(setting, data, seed=1)))


def test_padain_is_inside_and_needs_batch_norms(setting: TrainingSetting, data: TrainingData) -> None:
    fit = make(setting, data, recipe=parse_recipe("padain:0.2"))
    layers = [module for module in fit.classifier.modules() if isinstance(module, PermutedAdaIN)]
    assert layers and all(layer.p == 0.2 for layer in layers)
    with pytest.raises(ValueError, match="pAdaIN is defined for networks with batch norm"):
        make(setting, coloured(40, side=32), architecture="test_vit", recipe=parse_recipe("padain"))


def test_the_average_follows_the_weights_and_is_what_counts(setting: TrainingSetting, data: TrainingData) -> None:
    fit = make(setting, data, ema=0.99)
    start = weights(fit)
    fit.run_epoch(lambda count: None)
    now = torch.cat([value.double().flatten() for value in fit.classifier.state_dict().values()])
    assert 0 < (weights(fit) - start).norm() < (now - start).norm()


def test_clipping_bounds_a_step_of_sgd(setting: TrainingSetting, data: TrainingData) -> None:
    fit = make(setting, data, clip=1e-3, weight_decay=0.0, epochs=1, learning_rate=1.0)
    before = torch.cat([parameter.detach().flatten().clone() for parameter in fit.classifier.parameters()])
    fit.run_epoch(lambda count: None)
    after = torch.cat([parameter.detach().flatten() for parameter in fit.classifier.parameters()])
    # Three steps, Nesterov momentum .9: each gradient of norm .001 moves by at most 1.9 + .9^2 + .9^3 of it.
    assert 0 < (after - before).norm() < 3 * 1e-3 * (1.9 + 0.81 + 0.729)


def test_the_best_epoch_is_remembered(setting: TrainingSetting, data: TrainingData) -> None:
    fit = make(setting, data, keep="best")
    accuracies = iter([0.5, 0.75, 0.75])
    fit.evaluate = lambda: next(accuracies)  # type: ignore[method-assign]
    kept = []
    for _ in range(3):
        fit.run_epoch(lambda count: None)
        kept.append(fit.best["module.fc.weight"])
    assert not torch.equal(kept[0], kept[1]) and torch.equal(kept[1], kept[2]), "of equal epochs the first"


@pytest.mark.parametrize("rate", [float("inf"), 1e30])
def test_weights_or_losses_that_are_no_numbers_stop_it(
    rate: float, setting: TrainingSetting, data: TrainingData, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = make(setting, data, epochs=1, batch_size=64)
    monkeypatch.setattr(fit, "_rate", lambda step: rate)
    with pytest.raises(DivergedError):
        for _ in range(3):
            fit.run_epoch(lambda count: None)
    assert len(fit.log) < 3


def test_without_held_out_images_there_is_no_accuracy(setting: TrainingSetting, data: TrainingData) -> None:
    fit = make(setting, data, validation=0.0)
    fit.run_epoch(lambda count: None)
    assert fit.log[0]["images"] == 46 and fit.log[0]["validation_accuracy"] != fit.log[0]["validation_accuracy"]
