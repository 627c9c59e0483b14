import pandas as pd

from reports.statistics_views import statistics_view
from tests.reports.statistics_samples import statistics_table


def test_a_row_for_every_depth() -> None:
    view = statistics_view(statistics_table())
    assert [row[0].text for row in view.rows] == ["pixels", "stem", "layer1", "layer2", "mean of depths"]
    assert [row[1].text for row in view.rows] == ["0\xa0%", "20\xa0%", "60\xa0%", "95\xa0%", "–"]
    assert view.rows[0][2].text == "0.400 [0.350, 0.450]" and view.rows[0][7].text == "-0.010 [-0.060, 0.040]"
    assert all(len(row) == len(view.heads) for row in view.rows)
    assert {row[-1].text for row in view.rows} == {"500"}


def test_images_without_a_partner_of_their_class_are_counted() -> None:
    table = statistics_table()
    table.loc[table["pairs"].isin(["same_class", "difference"]), "n"] = 320
    assert statistics_view(table).rows[0][-1].text == "500, same class 320"


def test_models_have_a_column_where_there_are_several_and_long_tables_are_cut() -> None:
    view = statistics_view(statistics_table(tuple(f"net {number}" for number in range(50))))
    assert view.heads[1].text == "Model" and view.rows[5][1].text == "net 1"
    assert len(view.rows) == 200 and view.more == 50


def test_a_network_without_maps_has_dashes() -> None:
    bare = statistics_table()
    row = bare[bare["depth"] == "all"].iloc[[4]].assign(value=float("nan"), n=0)
    view = statistics_view(pd.concat([bare[bare["depth"] == "pixels"], row], ignore_index=True))
    assert [cell.text for cell in view.rows[1][1:]] == [*["–"] * 7, "0"]
