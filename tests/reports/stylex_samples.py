"""Invented attributes, of the shapes the page expects."""

import numpy as np
import pandas as pd

from reports.gallery import Gallery, Picture, Strip

_SWINGS = (4.2, 1.5, 0.2)


def attributes_table(class_name: str = "8", model: str = "net") -> pd.DataFrame:
    rows = []
    for number, swing in enumerate(_SWINGS, start=1):
        for metric, value in (("swing", swing), ("turned_towards", swing / 6), ("turned_away", swing / 8)):
            found = {"model": model, "class_name": class_name, "attribute": number, "p": 1e-9 if number < 3 else 0.4}
            found |= {"coordinates": "8/conv0:3↑ 8/conv1:1↓"[: 11 * (3 - number) - 1 or 10], "significant": number < 3}
            found |= {"metric": metric, "value": value, "low": value * 0.8, "high": value * 1.1}
            rows.append(found | {"n": 70, "convention": "mean difference of log-odds"})
    return pd.DataFrame(rows)


def sufficiency_table(class_name: str = "8", model: str = "net") -> pd.DataFrame:
    rows = []
    for rank, method in enumerate(("groups", "coordinates", "normalised_difference", "random")):
        for way in ("towards", "away"):
            for k in range(4):
                value = min(1.0, 0.02 + k * 0.3 / (1 + rank))
                found = {"model": model, "class_name": class_name, "method": method, "way": way, "k": k}
                found |= {"metric": "decisions_turned", "value": value, "low": value * 0.9, "high": min(1, value * 1.1)}
                rows.append(found | {"n": 35, "convention": "share of images; Wilson 95 %"})
    return pd.DataFrame(rows)


def fidelity_table(model: str = "net") -> pd.DataFrame:
    values = {"stylex_agreement": 0.97, "stylex_pixels": 0.03, "stylex_swap_flips": 0.4}
    rows = [
        {"model": model, "metric": name, "value": value, "low": value * 0.9, "high": value * 1.02, "n": 70}
        for name, value in values.items()
    ]
    return pd.DataFrame(rows).assign(convention="held-out images")


def stylex_tables(class_name: str = "8", model: str = "net") -> dict[str, pd.DataFrame]:
    return {
        "stylex_attributes": attributes_table(class_name, model),
        "stylex_sufficiency": sufficiency_table(class_name, model),
        "stylex_fidelity": fidelity_table(model),
    }


def attributes_gallery() -> Gallery:
    """One strip: an image, three frames of a course that get brighter, and a difference."""
    levels = {"image": 10, "0%": 50, "50%": 100, "100%": 200, "difference": 255}
    pictures = tuple(
        Picture(image=np.full((16, 16, 3), level, np.uint8), title=title, facts=(("P(8)", f"{level / 255:.2f}"),))
        for title, level in levels.items()
    )
    strip = Strip(title="Attribute 1", pictures=pictures, course=(1, 3))
    return Gallery(name="stylex_attributes", title="From end to end", explanation="Moved.", strips=(strip,))
