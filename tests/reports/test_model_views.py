from reports.model_views import corruption_differences_view, differences_view, ranks_view
from tests.reports.model_samples import differences_table, ranks_table


def test_pairs_stand_below_each_other_with_their_intervals() -> None:
    view = differences_view(differences_table(("a", "b", "c")))
    assert [cell.text for cell in view.rows[0]] == [
        "a", "b", "0.050 [-0.010, 0.110]", "0.200 [0.140, 0.260]",
    ]  # fmt: skip
    assert len(view.rows) == 3
    assert [head.text for head in view.heads] == ["Model", "Minus", "Error", "Mean corruption error"]


def test_corruptions_have_a_table_of_their_own() -> None:
    table = differences_table(corruptions=("fog", "glass_blur"))
    view = corruption_differences_view(table)
    assert [row[0].text for row in view.rows] == ["fog", "glass blur"]
    assert view.rows[0][3].order == 0.1
    assert corruption_differences_view(table[table["condition_name"] == ""]) is None
    assert differences_view(table[table["condition_name"] != ""]) is None


def test_ranks_say_how_often() -> None:
    view = ranks_view(ranks_table(("a", "b")))
    assert [head.text for head in view.heads] == ["Ordered by", "Model", "Rank", "Rank 1", "Rank 2"]
    assert [cell.text for cell in view.rows[0]] == ["Error", "a", "1.0 [1.0, 2.0]", "70%", "30%"]
    assert len(view.rows) == 4
