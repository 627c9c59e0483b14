import numpy as np
import torch

from benchmarks.error_detection.direct_scores import (
    RANDOM,
    direct_scores,
    dropout_scores,
    forward_passes,
    random_score,
)
from robustness.confidence import CONFIDENCE_SCORES
from robustness.consistency.scores import CONSISTENCY_SCORES, tta_confidence
from robustness.dropout import DROPOUT_SCORES


def test_every_registered_score_is_there_and_higher_means_surer() -> None:
    sure = torch.tensor([9.0, 0.0, 0.0]).expand(1, 5, 3)
    unsure = torch.tensor([[0.2, 0.0, 0.1], *[[0.0, 0.3, 0.0]] * 4])[None]
    scores = direct_scores(torch.cat([sure, unsure]))
    assert set(scores) == {*CONFIDENCE_SCORES, *CONSISTENCY_SCORES}
    assert all(first > second for first, second in scores.values())
    assert scores["tta_confidence"][1] == tta_confidence(unsure).item()
    assert set(dropout_scores(unsure)) == set(DROPOUT_SCORES)


def test_two_classes_and_a_thousand() -> None:
    for classes in (2, 1000):
        scores = direct_scores(torch.randn(3, 4, classes, generator=torch.Generator().manual_seed(0)))
        assert all(np.isfinite(values).all() and values.shape == (3,) for values in scores.values())


def test_the_random_score_depends_on_image_condition_and_seed_and_is_uniform() -> None:
    ids = [str(number) for number in range(2000)]
    drawn = random_score(ids, seed=0, condition="clean")
    assert np.array_equal(random_score(ids[5:7], seed=0, condition="clean"), drawn[5:7])
    assert not np.isclose(random_score(ids, seed=0, condition="fog"), drawn).any()
    assert abs(np.histogram(drawn, bins=10, range=(0, 1))[0] - 200).max() < 60
    assert abs(np.corrcoef(drawn, random_score(ids, seed=1, condition="clean"))[0, 1]) < 0.1


def test_passes_count_the_original_too() -> None:
    assert {forward_passes(name, copies=4, draws=7) for name in CONSISTENCY_SCORES} == {5}
    assert {forward_passes(name, copies=4, draws=7) for name in DROPOUT_SCORES} == {7}
    assert {forward_passes(name, copies=4, draws=7) for name in CONFIDENCE_SCORES} == {1}
    assert forward_passes(RANDOM, copies=4, draws=7) == 0
