import re

import numpy as np
import pandas as pd

from reports.finding_views import SECTIONS, checks_view, finding_items, findings_lead
from reports.gallery import Gallery, Picture, Strip
from reports.page import render_page
from tests.reports.finding_samples import checks_table, findings_table


def page(tables: dict[str, pd.DataFrame], galleries: list[Gallery] | None = None) -> str:
    return render_page([{"title": "run", "status": "complete"}], tables, {}, galleries or [])


def section(html: str) -> str:
    found = re.search(r'<section id="findings">.*?\n</section>', html, flags=re.DOTALL)
    assert found
    return found.group(0)


def test_findings_are_listed_in_order_with_all_that_is_known() -> None:
    html = section(page({"findings": findings_table(), "findings_tested": checks_table()}))
    assert html.index("0 of 40") < html.index("1 of 40")
    assert "50 candidates of 1 kind were tested" in html
    assert "5.0\xa0% [3.0, 8.0] of decisions" in html and 'href="#classes"' in html
    assert "&lt;3&gt;/1.png" in html and "<3>" not in html
    assert "adjusted =\xa0.012" in html and "Fisher&#39;s exact test" in html and "class “&lt;3&gt;” errs" in html


def test_findings_come_before_every_section_but_the_summary() -> None:
    html = page({"findings": findings_table(), "findings_tested": checks_table()})
    sections = re.findall(r'<section id="([a-z]+)">', html)
    assert sections[:2] == ["summary", "findings"]


def test_a_run_without_any_says_what_was_tested() -> None:
    html = section(page({"findings": findings_table(0), "findings_tested": checks_table(findings=0)}))
    assert "None of them holds" in html and "<details open>" in html and "Nothing is odd." in html
    assert "<ol" not in html


def test_where_nothing_was_tested_there_is_no_section() -> None:
    assert 'id="findings"' not in page({})


def test_labels_that_are_no_better_than_chance_are_a_remark_and_no_finding() -> None:
    assert "no better than chance" in findings_lead(None, checks_table(agreement=0.4))
    assert "chance" not in findings_lead(None, checks_table())


def test_pictures_of_what_is_no_finding_any_more_are_not_shown() -> None:
    picture = Picture(image=np.zeros((8, 8, 3), dtype=np.uint8), title="1.png")
    strips = tuple(Strip(title=title, pictures=(picture,)) for title in (findings_table()["statement"][0], "gone"))
    gallery = Gallery(name="findings", title="Behind", explanation="", strips=strips)
    html = section(page({"findings": findings_table(), "findings_tested": checks_table()}, [gallery]))
    assert html.count('<figure class="picture">') == 1 and "gone" not in html


def test_links_lead_to_sections_that_can_be_there_and_models_are_named_where_there_are_several() -> None:
    both = pd.concat([findings_table(1), findings_table(1, model="other")])
    items = finding_items(both, {"errors": SECTIONS["errors"]})
    assert [item.model for item in items] == ["net", "other"]
    assert items[0].anchor == ("", "")


def test_what_was_tested_has_a_row_for_every_kind() -> None:
    view = checks_view(checks_table())
    assert [row[0].text for row in view.rows] == ["Seen as another", "Labels and answers agree"]
    assert all(len(row) == len(view.heads) for row in view.rows)
    assert view.rows[1][3].text == "–"
