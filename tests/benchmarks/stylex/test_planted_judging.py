"""A system whose attributes are the causes is said to have them, with figures that can be counted by hand."""

import pandas as pd
import pytest
import torch

from benchmarks.planted import draw_images
from benchmarks.stylex.planted_judging import JUDGED, judge_stylex
from tests.benchmarks.stylex.planted_copies import DESIGN, copying_parts


@pytest.fixture(scope="module")
def judged() -> pd.DataFrame:
    parts = copying_parts()
    return judge_stylex(parts.system, DESIGN, parts.oracle, images=120, population=180)


def pick(judged: pd.DataFrame, question: str, rank: int, way: str, attribute: str = "") -> pd.Series:
    rows = judged[(judged["question"] == question) & (judged["rank"] == rank) & (judged["direction"] == way)]
    return rows[rows["attribute"] == attribute].iloc[0]


def test_causes_are_found_and_nothing_else(judged: pd.DataFrame) -> None:
    assert list(judged) == JUDGED
    shares = judged[judged["question"] == "share"]
    found = {int(rank): set(own["attribute"]) for rank, own in shares.groupby("rank")}
    assert found == {1: {"marker"}, 2: {"size"}}, "the marker differs more from image to image, hue says nothing"
    assert (shares["value"] > 0.999).all()
    assert (judged[judged["question"] == "significant"]["value"] == 1).all()


def test_flips_are_those_that_can_be_counted(judged: pd.DataFrame) -> None:
    parts = copying_parts()
    styles = parts.system.styles(draw_images(DESIGN, 120, split="test", variant="removed").images)
    other = styles[parts.system.classifier(parts.system.decode(styles)).argmax(1) == 0]
    marked = other.clone()
    marked[:, 0] = 1
    flips = (parts.system.classifier(parts.system.decode(marked)).argmax(1) == 1).sum().item()
    row = pick(judged, "flips", 1, "towards")
    assert (row["value"], row["n"]) == (flips / len(other), len(other))
    assert pick(judged, "legit", 1, "towards")["value"] == 1
    # both causes at their ends decide every image
    assert pick(judged, "groups", 2, "towards")["value"] == pick(judged, "groups", 2, "away")["value"] == 1
    assert pick(judged, "coordinates", 2, "away")["value"] == 1


def test_a_swap_that_moves_the_marker_says_so(judged: pd.DataFrame) -> None:
    moved = {name: pick(judged, "swap_change", 0, "both", name)["value"] for name in ("marker", "size", "hue")}
    assert moved == {"marker": 2, "size": pytest.approx(0, abs=1e-5), "hue": pytest.approx(0, abs=1e-5)}


def test_every_figure_lies_in_its_interval(judged: pd.DataFrame) -> None:
    defined = judged[judged["value"].notna()]
    assert (defined["low"] <= defined["value"] + 1e-12).all()
    assert (defined["value"] <= defined["high"] + 1e-12).all()
    assert torch.tensor(defined["n"].to_numpy()).min() >= 0


def test_a_decoder_that_shows_one_class_alone_has_no_flips_the_other_way() -> None:
    parts = copying_parts()
    parts.system.classifier = lambda images: images[:, 0, :2, 0] * torch.tensor([0.0, 1.0]) - torch.tensor([0.0, 9.0])
    judged = judge_stylex(parts.system, DESIGN, parts.oracle, images=40, population=60)
    assert not set(judged["direction"]) & {"away"}
    assert "towards" in set(judged["direction"])
