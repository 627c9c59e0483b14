from reports.error_views import attacks_view, choice_view, errors_view
from reports.views import ROWS_SHOWN
from tests.reports.error_samples import error_tables
from tests.reports.study_samples import choice_table


def test_a_row_for_each_population_and_score_with_its_cost() -> None:
    view = errors_view(error_tables()["errors"])
    heads = [head.text for head in view.heads]
    assert heads[:3] == ["Score", "Images", "Passes"] and "Coverage at 1 % risk" in heads
    assert len(view.rows) == 16 and view.more == 0
    texts = [cell.text for cell in view.rows[2]]
    assert texts[:3] == ["learned detector", "clean", "1"]
    assert texts[heads.index("AUROC above MSP")] == "0.060 [0.050, 0.070]"
    assert [cell.text for cell in view.rows[0]][heads.index("AUROC above MSP")] == "–", "no gain over itself"


def test_models_have_a_column_where_there_are_several_and_long_tables_are_cut() -> None:
    view = errors_view(error_tables(tuple(f"net {number}" for number in range(20)))["errors"])
    assert [head.text for head in view.heads][2] == "Model"
    assert len(view.rows) == ROWS_SHOWN and view.more == 20 * 16 - ROWS_SHOWN


def test_attacks_say_who_knew_what() -> None:
    view = attacks_view(error_tables()["errors_attacks"])
    texts = [[cell.text for cell in row] for row in view.rows]
    assert ["learned detector", "knows it", "0.0200", "Error detection AUROC", "0.200 [0.190, 0.210]"] in texts
    assert texts[-1] == ["learned detector", "knows it", "–", "Smallest evading change", "–"]


def test_the_choice_is_shown_in_its_order() -> None:
    texts = [[cell.text for cell in row] for row in choice_view(choice_table()).rows]
    assert texts == [["original", "1", "0.900", "how"], ["rotate(6)", "2", "–", "how"]]
