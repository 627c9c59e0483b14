from reports.invariance_views import layers_view, widths_view
from tests.reports.invariance_samples import invariance_tables
from tests.reports.samples import EVIL


def test_a_row_for_the_ceiling_and_every_layer():
    view = layers_view(invariance_tables()["invariances"])
    assert [row[0].text for row in view.rows] == ["the autoencoder alone", "layer2", "layer4", "logits"]
    assert all(len(row) == len(view.heads) for row in view.rows)
    heads = [head.text for head in view.heads]
    ceiling, first = (dict(zip(heads, row, strict=True)) for row in view.rows[:2])
    assert ceiling["Decision kept"].text == "0.970 [0.920, 1.02]" or ceiling["Decision kept"].text.startswith("0.970")
    assert ceiling["Discarded"].text == "–" and first["Discarded"].text.startswith("0.100 [0.050, 0.150]")
    assert first["Discarded, linear"].text.startswith("0.000") and first["n"].text == "180"


def test_an_empty_subject_read_from_a_file_is_the_same():
    table = invariance_tables()["invariances"]
    assert layers_view(table.replace({"subject": {"": None}})) == layers_view(table)


def test_properties_stand_beside_what_is_open():
    view = widths_view(invariance_tables()["invariances_properties"])
    assert [(row[0].text, row[1].text) for row in view.rows] == [
        (name, "hue") for name in ("layer2", "layer4", "logits")
    ]
    assert view.rows[0][2].text.startswith("0.300") and view.rows[0][3].text.startswith("0.320")
    assert view.rows[0][4].text.startswith("0.400")


def test_models_have_a_column_where_there_are_several():
    tables = invariance_tables(("a", EVIL))
    for view in (layers_view(tables["invariances"]), widths_view(tables["invariances_properties"])):
        assert view.heads[1].text == "Model" and view.rows[-1][1].text == EVIL
        assert all(len(row) == len(view.heads) for row in view.rows)
