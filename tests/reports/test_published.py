import pandas as pd
import pytest

from reports.page import render_page
from reports.published import PUBLISHED, published_recipes, published_views, recipe_views
from reports.reference import read_reference
from tests.reports.samples import EVIL, sample_run, sample_tables


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


def own_recipes() -> pd.DataFrame:
    """Two recipes as a comparison measures them."""
    metrics = {"error": 0.04, "mean_corruption_error": 0.31, "mean_error_fog": 0.2}
    rows = [
        {"model": "small net", "training": recipe, "dataset": EVIL, "metric": metric, "value": value}
        for recipe in ("baseline", "augmix+padain")
        for metric, value in metrics.items()
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(low=frame["value"] - 0.01, high=frame["value"] + 0.01, note="15 corruptions made here")


def test_recipes_stand_above_published_ones_in_percent():
    published = published_recipes(own_recipes(), read_reference())
    assert list(published.columns) == PUBLISHED and set(published["unit"]) == {"percent"}
    main, mean_errors, ces = recipe_views(published)
    assert [row[0].text for row in main.rows[:3]] == ["baseline", "augmix+padain", "standard"]
    assert [cell.text for cell in main.rows[1]][1:6] == [
        "small net", EVIL, "4.0\xa0% [3.0, 5.0]", "31.0\xa0% [30.0, 32.0]", "–"
    ]  # fmt: skip
    found = {tuple(cell.text for cell in row[:3]): row for row in main.rows}
    assert found["AugMix+pAdaIN", "ResNeXt-29", "CIFAR-100"][4].text == "31.6\xa0%"
    assert found["AugMix", "WRN-40-2", "CIFAR-100"][4].text == "35.9\xa0%", "100 minus the accuracy of 64.11"
    assert found["AugMix", "WRN-40-2", "CIFAR-100"][7].text.endswith("100 minus accuracy")
    assert found["pAdaIN", "ResNet-50", "ImageNet"][5].text == "72.8\xa0%"
    assert len(mean_errors.rows) == 2 + 4 and mean_errors.rows[0][1].text == "20.0"
    assert ces.rows[0][0].text.endswith("ImageNet")
    assert all(len(row) == len(view.heads) for view in (main, mean_errors, ces) for row in view.rows)


def test_every_published_row_of_a_recipe_has_a_mean_and_a_source():
    published = published_recipes(own_recipes().iloc[:0], read_reference())
    means = published[published["metric"].isin(["mean_corruption_error", "mCE"])]
    keys = ["model", "training", "dataset", "source"]
    assert len(means) == len(published[keys].drop_duplicates())
    assert not published.duplicated([*keys, "metric"]).any()
    assert published["source"].str.contains("arXiv").all()


def test_the_page_shows_recipes_and_names_stay_text():
    published = published_recipes(own_recipes(), read_reference())
    html = render_page([sample_run()], {"published": published}, {}, [])
    assert "Recipes beside published ones" in html and '<section id="published">' in html
    assert EVIL not in html
