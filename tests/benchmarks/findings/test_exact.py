from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from benchmarks.findings.exact import (
    agreement,
    apart_greater,
    binomial_greater,
    fisher_greater,
    holm,
    normal_greater,
    outlier_greater,
    stratified_greater,
)


@pytest.mark.parametrize(("hits", "n", "other", "other_n"), [(4, 9, 2, 20), (0, 5, 3, 7), (7, 7, 0, 6)])
def test_fisher_is_scipys(hits: int, n: int, other: int, other_n: int) -> None:
    table = [[hits, n - hits], [other, other_n - other]]
    assert float(fisher_greater(hits, n, other, other_n)) == pytest.approx(
        stats.fisher_exact(table, alternative="greater").pvalue
    )


def test_one_stratum_is_fishers_test() -> None:
    assert stratified_greater([4], [9], [6], [29]) == pytest.approx(float(fisher_greater(4, 9, 2, 20)))


def test_strata_add_up_as_every_deal_of_the_group_counted_one_by_one() -> None:
    """Two strata of 5 and 4 images, group of 2 in each: all 10 x 6 ways in which the group could fall."""
    hits = [np.array([1, 1, 0, 0, 0]), np.array([1, 0, 0, 1])]
    sums = [
        hits[0][list(a)].sum() + hits[1][list(b)].sum()
        for a in {tuple(sorted(p[:2])) for p in permutations(range(5))}
        for b in {tuple(sorted(p[:2])) for p in permutations(range(4))}
    ]
    for found in range(5):
        wanted = float(np.mean(np.array(sums) >= found))
        split = [min(found, 2), found - min(found, 2)]
        assert stratified_greater(split, [2, 2], [2, 2], [5, 4]) == pytest.approx(wanted)


def test_agreement_is_the_permutation_test() -> None:
    rng = np.random.default_rng(0)
    answers = rng.integers(4, size=200)
    labels = np.where(rng.random(200) < 0.1, answers, rng.integers(4, size=200))
    dealt = np.array([np.sum(rng.permutation(labels) == answers) for _ in range(4000)])
    assert agreement(labels, answers) == pytest.approx(np.mean(dealt >= np.sum(labels == answers)), abs=0.02)
    assert agreement(answers, answers) < 1e-30
    assert agreement([0], [0]) == 1.0 and agreement([0, 0], [0, 0]) == 1.0


def test_the_sign_test_and_the_normal_test() -> None:
    assert float(binomial_greater(9, 10, 0.5)) == pytest.approx(stats.binomtest(9, 10, alternative="greater").pvalue)
    assert normal_greater(0.3, 0.3, 0.3, 0.0) == 1.0  # an interval of no width proves nothing
    assert normal_greater(0.0, -0.1, 0.1, 0.0) == pytest.approx(0.5)


@pytest.mark.parametrize("test", [outlier_greater, apart_greater])
def test_one_of_a_kind_is_rarely_an_outlier(test) -> None:
    rng = np.random.default_rng(1)
    p = np.array([test(rng.normal(0, 1, 10), np.full(10, 0.1))[0] for _ in range(600)])
    level = 0.05 if test is outlier_greater else 0.15  # the median deviation of few is unsteady; it guards, never alone
    assert np.mean(p < 0.05) < level + 2 * np.sqrt(level / 600)


def test_few_classes_have_no_outlier_and_gaps_are_left_out() -> None:
    assert outlier_greater([0.0, 0.0, 9.0], [0.1] * 3).tolist() == [1.0, 1.0, 1.0]
    assert outlier_greater([0.0, np.nan, 0.1, 0.05, 0.02, 9.0], [0.1] * 6)[1] == 1.0
    assert outlier_greater([0.0, np.nan, 0.1, 0.05, 0.02, 9.0], [0.1] * 6)[-1] < 1e-4


def test_two_outliers_do_not_hide_each_other() -> None:
    values, errors = [0.1, 0.12, 0.09, 0.11, 0.1, 0.8, 0.7], [0.02] * 7
    assert apart_greater(values, errors)[-1] < 0.001 < outlier_greater(values, errors)[-1]


def test_holm_keeps_its_promise_where_all_are_true() -> None:
    p = np.random.default_rng(2).random((2000, 12))
    rejected = np.mean([holm(row).min() < 0.05 for row in p])
    assert rejected < 0.05 + 2 * np.sqrt(0.05 / 2000)
    assert holm([]).tolist() == []
