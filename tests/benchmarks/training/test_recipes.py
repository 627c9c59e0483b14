import pytest

from benchmarks.training import RECIPES, Recipe, parse_recipe


@pytest.mark.parametrize("name", [*RECIPES, "augmix+padain", "cutmix+padain", "autoaugment:imagenet+cutout:0.25"])
def test_name_and_repr_rebuild_a_recipe(name: str) -> None:
    recipe = parse_recipe(name)
    assert recipe.name == str(recipe) == name
    assert eval(repr(recipe)) == recipe
    assert parse_recipe(recipe.name) == recipe


def test_names_are_the_methods() -> None:
    assert all(recipe.name == name for name, recipe in RECIPES.items())


def test_order_does_not_matter_and_strengths_are_kept() -> None:
    assert parse_recipe("padain:0.3+augmix:1") == parse_recipe("augmix:1+padain:0.3") == Recipe(augmix=1, padain=0.3)
    assert parse_recipe("padain+cutout", padain_p=0.2).padain == 0.2
    assert parse_recipe("padain:0.3", padain_p=0.2).padain == 0.3
    assert parse_recipe("cutout", padain_p=0.2).padain is None


@pytest.mark.parametrize("text", ["mixup+augmix", "mixup+cutmix", "augmix+augmix_all", "adversarial+mixup"])
def test_methods_with_losses_of_their_own_contradict_each_other(text: str) -> None:
    with pytest.raises(ValueError, match=r"makes its own images and loss, got \w+ and \w+; train them apart"):
        parse_recipe(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("autoaugment+randaugment", "one method that applies a policy"),
        ("padian", "expected recipes among baseline, .*, got 'padian'"),
        ("padain+padain", "padain once"),
        ("baseline+padain", "baseline alone"),
        ("padain:2", "`padain` above 0 and at most 1, got 2"),
        ("mixup:0", "`mixup` above 0"),
        ("mixup:much", "a number after mixup:, got 'much'"),
        ("autoaugment:svhn", "`autoaugment` among cifar, imagenet, got 'svhn'"),
        ("cutout:nan", "`cutout` above 0"),
    ],
)
def test_mistakes_are_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_recipe(text)


def test_overlaps_with_test_corruptions_are_flagged() -> None:
    assert parse_recipe("augmix+padain+cutout").overlaps == ()
    assert set(RECIPES["augmix_all"].overlaps) == {"color", "contrast", "brightness", "sharpness"}
    assert set(RECIPES["randaugment"].overlaps) == set(RECIPES["autoaugment"].overlaps)
    assert "brightness" not in parse_recipe("autoaugment:imagenet").overlaps


def test_views() -> None:
    assert [RECIPES[name].views for name in ("baseline", "augmix", "augmix_all")] == [1, 3, 3]
