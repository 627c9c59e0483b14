import numpy as np
import pytest

from benchmarks.global_statistics.partners import NOBODY, other_class_partners, pairs_of, same_class_partners

LABELS = {
    "balanced": np.repeat(np.arange(4), 25),
    "one class is most of them": np.array([0] * 40 + [1] * 3 + [2]),
    "every image its own class": np.arange(9),
    "one class": np.zeros(7, dtype=np.int64),
    "two images": np.array([3, 1]),
    "one image": np.array([5]),
    "none": np.array([], dtype=np.int64),
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_partners_are_others_of_the_right_class(labels: np.ndarray) -> None:
    for seed in range(5):
        for choose, same in ((other_class_partners, False), (same_class_partners, True)):
            partners = choose(labels, np.random.default_rng(seed))
            assert np.array_equal(partners, choose(labels, np.random.default_rng(seed)))
            for place, partner in enumerate(partners):
                fit = [one for one in range(len(labels)) if one != place and (labels[one] == labels[place]) == same]
                assert partner in fit if fit else partner == NOBODY


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_pairs_answer_for_everybody_once(labels: np.ndarray) -> None:
    for choose in (other_class_partners, same_class_partners):
        partners = choose(labels, np.random.default_rng(0))
        pairs = pairs_of(partners)
        answered = [first for first, _ in pairs] + [second for first, second in pairs if partners[second] == first]
        assert sorted(answered) == list(np.flatnonzero(partners != NOBODY))
        assert all(partners[first] == second for first, second in pairs)


def test_one_pass_answers_for_two_where_classes_allow_it() -> None:
    partners = other_class_partners(LABELS["balanced"], np.random.default_rng(0))
    assert len(pairs_of(partners)) == len(partners) // 2


def test_every_image_of_another_class_is_as_likely() -> None:
    labels, met = np.repeat(np.arange(3), 4), np.zeros((12, 12))
    for seed in range(3000):
        met[np.arange(12), other_class_partners(labels, np.random.default_rng(seed))] += 1
    share = met / 3000
    assert np.allclose(share[labels[:, None] != labels], 1 / 8, atol=0.03)
