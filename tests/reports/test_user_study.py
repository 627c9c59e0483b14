"""The form: complete without a network, usable by keyboard, silent about what is right."""

import csv
import re
import time
from pathlib import Path

import numpy as np
import pytest

from reports.user_study import ANSWERS, Choice, Description, UserStudy, render_user_study
from tests.reports.test_page import Outline


def study(side: int = 8) -> UserStudy:
    pictures = tuple(
        tuple(np.full((side, side, 3), 60 * step + 5 * number, np.uint8) for step in range(3)) for number in range(4)
    )
    return UserStudy(
        name="abc123",
        pictures=pictures,
        choices=(
            Choice(name="choice-01", sample=0, options=(1, 2)),
            Choice(name="choice-02", sample=3, options=(2, 1)),
        ),
        descriptions=(Description(name="description-01", pictures=(0, 1)),),
    )


def test_the_form_needs_nothing_else() -> None:
    html = render_user_study(study())
    outline = Outline(html)
    assert not outline.all("link") and all("src" not in script for script in outline.all("script"))
    assert "://" not in re.sub(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+", "", html)
    (policy,) = (tag for tag in outline.all("meta") if "http-equiv" in tag)
    assert policy["content"].startswith("default-src 'none'; img-src data:;")
    assert html.count("data:image/png;base64,") == 4 * 3, "every frame once"


def test_every_field_has_a_name_and_a_label() -> None:
    outline = Outline(render_user_study(study()))
    fields = outline.all("input")
    assert [one["name"] for one in fields if one.get("type") == "radio"] == ["choice-01"] * 2 + ["choice-02"] * 2
    assert {one["name"] for one in fields if one.get("type") != "radio"} == {"participant", "description-01"}
    assert len(outline.all("label")) == len(fields) and len(outline.all("legend")) == len(outline.all("fieldset")) == 3
    assert all("alt" in image for image in outline.all("img"))


def test_large_pictures_are_made_small() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (512, 512, 3), dtype=np.uint8)
    form = UserStudy(name="a", pictures=((noise, noise),) * 3, choices=(), descriptions=())
    html = render_user_study(form)
    assert html.count("data:image/jpeg;base64,") == 6 and len(html) < 400_000


def test_a_picture_that_cannot_move_is_refused() -> None:
    frame = np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(ValueError, match="expected two or more frames of each picture, got 1 of number 0"):
        render_user_study(UserStudy(name="a", pictures=((frame,),), choices=(), descriptions=()))


def saved(folder: Path) -> Path:
    for _ in range(100):
        found = list(folder.glob("*.csv"))
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"nothing saved in {folder}")


@pytest.mark.browser
def test_browser_fills_the_form_by_keyboard_and_saves_a_csv(browser, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    (tmp_path / "form.html").write_text(render_user_study(study()), encoding="utf-8")
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    size = {"width": 400, "height": 900, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get((tmp_path / "form.html").as_uri())
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 400
    assert browser.execute_script("return [...document.images].filter(i => !i.naturalWidth).length") == 0

    def field(name, place=0):
        return browser.find_elements("name", name)[place]

    first, second = (browser.find_element("css selector", f"#{form} button[type=submit]")
                     for form in ("choices", "descriptions"))  # fmt: skip
    field("participant").send_keys('Ann "7"')
    first.send_keys(Keys.ENTER)
    assert not field("description-01").is_displayed(), "choices are missing"
    field("choice-01").send_keys(Keys.SPACE)
    field("choice-02").send_keys(Keys.SPACE, Keys.ARROW_RIGHT)
    assert "2 of 3 answered" in browser.find_element("id", "progress").text
    first.send_keys(Keys.ENTER)
    assert not field("choice-01").is_enabled() and field("description-01").is_displayed()
    field("description-01").send_keys("one two three four five")
    second.send_keys(Keys.ENTER)
    assert not list(tmp_path.glob("*.csv")), "five words are too many"
    field("description-01").clear()
    field("description-01").send_keys('thin, "dark" größe')
    second.send_keys(Keys.ENTER)
    file = saved(tmp_path)
    assert file.name == "answers-Ann_7_.csv"
    with file.open(encoding="utf-8", newline="") as rows:
        assert list(csv.reader(rows)) == [
            list(ANSWERS),
            ["abc123", 'Ann "7"', "choice-01", "A"],
            ["abc123", 'Ann "7"', "choice-02", "B"],
            ["abc123", 'Ann "7"', "description-01", 'thin, "dark" größe'],
        ]
    assert browser.get_log("browser") == []


@pytest.mark.browser
def test_browser_moves_the_pictures_and_can_stop_them(browser, tmp_path: Path) -> None:
    (tmp_path / "form.html").write_text(render_user_study(study()), encoding="utf-8")
    browser.get((tmp_path / "form.html").as_uri())
    shown = "return document.querySelector('img.playing').src"
    seen = set()
    for _ in range(100):
        seen.add(browser.execute_script(shown))
        if len(seen) == 3:
            break
        time.sleep(0.05)
    assert len(seen) == 3
    button = browser.find_element("id", "motion")
    button.click()
    stopped = browser.execute_script(shown)
    time.sleep(0.8)
    assert browser.execute_script(shown) == stopped and button.get_attribute("aria-pressed") == "true"
