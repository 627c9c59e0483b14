from reports.confounder_views import confounder_pairs_view, confounders_view
from tests.reports.confounder_samples import confounder_table
from tests.reports.samples import EVIL


def test_a_row_for_every_confounder_and_the_coin():
    view = confounders_view(confounder_table())
    assert [row[0].text for row in view.rows] == ["hue", "coin: groups that mean nothing"]
    heads = [head.text for head in view.heads]
    first = dict(zip(heads, view.rows[0], strict=True))
    assert first["Answers changed"].text.startswith("0.600") and first["Answers changed, linear"].text.startswith(
        "0.70"
    )
    assert first["Arrived"].text.startswith("0.900") and first["n"].text == "180"


def test_pairs_stand_in_the_order_of_what_they_change():
    view = confounder_pairs_view(confounder_table())
    assert [(row[0].text, row[1].text) for row in view.rows[:2]] == [("hue", "a → b"), ("hue", "b → a")]
    assert len(view.rows) == 4 and all(len(row) == len(view.heads) for row in view.rows)


def test_models_have_a_column_where_there_are_several():
    for view in (make(confounder_table(("a", EVIL))) for make in (confounders_view, confounder_pairs_view)):
        assert view.heads[1].text == "Model" and EVIL in {row[1].text for row in view.rows}
        assert all(len(row) == len(view.heads) for row in view.rows)
