import pandas as pd
import pytest

from reports.published import published_views
from reports.reference import read_reference
from tests.reports.samples import sample_tables


@pytest.fixture
def tables():
    tables = sample_tables()
    mce = {
        "model": "digits_cnn",
        "metric": "mCE",
        "value": 71.0,
        "low": 70.0,
        "high": 72.0,
        "n": 898,
        "unit": "percent",
        "convention": "mCE-like: made on the fly, not the published files; and so on",
    }
    tables["headline"] = pd.concat([tables["headline"], pd.DataFrame([mce])], ignore_index=True)
    tables["corruptions"] = pd.concat(
        [tables["corruptions"], tables["corruptions"].assign(metric="ce", value=70.25)], ignore_index=True
    )
    return {**tables, "reference": read_reference()}


def test_published_rows_follow_the_audited_models(tables):
    main, by_corruption = published_views(tables)
    own = [cell.text for cell in main.rows[0]]
    assert own[:4] == ["digits_cnn", "this audit", "2.9\xa0% [0.9, 4.9]", "71.0\xa0% [70.0, 72.0]"]
    assert own[-1].startswith("mCE-like: made on the fly, not the published files")
    rows = {(row[0].text, row[1].text): row for row in main.rows}
    assert rows["ResNet-50", "pAdaIN"][3].text == "72.8\xa0%"
    assert "2010.05785" in rows["ResNet-50", "pAdaIN"][5].text
    assert all(row[3].text != "–" for row in main.rows)
    assert by_corruption.rows[0][1].text == "70.2"
    assert all(len(row) == len(view.heads) for view in (main, by_corruption) for row in view.rows)


def test_nothing_is_shown_where_nothing_compares(tables):
    tables["headline"] = tables["headline"][tables["headline"]["metric"] != "mCE"]
    assert published_views(tables) == []
    assert published_views({}) == []
