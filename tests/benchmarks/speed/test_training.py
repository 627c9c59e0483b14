import pytest
import torch

from benchmarks.datasets import digits
from benchmarks.speed import training


def test_recipes_are_held_against_the_baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "_ROUNDS", 1)
    monkeypatch.setattr(training, "_RECIPES", ("baseline", "augmix"))
    few = digits().select(range(120))
    monkeypatch.setattr(training, "digits", lambda: few)
    table = training._recipes(torch.device("cpu")).set_index("recipe")
    assert table.loc["baseline", "ratio"] == 1
    assert 0 < table.loc["augmix", "ratio"] < 1, "three views cost more than one"
    assert (table["images_per_second"] > 0).all() and (table["rounds"] == 1).all()


def test_two_processes_are_held_against_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = iter([100.0, 180.0, 110.0, 176.0, 100.0, 190.0, 100.0, 190.0])
    monkeypatch.setattr(training, "_ROUNDS", 2)
    monkeypatch.setattr(training, "_trained_rate", lambda world, batch, folder: next(rates))
    table = training._processes().set_index(["batch", "processes"])
    assert table.loc[(128, "2"), "ratio"] == pytest.approx(1.7)
    assert tuple(table.loc[(128, "2"), ["ratio_lowest", "ratio_highest"]]) == pytest.approx((1.6, 1.8))
    assert table.loc[(256, "2"), "ratio"] == pytest.approx(1.9)
