from reports.concept_views import associations_view, concepts_view, factors_view, wrong_view
from reports.views import View
from tests.reports.concept_samples import concept_tables
from tests.reports.samples import EVIL


def column(view: View, head: str) -> list[str]:
    place = [one.text for one in view.heads].index(head)
    return [row[place].text for row in view.rows]


def test_both_maps_of_a_factor_stand_together() -> None:
    view = concepts_view(concept_tables()["concepts"])
    assert column(view, "Factor") == ["marker", "marker", "hue", "hue", "residual", "residual"]
    assert column(view, "Map")[:2] == ["linear", "flow"]
    assert column(view, "Swap changes")[0].startswith("0.330 [")
    assert column(view, "Own attribute")[0].startswith("0.90") and column(view, "Own attribute")[-1] == "–"
    assert column(view, "Most of another")[0].startswith("hue 0.02")
    assert {len(row) for row in view.rows} == {len(view.heads)}


def test_what_is_not_represented_and_why() -> None:
    view = factors_view(concept_tables()["concepts_factors"])
    assert column(view, "Dimensions") == ["1", "3", "not represented", "the same in all images"]
    assert column(view, "Agreement") == ["0.97", "0.80", "0.10", "–"]
    assert column(view, "Named by")[-1] == "–"


def test_associations_and_errors() -> None:
    tables = concept_tables()
    view = associations_view(tables["concepts_association"])
    assert [cell.text for cell in view.rows[0][-3:]] == ["yes", "0.02", "321 of 2000"]
    wrong = wrong_view(tables["concepts_wrong"])
    assert column(wrong, "Finding") == ["lacking", "–"] and column(wrong, "Wrong") == ["12", "12"]


def test_models_and_layers_are_told_apart_where_there_are_several() -> None:
    tables = concept_tables(((EVIL, "fc:input"), (EVIL, "layer4"), ("other", "layer4")))
    for make, name in (
        (concepts_view, "concepts"),
        (factors_view, "concepts_factors"),
        (associations_view, "concepts_association"),
        (wrong_view, "concepts_wrong"),
    ):
        view = make(tables[name])
        assert {"Model", "Layer"} <= {head.text for head in view.heads}
        assert {len(row) for row in view.rows} == {len(view.heads)}
        assert set(column(view, "Layer")) == {"fc:input", "layer4"}
    assert "Model" not in {head.text for head in concepts_view(concept_tables()["concepts"]).heads}
