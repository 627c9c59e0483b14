from dataclasses import fields, replace

import pytest

from benchmarks.training import DIGITS_SETTING, RECIPES, Recipe, TrainingData, TrainingSetting
from tests.benchmarks.training.conftest import coloured


def test_repr_rebuilds_it() -> None:
    setting = replace(DIGITS_SETTING, recipe=RECIPES["augmix"], clip=1.0)
    assert eval(repr(setting), {"TrainingSetting": TrainingSetting, "Recipe": Recipe}) == setting


def test_everything_that_decides_the_weights_is_in_the_fingerprint(data: TrainingData) -> None:
    changes = {
        "recipe": RECIPES["padain"], "architecture": "wrn_40_2", "epochs": 7, "batch_size": 9, "optimizer": "sgd",
        "learning_rate": 1e-3, "final_rate": 1e-5, "weight_decay": 0.0, "warmup": 0.1, "ema": 0.9, "clip": 3.0,
        "label_smoothing": 0.1, "validation": 0.3, "keep": "best", "padding": 1, "flip": True, "precision": "exact",
        "seed": 1,
    }  # fmt: skip
    assert set(changes) == {field.name for field in fields(TrainingSetting)}
    prints = {replace(DIGITS_SETTING, **{name: value}).fingerprint(data) for name, value in changes.items()}
    prints |= {DIGITS_SETTING.fingerprint(data), DIGITS_SETTING.fingerprint(coloured(46, seed=1))}
    assert len(prints) == len(changes) + 2
    assert DIGITS_SETTING.fingerprint(coloured(46)) == DIGITS_SETTING.fingerprint(data)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"architecture": "resnet5O"}, "close names"),
        ({"optimizer": "lamb"}, "`optimizer` among sgd, adamw, got 'lamb'"),
        ({"keep": "worst"}, "`keep` among last, best"),
        ({"precision": "half"}, "`precision` among"),
        ({"epochs": 0}, "`epochs` in 1..inf, got 0"),
        ({"batch_size": 1}, "`batch_size` in 2..inf"),
        ({"learning_rate": 0.0}, "`learning_rate` in"),
        ({"learning_rate": float("nan")}, "`learning_rate` in"),
        ({"final_rate": 1.0}, "`final_rate` of at most `learning_rate`"),
        ({"ema": 1.0}, "`ema` in 0..0.999999"),
        ({"warmup": 1.0}, "`warmup` in"),
        ({"clip": 0.0}, "`clip` above 0"),
        ({"validation": 0.0, "keep": "best"}, "a test set must not choose"),
        ({"label_smoothing": 0.1, "recipe": RECIPES["augmix"]}, "no `label_smoothing` with augmix"),
    ],
)
def test_settings_without_sense_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(DIGITS_SETTING, **change)


def test_the_name_tells_recipe_and_seed() -> None:
    assert replace(DIGITS_SETTING, recipe=RECIPES["padain"], seed=4).name == "test_resnet-padain-seed4"
