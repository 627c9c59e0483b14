import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks.planted import PlantedClassifier, Scene, draw_attributes, measure_reliance, render, render_masks
from benchmarks.planted.scoreboard import SCOREBOARD, Question, ask_questions, needed_ratio, scoreboard

SCENE = Scene(side=16)
TABLE = draw_attributes(120, seed=0, stream="test")
MASKS = render_masks(TABLE, SCENE)


def reliance(**shares: float) -> pd.DataFrame:
    rows = [{"attribute": name, "value": shares.get(name, 0.0)} for name in SCENE.visible]
    frame = pd.DataFrame(rows)
    return frame.assign(low=frame["value"] - 0.02, high=frame["value"] + 0.02)


def asked(**shares: float) -> dict[str, Question]:
    return {question.name: question for question in ask_questions(reliance(**shares), TABLE, SCENE)}


def test_questions_follow_the_measured_use() -> None:
    questions = asked(marker=0.5)
    assert {name: one.expected for name, one in questions.items()} == {
        "shape": False,
        "marker": True,
        "background": False,
    }
    assert torch.equal(questions["marker"].masks, MASKS["marker"])
    assert torch.equal(questions["shape"].masks, MASKS["shape"])


def test_a_region_of_doubtful_use_raises_no_question() -> None:
    assert set(asked(marker=0.5, hue=0.07)) == {"marker", "background"}
    assert asked(**dict.fromkeys(SCENE.visible, 0.07)) == {}


def test_where_a_used_attribute_can_act_is_right_for_it_and_not_wrong_for_others() -> None:
    questions = asked(size=0.5)
    ring = render_masks(TABLE.assign(size=1.0), SCENE)["shape"]
    reached = questions["shape"].masks
    assert not (reached & ~(ring | MASKS["shape"])).any()
    assert reached.sum() > 1.3 * MASKS["shape"].sum()
    assert not (questions["background"].masks & reached).any()
    assert (reached | questions["background"].masks | MASKS["marker"]).double().mean() > 0.99
    corner = asked(background=0.5)["marker"].masks
    unmarked = torch.tensor(TABLE["marker"].to_numpy() == 0)
    assert not corner[unmarked].any(), "the empty corner shows the background"
    assert torch.equal(corner[~unmarked], MASKS["marker"][~unmarked])


def test_an_attribute_that_acts_everywhere_leaves_no_place_to_miss() -> None:
    faded = Scene(side=16, fading=0.5)
    frame = pd.concat([reliance(), pd.DataFrame([{"attribute": "contrast", "value": 0.5, "low": 0.48, "high": 0.52}])])
    names = {question.name for question in ask_questions(frame, TABLE.assign(background=-1.0, marker=1), faded)}
    assert "marker" not in names


def test_needed_ratios() -> None:
    assert needed_ratio(0.01) == 3
    assert needed_ratio(0.5) == 1.5
    assert needed_ratio(0.5, causes=2) == 1.25
    assert needed_ratio(1.0) == 1
    assert needed_ratio(0.0) == 3


def test_perfect_and_opposite_maps_are_marked_right_and_wrong_and_random_ones_at_chance() -> None:
    questions = [
        Question(name="shape", masks=MASKS["shape"], expected=True),
        Question(name="marker", masks=MASKS["marker"], expected=False),
    ]
    board = scoreboard({"good": MASKS["shape"].double(), "bad": MASKS["marker"].double()}, questions)
    assert list(board) == SCOREBOARD
    assert len(board) == 3 * 2 * 3
    verdicts = board.groupby(["method", "question"])["verdict"].unique().map(list)
    assert verdicts["good", "shape"] == verdicts["good", "marker"] == ["right"]
    assert verdicts["bad", "shape"] == verdicts["bad", "marker"] == ["wrong"]
    chance = board[(board["method"] == "random") & (board["measure"] != "pointing")]
    assert chance["ratio"].to_numpy() == pytest.approx(1, abs=0.06)
    assert (chance["verdict"] == ["wrong", "wrong", "right", "right"]).all()
    np.testing.assert_allclose(board["ratio"], board["value"] / board["area"])
    assert (board["low"] <= board["value"]).all()
    assert (board["value"] <= board["high"]).all()
    assert (board["n"] == 120).all()
    assert (board["convention"].str.len() > 20).all()


def test_a_verdict_waits_for_the_interval() -> None:
    masks = torch.zeros(30, 4, 4, dtype=torch.bool)
    masks[:, :2] = True
    maps = torch.where(torch.arange(30).view(-1, 1, 1) % 4 > 0, masks, ~masks).double()  # three of four hits: 1.5 times
    board = scoreboard({"some": maps}, [Question(name="half", masks=masks, expected=True)])
    assert (board.loc[board["method"] == "some", "verdict"] == "open").all()


def test_images_without_a_score_or_without_the_region_are_left_out_and_counted() -> None:
    masks, maps = MASKS["shape"].clone(), MASKS["shape"].double()
    masks[:10], maps[10:30] = False, 0
    board = scoreboard({"some": maps, "none": maps * 0}, [Question(name="shape", masks=masks, expected=True)])
    rows = board[board["measure"] == "positive_mass"].set_index("method")
    assert rows["n"].to_dict() == {"some": 90, "none": 0, "random": 110}
    assert rows.loc["some", "value"] == 1
    assert rows.loc["none", ["value", "low", "ratio"]].isna().all()
    assert rows.loc["none", "verdict"] == "undefined"


def test_methods_are_paired_and_follow_the_seed() -> None:
    question = Question(name="shape", masks=MASKS["shape"], expected=True)
    maps = torch.rand(120, 16, 16, generator=torch.Generator().manual_seed(0))
    board = scoreboard({"a": maps, "b": 7 * maps}, [question], seed=3)
    columns = ["value", "low", "high", "ratio_low"]
    halves = [board.loc[board["method"] == name, columns].to_numpy() for name in ("a", "b")]
    np.testing.assert_allclose(*halves)
    pd.testing.assert_frame_equal(board, scoreboard({"a": maps, "b": 7 * maps}, [question], seed=3))


def test_trained_classifiers_and_a_gradient_method(
    shortcut_classifier: PlantedClassifier, honest_classifier: PlantedClassifier
) -> None:
    """The marker holds the mass where it was the shortcut, and does not where there was none."""
    ratios = {}
    for name, trained in (("shortcut", shortcut_classifier), ("honest", honest_classifier)):
        scene, classifier = trained.design.scene, trained.classifier
        questions = ask_questions(measure_reliance(classifier, draw_attributes(400, seed=5), scene), TABLE, scene)
        images = render(TABLE, scene).float() / 255
        board = scoreboard({"occlusion": occlusion(classifier, images)}, questions)
        marker = board[(board["question"] == "marker") & (board["measure"] == "positive_mass")].set_index("method")
        ratios[name] = marker
        assert (marker["expected"] == (name == "shortcut")).all()
        assert marker.loc["occlusion", "verdict"] == "right"
    assert ratios["shortcut"].loc["occlusion", "ratio_low"] >= 3
    assert ratios["honest"].loc["occlusion", "ratio_high"] < 3


def occlusion(classifier: torch.nn.Module, images: torch.Tensor) -> torch.Tensor:
    """Fall of the predicted logit when 2x2 pixels take the image's mean."""
    side = images.shape[-1]
    maps = torch.zeros(len(images), side, side)
    with torch.no_grad():
        logits = classifier(images)
        target = logits.argmax(1, keepdim=True)
        for top in range(0, side, 2):
            for left in range(0, side, 2):
                covered = images.clone()
                covered[..., top : top + 2, left : left + 2] = images.mean((2, 3), keepdim=True)
                fall = (logits - classifier(covered)).gather(1, target)
                maps[:, top : top + 2, left : left + 2] = fall.view(-1, 1, 1)
    return maps


def test_errors() -> None:
    question = Question(name="shape", masks=MASKS["shape"], expected=True)
    with pytest.raises(ValueError, match="expected no method called `random`"):
        scoreboard({"random": MASKS["shape"].double()}, [question])
    with pytest.raises(ValueError, match="expected maps and masks of one shape"):
        scoreboard({"a": torch.zeros(3, 16, 16)}, [question])
    assert scoreboard({}, []).empty
