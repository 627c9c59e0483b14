import pandas as pd

from reports.outcome_views import missing_sections, outcomes_view
from reports.page import render_page

OUTCOMES = pd.DataFrame(
    [
        {"section": "corruptions", "status": "ok", "seconds": 34.2, "reason": ""},
        {"section": "errors", "status": "failed", "seconds": 1.0, "reason": "ValueError: <b>no</b> image"},
        {"section": "stylex", "status": "skipped", "seconds": 0.0, "reason": "no trained StylEx was given"},
        {"section": "explain", "status": "unfinished", "seconds": float("nan"), "reason": float("nan")},
    ]
)


def test_every_section_has_a_row_with_its_outcome() -> None:
    view = outcomes_view(OUTCOMES)
    assert [[cell.text for cell in row] for row in view.rows] == [
        ["corruptions", "done", "34", ""],
        ["errors", "did not finish", "1", "ValueError: <b>no</b> image"],
        ["stylex", "left out", "0", "no trained StylEx was given"],
        ["explain", "not reached yet", "–", ""],
    ]


def test_what_failed_or_was_not_reached_is_said_and_what_does_not_apply_is_not() -> None:
    assert missing_sections(OUTCOMES) == [
        "errors did not finish, because ValueError: <b>no</b> image",
        "explain was not reached yet",
    ]
    assert missing_sections(OUTCOMES[OUTCOMES["status"] == "ok"]) == []


def test_the_page_says_what_is_missing_as_text() -> None:
    page = render_page([], {"sections": OUTCOMES}, {}, [])
    assert "errors did not finish, because ValueError: &lt;b&gt;no&lt;/b&gt; image" in page
    assert "Sections of this audit" in page
    whole = render_page([], {"sections": OUTCOMES.head(1)}, {}, [])
    assert "Missing from this page" not in whole and "Sections of this audit" in whole
