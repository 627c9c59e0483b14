from reports.explanation_views import explained_view, planted_view
from reports.page import render_page
from reports.tables import read_tables, write_tables
from tests.reports.test_explanation_figures import tables


def board():
    return tables()["planted"].assign(value=0.2, low=0.1, high=0.3)


def test_checks_stand_side_by_side():
    view = explained_view(tables()["explanations_summary"])
    assert [head.text for head in view.heads] == [
        "Method", "Images", "Insertion", "Moved by noise", "Completeness gap"
    ]  # fmt: skip
    assert len(view.rows) == 4
    assert [cell.text for cell in view.rows[0]] == ["occlusion", "drawn at random", *["0.500 [0.400, 0.600]"] * 3]
    several = explained_view(tables(("resnet", "vit"))["explanations_summary"])
    assert several.rows[-1][2].text == "vit"


def test_the_scoreboard_has_a_row_for_each_answer(tmp_path):
    view = planted_view(board())
    assert len(view.rows) == 6
    first = [cell.text for cell in view.rows[0]]
    assert first[:4] == ["occlusion", "size", "marker", "must"] and first[-1] == "right"
    write_tables(tmp_path, {"planted": board()})
    again = planted_view(read_tables(tmp_path)["planted"])
    assert [[cell.text for cell in row] for row in again.rows] == [[cell.text for cell in row] for row in view.rows]


def test_the_page_has_a_section_for_them():
    page = render_page([{"title": "<i>run</i>", "status": "complete"}], tables() | {"planted": board()}, {}, [])
    assert 'id="explanations"' in page and 'id="planted"' in page and "<i>run" not in page
    assert 'id="explanations"' not in render_page([{"title": "run"}], {}, {}, [])
