import pytest

from benchmarks.augmentation.comparison import REFERENCE, Attack, Comparison


def test_ten_recipes_that_can_be_read() -> None:
    comparison = Comparison()
    assert len(comparison.recipes) == 10
    assert comparison.open_recipes == ("padain", "augmix+padain")
    assert comparison.recipe("augmix+padain", 0.3).name == "augmix+padain:0.3"
    assert comparison.recipe("cutout", 0.3).name == "cutout"
    assert comparison.recipe(REFERENCE, None).name == "baseline"


def test_a_said_probability_is_not_chosen() -> None:
    comparison = Comparison(recipes=("baseline", "padain:0.2"))
    assert comparison.open_recipes == ()
    assert comparison.setting("padain:0.2", 3, None).recipe.padain == 0.2
    assert comparison.setting("padain:0.2", 3).seed == 3


def test_rivals() -> None:
    rivals = Comparison(recipes=("augmix", "augmix+padain:0.2", "cutout+padain")).rivals
    assert rivals == {"augmix": (), "augmix+padain:0.2": ("augmix",), "cutout+padain": ()}
    assert Comparison().rivals["padain"] == ("baseline",)
    assert Comparison().rivals["baseline"] == ()


def test_the_fingerprint_says_what_is_compared() -> None:
    assert Comparison().fingerprint() == Comparison().fingerprint()
    others = [Comparison(seeds=(0, 1)), Comparison(images=40), Comparison(attack=Attack(eps=4.0)), Comparison()]
    assert len({one.fingerprint() for one in others}) == len(others)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"recipes": ()}, "at least one of `recipes`"),
        ({"recipes": ("baseline", "baseline")}, "none of them twice"),
        ({"recipes": ("magic",)}, "expected recipes among"),
        ({"seeds": (0, 0)}, "none of them twice"),
        ({"seeds": (1_000,)}, "seeds other than those that choose, got 1000"),
    ],
)
def test_mistakes(wrong: dict[str, tuple[object, ...]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Comparison(**wrong)  # type: ignore[arg-type]


def test_attacks_need_a_radius() -> None:
    with pytest.raises(ValueError, match=r"`eps` in 0\.\.255"):
        Attack(eps=0)
