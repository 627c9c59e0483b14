from reports.augmentation_views import choice_view, claims_view, differences_view, recipes_view
from tests.reports.augmentation_samples import augmentation_tables

TABLES = augmentation_tables()


def test_recipes_stand_best_first_with_their_flags() -> None:
    view = recipes_view(TABLES["augmentations"])
    assert [row[0].text for row in view.rows] == ["randaugment †", "padain", "baseline"]
    assert [row[-1].text for row in view.rows] == ["brightness, contrast", "none", "none"]
    heads = [head.text for head in view.heads]
    assert heads[:3] == ["Recipe", "Error, clean", "Mean corruption error"]
    assert "Mean error, gaussian noise" not in heads, "single corruptions stand in the figure"
    assert view.rows[1][2].text == "0.250 [0.230, 0.270]"
    assert all(len(row) == len(heads) for row in view.rows)


def test_recipes_read_back_from_csv_have_no_flag() -> None:
    table = TABLES["augmentations"].replace({"overlaps": {"": float("nan")}})
    assert recipes_view(table).rows[1][0].text == "padain"


def test_differences_count_seeds() -> None:
    view = differences_view(TABLES["augmentations_differences"])
    first = view.rows[0]
    assert first[0].text == "padain − baseline" and first[1].text == "Mean corruption error"
    assert [cell.text for cell in first[3:]] == ["5 of 5", "4 of 5", "0 of 5"]


def test_claims_say_their_verdict() -> None:
    view = claims_view(TABLES["augmentations_claims"])
    assert [row[-1].text for row in view.rows] == ["holds", "fails"]
    assert view.rows[0][0].text == "padain, against baseline: lower mean corruption error"
    assert [row[4].text for row in view.rows] == ["5 of 5", "–"]


def test_the_choice_is_marked() -> None:
    view = choice_view(TABLES["augmentations_choice"])
    assert [(row[0].text, row[2].text) for row in view.rows] == [("0.01", ""), ("0.1", "chosen")]
