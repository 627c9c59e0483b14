import pytest
import torch
from sklearn.metrics import roc_auc_score

from robustness.consistency.detector import DetectorRecipe, TooFewErrorsError, fit_detector
from robustness.consistency.selection import cross_validated_auroc, select_transforms
from tests.robustness.consistency.toys import fickle_logits

LOGISTIC = DetectorRecipe(heads=("logistic",))


def with_idle_copies(rows=240, seed=0):
    """Six candidates, of which the third and the sixth tell of errors and the others are the original again."""
    telling, correct = fickle_logits(rows, copies=2, seed=seed)
    original = telling[:, :1]
    columns = [original, original, original, telling[:, 1:2], original, original, telling[:, 2:]]
    return torch.cat(columns, 1), correct


def test_it_chooses_what_tells_and_stops():
    selection = select_transforms(*with_idle_copies(480), budget=7, least_gain=0.005)
    assert selection.chosen == (2, 5)
    assert len(selection.aurocs) == 3
    assert list(selection.aurocs) == sorted(selection.aurocs)
    assert selection.aurocs[0] < 0.65
    assert selection.aurocs[-1] > 0.9


def test_the_first_choice_is_the_best_alone():
    logits, correct = fickle_logits(240, copies=4)
    selection = select_transforms(logits, correct, budget=2, seed=3)
    place = torch.randperm(240, generator=torch.Generator().manual_seed(3))
    alone = [
        cross_validated_auroc(logits[:, [0, copy]], correct, fold=place % 3, recipe=LOGISTIC, seed=3)
        for copy in range(1, 5)
    ]
    assert selection.chosen == (max(range(4), key=alone.__getitem__),)
    assert selection.aurocs[1] == max(alone)


@pytest.mark.parametrize("budget", [2, 3, 4])
def test_the_budget_counts_the_original(budget):
    assert len(select_transforms(*fickle_logits(240, copies=5), budget=budget).chosen) <= budget - 1


def test_equal_candidates_go_to_the_first():
    logits, correct = fickle_logits(200, copies=1)
    doubled = torch.cat([logits, logits[:, 1:], logits[:, 1:]], 1)
    assert select_transforms(doubled, correct, budget=2).chosen == (0,)


def test_cross_validation_judges_rows_by_detectors_that_have_not_seen_them():
    logits, correct = fickle_logits(210)
    fold = torch.arange(210) // 70
    ours = cross_validated_auroc(logits, correct, fold=fold, recipe=LOGISTIC, seed=0)
    parts = []
    for one in range(3):
        seen = fold != one
        parts.append(fit_detector(logits[seen], correct[seen], recipe=LOGISTIC)(logits[~seen]))
    assert ours == pytest.approx(roc_auc_score(correct.numpy(), torch.cat(parts).numpy()))


def test_groups_keep_copies_of_an_image_out_of_the_training_side():
    """Random answers that repeat look learnable unless the repeats stay together."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(100, 5, 4, generator=generator).repeat(3, 1, 1)
    correct = (torch.rand(100, generator=generator) < 0.5).repeat(3)
    ids = torch.arange(100).repeat(3)
    loose = DetectorRecipe(features="sorted_logits", heads=("logistic",), inverse_penalty=10.0)
    leaking = select_transforms(logits, correct, budget=5, recipe=loose, seed=1).aurocs[-1]
    honest = select_transforms(logits, correct, budget=5, groups=ids, recipe=loose, seed=1).aurocs[-1]
    assert honest < leaking - 0.05


def test_other_arguments_are_refused():
    logits, correct = fickle_logits(200)
    with pytest.raises(ValueError, match="expected `budget` of at least 2 forward passes, .*, got 1"):
        select_transforms(logits, correct, budget=1)
    with pytest.raises(ValueError, match=r"expected `groups` of shape \(200,\), got \(3,\)"):
        select_transforms(logits, correct, budget=3, groups=[1, 2, 3])
    with pytest.raises(ValueError, match="expected `folds` in 2..200, the number of groups, got 1"):
        select_transforms(logits, correct, budget=3, folds=1)
    with pytest.raises(TooFewErrorsError, match="wrong and"):
        select_transforms(logits[:100], correct[:100], budget=3)
