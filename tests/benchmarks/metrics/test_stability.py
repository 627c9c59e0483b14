import numpy as np
import pytest

from benchmarks.metrics import (
    ALEXNET_FLIP_PROBABILITY,
    ALEXNET_TOP5_DISTANCE,
    flip_probability,
    flip_rates,
    mean_flip_rate,
    mean_top5_rate,
    top5_distance,
    top5_distances,
    top5_rates,
    zipf_distance,
    zipf_distances,
)
from benchmarks.metrics.stability import TEST_PERTURBATIONS, class_order, top_ranks
from robustness import perturbations

# New ranks of the classes that were 1st, 2nd, ... before, and the distance, as in the original's unit tests.
EXACT = [
    ((1, 2, 3, 4, 5), 0),
    ((2, 1, 3, 4, 5), 2),
    ((3, 1, 2, 4, 5), 4),
    ((*range(2, 1001), 1), 5),
    ((1, 2, 3, 4, 6, 5), 1),
    ((1, 2, 3, 5, 6, 4), 2),
    ((5, 4, 3, 2, 1), 12),
]


def orders(ranks):
    """An order of arbitrary classes, and the one in which they have these new ranks."""
    before = np.random.default_rng(len(ranks)).permutation(len(ranks))
    now = np.empty_like(before)
    now[np.array(ranks) - 1] = before
    return before, now


@pytest.mark.parametrize("ranks, distance", EXACT, ids=[str(ranks[:6]) for ranks, _ in EXACT])
def test_top5_distance_has_the_exact_values(ranks, distance):
    assert top5_distance(*orders(ranks)) == distance
    assert top_ranks(*orders(ranks)).tolist() == list(ranks)


def reference_top5(ranks):
    """Counting, for each of the five, the steps between old and new rank that lie within the top five."""
    steps = 0
    for rank, new in enumerate(ranks[:5], start=1):
        steps += sum(1 for place in range(min(rank, new), max(rank, new)) if place <= 5)
    return steps


def reference_zipf(ranks):
    return sum(abs(1 / rank - 1 / new) / rank for rank, new in enumerate(ranks, start=1))


@pytest.mark.parametrize("classes", [2, 3, 5, 6, 40])
def test_distances_equal_the_plain_references(classes):
    generator = np.random.default_rng(classes)
    for _ in range(30):
        ranks = generator.permutation(classes) + 1
        assert top5_distance(*orders(ranks)) == reference_top5(ranks)
        assert zipf_distance(*orders(ranks)) == pytest.approx(reference_zipf(ranks))


def test_one_class_never_moves():
    assert top5_distance([0], [0]) == zipf_distance([0], [0]) == 0


def test_no_distance_is_above_fifteen():
    assert top5_distance(*orders((6, 7, 8, 9, 10, 1, 2, 3, 4, 5))) == 15


@pytest.mark.parametrize("to_first", [False, True])
def test_sequences_are_the_mean_over_their_frames(to_first):
    logits = np.random.default_rng(0).normal(size=(4, 6, 9)).round(1)  # with ties
    found = flip_probability(logits.argmax(2), to_first=to_first)
    for film, flips, top5, zipf in zip(
        logits, found, top5_distances(logits, to_first=to_first), zipf_distances(logits, to_first=to_first), strict=True
    ):
        pairs = [(film[0 if to_first else frame - 1], film[frame]) for frame in range(1, 6)]
        ranked = [[sorted(range(9), key=lambda k, z=z: (-z[k], k)) for z in pair] for pair in pairs]
        ranks = [[now.index(k) + 1 for k in before] for before, now in ranked]
        assert flips == pytest.approx(np.mean([before[0] != now[0] for before, now in ranked]))
        assert top5 == pytest.approx(np.mean([reference_top5(one) for one in ranks]))
        assert zipf == pytest.approx(np.mean([reference_zipf(one) for one in ranks]))


def test_first_and_previous_frame_are_told_apart():
    back_and_forth = np.array([[0, 1, 1, 1], [0, 1, 0, 1]])
    assert flip_probability(back_and_forth, to_first=True) == pytest.approx([1, 2 / 3])
    assert flip_probability(back_and_forth, to_first=False) == pytest.approx([1 / 3, 1])


def test_equal_logits_are_ranked_by_index_and_cause_no_distance():
    assert class_order(np.zeros((2, 7))).tolist() == [list(range(7))] * 2
    assert top5_distances(np.zeros((1, 3, 7)), to_first=False) == 0


def test_no_sequences_give_no_figures():
    assert top5_distances(np.empty((0, 4, 7)), to_first=True).shape == (0,)
    assert flip_probability(np.empty((0, 4), dtype=int), to_first=True).shape == (0,)


def test_errors_name_the_shape():
    with pytest.raises(ValueError, match=r"shape \(N, F\) with at least two frames, got \(3, 1\)"):
        flip_probability(np.zeros((3, 1)), to_first=True)
    with pytest.raises(ValueError, match=r"shape \(N, F, K\) with at least two frames, got \(3, 4\)"):
        top5_distances(np.zeros((3, 4)), to_first=False)
    with pytest.raises(ValueError, match=r"two orders of one shape \(..., K\), got \(3,\) and \(4,\)"):
        top5_distance([0, 1, 2], [0, 1, 2, 3])


def test_the_perturbations_are_those_that_can_be_made():
    assert TEST_PERTURBATIONS == perturbations.TEST_PERTURBATIONS
    assert list(ALEXNET_FLIP_PROBABILITY) == list(ALEXNET_TOP5_DISTANCE) == list(perturbations.PERTURBATIONS)


def test_alexnet_itself_scores_100():
    assert mean_flip_rate(ALEXNET_FLIP_PROBABILITY) == pytest.approx(100)
    assert mean_top5_rate(ALEXNET_TOP5_DISTANCE) == pytest.approx(100)


def test_rates_are_averaged_not_probabilities():
    """The paper's row of ResNet-50: ten rates, whose mean is its mFR, up to their rounding."""
    rates = dict(zip(TEST_PERTURBATIONS, (59, 58, 64, 72, 63, 62, 44, 52, 57, 48), strict=True))
    flips = {name: rate / 100 * ALEXNET_FLIP_PROBABILITY[name] for name, rate in rates.items()}
    assert mean_flip_rate(flips) == pytest.approx(58.0, abs=0.2)
    assert flip_rates(flips) == pytest.approx(rates)
    distances = dict(zip(TEST_PERTURBATIONS, (82, 79, 84, 89, 80, 84, 64, 73, 80, 67), strict=True))
    moves = {name: rate / 100 * ALEXNET_TOP5_DISTANCE[name] for name, rate in distances.items()}
    assert mean_top5_rate(moves) == pytest.approx(78.3, abs=0.2)
    assert top5_rates(moves) == pytest.approx(distances)


def test_validation_perturbations_do_not_count_and_resamples_pass_through():
    flips = {name: np.array([0.1, 0.2]) for name in ALEXNET_FLIP_PROBABILITY}
    ten = {name: flips[name] for name in TEST_PERTURBATIONS}
    assert np.array_equal(mean_flip_rate(flips), mean_flip_rate(ten))
    assert mean_flip_rate(ten)[1] == pytest.approx(2 * mean_flip_rate(ten)[0])


def test_nothing_is_averaged_over_fewer_than_ten():
    nine = {name: 0.1 for name in TEST_PERTURBATIONS if name != "tilt"}
    with pytest.raises(ValueError, match=r"expected all ten test perturbations, missing \['tilt'\]; report"):
        mean_flip_rate(nine)
    with pytest.raises(ValueError, match=r"expected perturbations among gaussian_noise, .*, got \['fog'\]"):
        top5_rates({"fog": 1.0})
