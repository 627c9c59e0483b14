from reports.table_views import table_views
from tests.reports.concept_samples import concept_tables
from tests.reports.confounder_samples import confounder_table
from tests.reports.model_samples import differences_table
from tests.reports.samples import sample_tables


def test_tables_that_are_there_are_laid_out_and_the_others_are_none() -> None:
    laid = table_views(concept_tables())
    assert laid["concepts_view"] is not None and laid["concepts_factors_view"] is not None
    assert laid["cells_view"] is None and laid["headline_view"] is None and laid["records"] is None
    assert laid["cards"] == [] and laid["recipes"] == []


def test_one_model_has_cards_and_several_have_a_table() -> None:
    alone = table_views(sample_tables())
    assert alone["cards"] and alone["headline_view"] is None and alone["records"]
    both = table_views(sample_tables(models=("a", "b")))
    assert both["cards"] == [] and both["headline_view"] is not None


def test_one_table_can_have_two_views() -> None:
    laid = table_views({"differences": differences_table(), "confounders": confounder_table()})
    assert laid["differences_view"] is not None and laid["corruption_differences_view"] is not None
    assert laid["confounders_view"] is not None and laid["confounder_pairs_view"] is not None
