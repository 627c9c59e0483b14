import numpy as np
import pandas as pd
import pytest

from benchmarks.explanations import Explained
from benchmarks.explanations.explained_pictures import explained_galleries


@pytest.fixture
def known(explained: Explained) -> pd.DataFrame:
    ids = list(explained.task.chosen["image_id"])
    return pd.DataFrame({"image_id": ids, "corrupted_flips": 0.25, "conditions": 4.0, "consistency": np.nan})


def test_no_map_is_shown_without_its_checks(explained: Explained, known: pd.DataFrame) -> None:
    galleries = {gallery.name: gallery for gallery in explained_galleries(explained, known)}
    assert set(galleries) == {"explained", "explained_worst", "dissected"}
    for gallery in galleries.values():
        assert "red speaks for the class" in gallery.explanation.lower()
        for strip in gallery.strips:
            assert strip.pictures[0].title == "image" and len(strip.pictures) > 2
            for picture in strip.pictures[1:]:
                facts = dict(picture.facts)
                assert {"opaque at", "insertion", "deletion", "by noise", "untrained"} <= set(facts)
                assert min(picture.image.shape[:2]) >= 128
                assert not picture.title.startswith("random")


def test_errors_show_both_classes_and_what_the_records_know(explained: Explained, known: pd.DataFrame) -> None:
    gallery = explained_galleries(explained, known)[-1]
    wrong = explained.task.chosen[explained.task.chosen["confidently_wrong"]]
    assert len(gallery.strips) == len(wrong)
    for strip, image in zip(gallery.strips, wrong.itertuples(), strict=True):
        assert f"{image.label_name} taken for {image.prediction_name} ({image.image_id})" in strip.title
        assert (
            "another answer under 25% of 4 corruptions and severities" in strip.title
            and "consistency" not in strip.title
        )
        titles = [picture.title for picture in strip.pictures[1:3]]
        assert titles == [
            f"gradient x input: {image.prediction_name}, predicted", f"gradient x input: {image.label_name}, true"
        ]  # fmt: skip
        assert not np.array_equal(strip.pictures[1].image, strip.pictures[2].image)


def test_consistency_is_said_with_its_rank_and_its_meaning(explained: Explained, known: pd.DataFrame) -> None:
    gallery = explained_galleries(explained, known.assign(consistency=-0.5, consistency_rank=0.125))[-1]
    assert "Consistency is 0 where" in gallery.explanation
    assert all("; consistency -0.5, above 12% of images" in strip.title for strip in gallery.strips)
    assert "Consistency" not in explained_galleries(explained, known)[-1].explanation


def test_worst_cases_are_the_worst(explained: Explained, known: pd.DataFrame) -> None:
    gallery = explained_galleries(explained, known)[1]
    count = len(explained.task.chosen)
    checks = [explained.methods[name].checks.iloc[:count] for name in ("gradient_x_input", "occlusion")]
    belief = sum(part["insertion_blurred"] - part["deletion_blurred"] for part in checks)
    worst = explained.task.chosen["image_id"].iloc[int(np.argmin(belief))]
    assert gallery.strips[0].title.startswith("hardly believed") and worst in gallery.strips[0].title
    assert any(strip.title.startswith("methods disagree") for strip in gallery.strips)
