import json
from pathlib import Path

import pandas as pd

from benchmarks.findings.pictures import findings_gallery
from tests.conftest import MakePlan


def test_a_strip_for_every_finding_with_images_that_can_be_read(make_plan: MakePlan, colour_folder: Path) -> None:
    (colour_folder / "red" / "bad.png").write_bytes(b"")
    rows = [
        {"model": "colour", "statement": "some are blue", "images": json.dumps(["blue/000.png", "red/bad.png"])},
        {"model": "colour", "statement": "none is shown", "images": "[]"},
        {"model": "another", "statement": "no such model", "images": json.dumps(["blue/000.png"])},
        {"model": "colour", "statement": "no such image", "images": json.dumps(["gone.png"])},
    ]
    gallery = findings_gallery(make_plan(colour_folder), {"findings": pd.DataFrame(rows)})
    (strip,) = gallery.strips
    assert strip.title == "some are blue"
    (picture,) = strip.pictures
    assert picture.image.shape == (16, 16, 3) and picture.facts == (("labelled", "blue"),)


def test_no_findings_no_pictures(make_plan: MakePlan, colour_folder: Path) -> None:
    assert findings_gallery(make_plan(colour_folder), {}).strips == ()
