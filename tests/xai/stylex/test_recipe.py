"""Recipes that make no sense are refused, and a recipe says all of itself."""

import pytest

from xai.stylex.recipe import RECIPES, TrainingRecipe


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_can_be_rebuilt_from_its_words(recipe: TrainingRecipe) -> None:
    assert eval(repr(recipe)) == recipe


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": 0}, "expected `steps` of at least 1, got 0"),
        ({"batch_size": 1}, "expected `batch_size` of at least 2"),
        ({"pixels": -1.0}, "expected `pixels` of at least 0"),
        ({"average": 1.0}, "expected `average` in 0..1"),
        ({"noise_every": 2}, "expected `adversarial` above 0"),
        ({"noise_every": 1, "adversarial": 0.1}, "every step would start from noise"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainingRecipe(**changes)  # type: ignore[arg-type]
