import pytest
import torch
from sklearn.metrics import roc_auc_score

from robustness.consistency.detector import MINIMUM_ERRORS, DetectorRecipe, TooFewErrorsError, fit_detector
from robustness.consistency.features import FEATURES
from robustness.consistency.heads import MLPSettings
from tests.robustness.consistency.toys import fickle_logits

QUICK = MLPSettings(epochs=6)
RECIPES = [
    DetectorRecipe(features=features, heads=heads, mlp=QUICK)
    for features in FEATURES
    for heads in (("logistic",), ("mlp",), ("logistic", "mlp"))
]


def name(recipe):
    return f"{recipe.features}-{'+'.join(recipe.heads)}"


def auroc(correct, confidence):
    return roc_auc_score(correct.numpy(), confidence.numpy())


@pytest.mark.parametrize("recipe", RECIPES, ids=name)
def test_it_finds_errors_that_only_the_copies_show(recipe):
    (seen, answers), (logits, correct) = fickle_logits(400), fickle_logits(400, seed=1)
    assert auroc(correct, fit_detector(seen, answers, recipe=recipe)(logits)) > 0.9
    assert auroc(correct, fit_detector(seen[:, :1], answers, recipe=recipe)(logits[:, :1])) < 0.65


def test_shuffled_evaluation_labels_give_one_half():
    detector = fit_detector(*fickle_logits(400), recipe=RECIPES[0])
    logits, correct = fickle_logits(2000, seed=1)
    confidence = detector(logits)
    generator = torch.Generator().manual_seed(0)
    shuffled = [auroc(correct[torch.randperm(2000, generator=generator)], confidence) for _ in range(50)]
    assert sum(shuffled) / 50 == pytest.approx(0.5, abs=0.01)


def test_without_copies_the_log_odds_rank_as_the_maximum_probability():
    logits, correct = fickle_logits(400, copies=0)
    correct = logits[:, 0].softmax(1).amax(1) + 0.2 * torch.rand(400, generator=torch.Generator().manual_seed(0)) > 0.5
    detector = fit_detector(logits, correct, recipe=DetectorRecipe(heads=("logistic",)))
    assert torch.equal(detector(logits).argsort(), logits[:, 0].double().softmax(1).amax(1).argsort())


@pytest.mark.parametrize("recipe", RECIPES, ids=name)
def test_it_does_not_know_which_class_is_which(recipe):
    logits, correct = fickle_logits(200)
    detector = fit_detector(logits, correct, recipe=recipe)
    assert torch.allclose(detector(logits[..., [4, 2, 0, 1, 3]]), detector(logits))


@pytest.mark.parametrize("recipe", RECIPES, ids=name)
def test_it_is_differentiable_in_the_logits(recipe):
    logits, correct = fickle_logits(200)
    detector = fit_detector(logits, correct, recipe=recipe)
    some = logits[:2].double().requires_grad_()
    assert torch.autograd.gradcheck(detector, (some,))
    assert float(torch.autograd.grad(detector(some).sum(), some)[0].abs().max()) > 0


def test_the_seed_decides():
    logits, correct = fickle_logits(200)
    one, same, other = (fit_detector(logits, correct, recipe=RECIPES[1], seed=s) for s in (1, 1, 2))
    assert torch.equal(one(logits), same(logits))
    assert not torch.equal(one(logits), other(logits))


def test_an_image_is_judged_alone():
    logits, correct = fickle_logits(200)
    detector = fit_detector(logits, correct, recipe=RECIPES[2])
    assert torch.allclose(torch.cat([detector(row[None]) for row in logits[:5]]), detector(logits)[:5])


def test_the_average_is_that_of_its_standardised_heads():
    logits, correct = fickle_logits(300)
    parts = [fit_detector(logits, correct, recipe=RECIPES[i])(logits) for i in (0, 1, 2)]
    assert torch.allclose((parts[0] + parts[1]) / 2, parts[2])
    for part in parts[:2]:
        assert float(part.mean()) == pytest.approx(0, abs=1e-9)
        assert float(part.std(correction=0)) == pytest.approx(1)


def test_a_feature_that_never_changes_does_no_harm():
    logits, correct = fickle_logits(200)
    logits[:, 1] = torch.tensor([1.0, 0, 0, 0, 0])
    logits[:, :, 0] += 50  # class 0 is always predicted, so its log-odds in copy 1 are constant
    detector = fit_detector(logits, correct, recipe=RECIPES[2])
    assert bool(torch.isfinite(detector(logits)).all())


def test_bfloat16_and_lists_are_accepted():
    logits, correct = fickle_logits(200)
    detector = fit_detector(logits.bfloat16(), correct.tolist(), recipe=RECIPES[0])
    assert detector(logits.bfloat16()).dtype == torch.float64


@pytest.mark.parametrize("errors", [0, MINIMUM_ERRORS - 1])
def test_too_few_errors_are_refused_with_their_number(errors):
    logits, _ = fickle_logits(200)
    with pytest.raises(TooFewErrorsError, match=f"got {errors} wrong and {200 - errors} right; calibrate on more"):
        fit_detector(logits, torch.arange(200) >= errors)
    with pytest.raises(ValueError, match=f"got {200 - errors} wrong and {errors} right"):
        fit_detector(logits, torch.arange(200) < errors)


def test_just_enough_errors_suffice():
    logits, _ = fickle_logits(2 * MINIMUM_ERRORS)
    fit_detector(logits, torch.arange(2 * MINIMUM_ERRORS) < MINIMUM_ERRORS, recipe=RECIPES[0])


def test_facts_tell_of_the_calibration():
    logits, correct = fickle_logits(200)
    detector = fit_detector(logits, correct, recipe=RECIPES[0], seed=7, transforms=["a", "b", "c", "d"])
    assert detector.facts == {
        "images": 200,
        "errors": 50,
        "classes": 5,
        "copies": 4,
        "transforms": ["a", "b", "c", "d"],
        "seed": 7,
    }


def test_mismatched_arguments_are_refused():
    logits, correct = fickle_logits(200)
    with pytest.raises(ValueError, match=r"expected `logits` \(N, T \+ 1, K\) and `correct` \(N,\), got"):
        fit_detector(logits, correct[:-1])
    with pytest.raises(ValueError, match="expected 4 `transforms`, one per copy, got 1"):
        fit_detector(logits, correct, transforms=["a"])
    detector = fit_detector(logits, correct, recipe=RECIPES[0])
    with pytest.raises(ValueError, match=r"that give 5 features, as in calibration, got \(200, 4, 5\), which give 4"):
        detector(logits[:, :4])
    with pytest.raises(ValueError, match="NaN or infinity for 200 of 200"):
        fit_detector(logits * torch.nan, correct)


@pytest.mark.parametrize(
    "setting", [{"features": "hunch"}, {"heads": ()}, {"heads": ("forest",)}, {"inverse_penalty": 0.0}]
)
def test_recipes_are_checked(setting):
    with pytest.raises(ValueError, match=f"expected `{next(iter(setting))}` "):
        DetectorRecipe(**setting)


def test_recipes_print_as_their_own_call():
    assert eval(repr(RECIPES[2])) == RECIPES[2]
