import base64
import itertools
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from reports.figures import draw_figures
from reports.gallery import Gallery, Picture, Strip
from reports.page import render_page, write_page
from reports.reference import read_reference
from tests.reports.samples import EVIL, NAMES, sample_galleries, sample_run, sample_tables
from tests.reports.stylex_samples import attributes_gallery, stylex_tables

VOID = {"meta", "img", "input", "link", "br", "hr", "base", "source", "embed", "track", "area", "col", "wbr"}


class Outline(HTMLParser):
    """Collects tags, attributes and text, and checks that elements nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def evil_html():
    models = (EVIL, "b")
    tables = sample_tables(models=models, names=NAMES, corruptions=(EVIL, "fog"), severities=(1, 3))
    runs = [{**sample_run(model=model, status="running"), EVIL: EVIL} for model in models]
    return render_page(runs, tables, draw_figures(tables), sample_galleries(title=EVIL))


@pytest.fixture(scope="module")
def plain_html():
    tables = sample_tables(names=tuple("8192350647"), severities=(1, 3))
    return render_page([sample_run()], tables, draw_figures(tables), sample_galleries())


@pytest.fixture(scope="module")
def attributes_html():
    return render_page([sample_run()], stylex_tables(), {}, [attributes_gallery()])


def test_attributes_have_a_section_of_their_own(attributes_html):
    outline = Outline(attributes_html)
    assert {"id": "attributes"} in outline.all("section")
    (strip,) = (div for div in outline.all("div") if "data-first" in div)
    assert (strip["data-first"], strip["data-last"]) == ("1", "3")
    assert "Attributes: what would change its mind?" in outline.text
    assert 'id="errors"' not in attributes_html


def test_names_from_the_data_are_text_everywhere(evil_html):
    outline = Outline(evil_html)
    assert all(image["src"].startswith("data:image/") for image in outline.all("img"))
    assert not any(name.startswith("on") for _, attributes in outline.tags for name in attributes)
    assert outline.text.count(EVIL) > 20
    for image in outline.all("img"):
        assert b"<img" not in base64.b64decode(image["src"].partition("base64,")[2])


def test_nothing_is_fetched(evil_html, plain_html):
    for html in (evil_html, plain_html):
        outline = Outline(html)
        assert not outline.all("link")
        assert all("src" not in script for script in outline.all("script"))
        assert all(link["href"].startswith("#") for link in outline.all("a"))
        bare = re.sub(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+", "", html)
        assert "://" not in bare
        assert "url(" not in bare
        assert "@import" not in bare


def test_the_policy_forbids_fetching(plain_html):
    (policy,) = (tag for tag in Outline(plain_html).all("meta") if "http-equiv" in tag)
    assert policy["content"].startswith("default-src 'none'; img-src data:;")


def test_links_lead_somewhere_and_ids_are_unique(evil_html):
    outline = Outline(evil_html)
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {link["href"][1:] for link in outline.all("a")} <= set(ids)


def test_the_page_is_accessible(plain_html):
    outline = Outline(plain_html)
    assert outline.all("html")[0]["lang"] == "en"
    assert all(image["alt"] for image in outline.all("img"))
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert all("scope" in head for head in outline.all("th"))


def test_the_story_is_complete(plain_html):
    text = Outline(plain_html).text
    for said in (
        "digits_cnn on handwritten digits",
        "Of 898 images",
        "What flips",
        "Most confidently wrong",
        "From clean to corrupted",
        "What these numbers do not prove",
        "9f86d081884c7d65",
        "0.971",
        "[0.942, 0.990]",
        "n = 898",
        "a later key › nested",
        "HTML page",
    ):
        assert said in text, said
    assert "Unfinished" not in text


def test_an_unfinished_run_says_so(evil_html):
    assert "Unfinished" in Outline(evil_html).text


def test_published_rows_appear_only_where_they_compare(plain_html):
    assert "Beside published" not in plain_html
    tables = sample_tables()
    row = {"model": "digits_cnn", "metric": "mCE", "value": 71, "low": 70, "high": 72, "n": 9, "unit": "percent"}
    tables["headline"] = pd.concat([tables["headline"], pd.DataFrame([row])], ignore_index=True)
    html = render_page([sample_run()], {**tables, "reference": read_reference()}, {}, [])
    assert "Beside published" in html
    assert "ImageNet-C image files" in html


def test_nothing_at_all_is_still_a_page():
    Outline(render_page([], {}, {}, []))
    Outline(render_page([{}], {name: frame.head(0) for name, frame in sample_tables().items()}, {}, []))


def test_one_model_alone_and_clean_only_renders():
    tables = sample_tables(corruptions=())
    Outline(render_page([sample_run()], tables, draw_figures(tables), []))


def test_figures_of_others_are_shown_too():
    html = render_page([], {}, {"extra": b"<svg/>"}, [])
    assert 'id="figure-extra"' in html


def test_the_page_stays_light_whatever_the_data():
    rng = np.random.default_rng(0)
    names = tuple(f"{index:04d}{'<' * 251}" for index in range(1000))
    tables = sample_tables(models=tuple(f"{i}{'&' * 250}" for i in range(30)), names=names, corruptions=names[:20])
    tables["skipped"] = pd.concat([tables["skipped"]] * 5000)
    pictures = tuple(
        Picture(
            image=rng.integers(0, 256, (224, 224, 3), dtype=np.uint8), title="<" * 999, facts=(("<" * 999,) * 2,) * 9
        )
        for _ in range(60)
    )
    galleries = [
        Gallery(name="a", title="", explanation="&" * 9999, pictures=pictures * 3),
        Gallery(name="b", title="", explanation="", strips=(Strip(title="s", pictures=pictures),) * 3),
    ]
    figures = {f"figure_{index}": bytes(200_000) for index in range(200)}
    runs = [{**sample_run(model="<" * 999), **{f"key{i}": "<" * 9999 for i in range(99)}} for _ in range(30)]
    html = render_page(runs, tables, figures, galleries)
    assert len(html.encode()) < 10_000_000
    text = Outline(html).text
    assert "29,800 more in tables/classes.csv" in text
    assert "more pictures in gallery/a" in text
    assert "more pictures in gallery/b" in text
    assert "Left out to keep this page light" in text
    assert "22 more runs" in text


def test_what_small_galleries_leave_larger_ones_get(monkeypatch):
    rng = np.random.default_rng(0)
    pictures = tuple(Picture(image=rng.integers(0, 256, (64, 64, 3), dtype=np.uint8), title="") for _ in range(12))
    monkeypatch.setattr("reports.page._PICTURE_BYTES", 9 * 20_000)  # each takes less than 20,000 with its markup
    large = Gallery(name="a", title="a", explanation="", pictures=pictures)
    small = Gallery(name="b", title="b", explanation="", pictures=pictures[:1])
    html = render_page([], {}, {}, [large, small])
    shown = [len(Outline(part).all("img")) for part in re.findall(r'(?s)<section class="gallery".*?</section>', html)]
    assert len(shown) == 2 and shown[0] >= 7 and shown[1] == 1, "half of the budget would show four of the large one"


def test_writing_survives_what_utf8_cannot_hold(tmp_path):
    write_page(tmp_path / "report.html", "a\ud800b")
    assert (tmp_path / "report.html").read_bytes() == b"a?b"


@pytest.fixture
def opened(browser, tmp_path, request):
    """Open the page named by the test's parameter from disk, at the width it asks for."""
    which, width, scripts = request.param
    write_page(tmp_path / "report.html", request.getfixturevalue(which))
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not scripts})
    browser.get_log("browser")
    browser.get((tmp_path / "report.html").as_uri())
    yield browser
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def at(which, width=1000, *, scripts=True):
    return pytest.param((which, width, scripts), id=f"{which}-{width}{'' if scripts else '-no-script'}")


def column(browser, table, place):
    """The texts of one column, hidden rows left out."""
    rows = "[...document.querySelectorAll(`#table-${arguments[0]} tbody tr`)].filter(row => !row.hidden)"
    return browser.execute_script(f"return {rows}.map(row => row.cells[arguments[1]].innerText)", table, place)


@pytest.mark.browser
@pytest.mark.parametrize("opened", [at("evil_html"), at("plain_html")], indirect=True)
def test_browser_shows_every_picture_and_no_error(opened):
    images = "return [...document.images].filter(i => !i.complete || !i.naturalWidth).length"
    assert opened.execute_script(images) == 0
    assert opened.get_log("browser") == []
    fetched = "return performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith('data:'))"
    assert opened.execute_script(fetched) == []


@pytest.mark.browser
@pytest.mark.parametrize("opened", [at("evil_html")], indirect=True)
def test_browser_runs_nothing_from_the_data(opened):
    from selenium.common.exceptions import NoAlertPresentException

    with pytest.raises(NoAlertPresentException):
        _ = opened.switch_to.alert
    assert opened.execute_script("return document.querySelectorAll('img[src=x]').length") == 0
    assert EVIL in column(opened, "classes", 0)


@pytest.mark.browser
@pytest.mark.parametrize("width", [400, 1600])
@pytest.mark.parametrize("which", ["evil_html", "plain_html"])
def test_browser_never_scrolls_the_page_sideways(browser, tmp_path, request, which, width):
    write_page(tmp_path / "report.html", request.getfixturevalue(which))
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get((tmp_path / "report.html").as_uri())
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert browser.execute_script("return window.innerWidth") == width


@pytest.mark.browser
@pytest.mark.parametrize("opened", [at("plain_html")], indirect=True)
def test_browser_sorts_by_column_heads_and_keyboard(opened):
    from selenium.webdriver.common.keys import Keys

    heads = opened.find_elements("css selector", "#table-classes thead button")
    heads[0].click()
    assert column(opened, "classes", 0) == list("0123456789")
    heads[0].send_keys(Keys.ENTER)
    assert column(opened, "classes", 0) == list("9876543210")
    heads[1].send_keys(Keys.SPACE)
    values = [float(text.split()[0]) for text in column(opened, "classes", 1)]
    assert values == sorted(values)
    sort = "return [...document.querySelectorAll('#table-classes thead th')].map(h => h.getAttribute('aria-sort'))"
    assert opened.execute_script(sort) == [None, "ascending", None]


@pytest.mark.browser
@pytest.mark.parametrize("opened", [at("plain_html")], indirect=True)
def test_browser_filters_rows(opened):
    box = opened.find_element("css selector", "#corruptions .filter input")
    box.send_keys("PIXEL")
    assert column(opened, "cells", 0) == ["pixelate", "pixelate"]
    assert "2 of 11 rows" in opened.find_element("css selector", "#corruptions .filter").text


@pytest.mark.browser
@pytest.mark.parametrize("opened", [at("plain_html", 400, scripts=False)], indirect=True)
def test_browser_without_scripts_shows_everything(opened):
    body = opened.find_element("tag name", "body").text
    assert "What these numbers do not prove" in body
    assert "0.860 [0.810, 0.910]" in body
    assert "Filter" not in body
    assert opened.find_elements("css selector", "thead button") == []


@pytest.mark.browser
@pytest.mark.parametrize("opened", [at("attributes_html"), at("attributes_html", 400)], indirect=True)
def test_browser_moves_along_a_course_by_keyboard(opened):
    from selenium.webdriver.common.keys import Keys

    slider = opened.find_element("css selector", ".course input[type=range]")
    sources = [one.get_attribute("src") for one in opened.find_elements("css selector", ".strip .picture img")]
    assert len(sources) == 6  # the moving one is added in front
    shown = opened.find_element("css selector", ".course img")
    assert shown.get_attribute("src") == sources[2] and "0%" in opened.find_element("css selector", ".course").text
    slider.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert shown.get_attribute("src") == sources[4]
    assert "100%" in opened.find_element("css selector", ".course").text
    slider.send_keys(Keys.ARROW_RIGHT)
    assert shown.get_attribute("src") == sources[4]
    assert opened.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    assert opened.get_log("browser") == []
