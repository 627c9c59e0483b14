import numpy as np
import pandas as pd
import pytest

from reports.image_views import flips_view, quantity_label, shared_view
from reports.page import render_page

SHARED = pd.DataFrame(
    [
        ("confidently_wrong", "factor_fc_hue", 0.1, -0.2, 0.4, 9.0),
        ("confidently_wrong", "score_negative_kl", -2, -3, -1, -1.5),
        ("fragile", "max_probability", -0.1, -0.2, -0.05, -2.0),
    ],
    columns=["group", "quantity", "value", "low", "high", "deviations"],
).assign(model="m", metric="matched_difference", n=6, convention="c", mean=1.0, against=0.9, others=150)

FLIPS = pd.DataFrame(
    [
        {"model": "m", "condition_name": name, "metric": metric, "value": value, "low": 0.0, "high": 1.0, "n": 886}
        for name in ("fog", "<script>")
        for metric, value in (("flips_first", 0.4), ("flips_mildest", 0.1), ("flips_ever", np.nan))
    ]
).assign(convention="c")


def test_clear_differences_come_first_and_say_their_direction() -> None:
    view = shared_view(SHARED)
    rows = [[cell.text for cell in row] for row in view.rows]
    assert [row[0] for row in rows] == ["Score: consistency, mean KL", "Factor hue (fc)", "Confidence"]
    assert rows[0][6] == "lower" and rows[1][6] == "not told apart"
    assert rows[0][7] == "6 / 150" and rows[0][1] == "confidently wrong"


def test_several_models_are_told_apart() -> None:
    both = pd.concat([SHARED, SHARED.assign(model="other")])
    assert [head.text for head in shared_view(both).heads][2] == "Model"
    assert len(shared_view(both).rows[0]) == len(shared_view(both).heads)
    flips = pd.concat([FLIPS, FLIPS.assign(model="other")])
    assert len(flips_view(flips).rows) == 4 and len(flips_view(flips).rows[0]) == len(flips_view(flips).heads)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("explain_deletion_blurred", "Maps: deletion"),
        ("stylex_attribute_3", "Attribute 3: swing of log-odds"),
        ("factor_layer4_tilt", "Factor tilt (layer4)"),
        ("something_else", "something_else"),
    ],
)
def test_quantities_have_words(name: str, label: str) -> None:
    assert quantity_label(name) == label


def test_the_page_has_a_section_of_images_and_names_stay_text() -> None:
    page = render_page([], {"images_shared": SHARED, "images_flips": FLIPS}, {}, [])
    assert 'id="images"' in page and "What do they share?" in page and 'href="#images"' in page
    assert "<script>" not in page.split("<body>")[1].split("</main>")[0]
    assert 'id="images"' not in render_page([], {}, {}, [])
