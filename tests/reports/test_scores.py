from reports.scores import ADVERSARIES, SCORES, adversary_label, score_label
from robustness.confidence import CONFIDENCE_SCORES
from robustness.consistency.scores import CONSISTENCY_SCORES
from robustness.dropout import DROPOUT_SCORES


def test_every_score_has_a_label_of_its_own() -> None:
    fitted = {"temperature_max_softmax", "nearest_neighbours", "mahalanobis"}
    fitted |= {"detector", "detector_with_attacks", "detector_without_copies"}
    assert set(SCORES) == {*CONFIDENCE_SCORES, *CONSISTENCY_SCORES, *DROPOUT_SCORES, *fitted, "random"}
    assert len(set(SCORES.values())) == len(SCORES)
    assert all(len(label) <= 26 for label in SCORES.values()), "an axis holds no more"


def test_what_is_unknown_keeps_its_name() -> None:
    assert score_label("mine") == "mine" and score_label("energy") == SCORES["energy"]
    assert adversary_label("bored") == "bored" and set(ADVERSARIES) == {"aware", "unaware"}
