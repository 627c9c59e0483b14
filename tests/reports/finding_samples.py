"""Tables of findings as the benchmark writes them, small."""

import json

import pandas as pd

__all__ = ["checks_table", "findings_table"]


def findings_table(count: int = 2, model: str = "net") -> pd.DataFrame:
    """``findings``, of which the first is about images."""
    rows = [
        {
            "rank": place + 1,
            "model": model,
            "check": "seen_as" if place == 0 else "statistics",
            "subject": "<3>" if place == 0 else "pixels",
            "statement": f"{place} of 40 images labelled “<3>” are seen as “8”",
            "value": 0.3,
            "low": 0.2,
            "high": 0.4,
            "n": 40,
            "unit": "fraction",
            "share": 0.05,
            "share_low": 0.03,
            "share_high": 0.08,
            "concerns": "images as they are",
            "p": 1e-9,
            "adjusted_p": 0.0123,
            "test": "Fisher's exact test",
            "null": "Nothing is odd.",
            "candidates": 50,
            "correction": "Holm, family-wise .05",
            "section": "classes" if place == 0 else "statistics",
            "table": "classes",
            "images": json.dumps(["<3>/1.png", "<3>/2.png"]) if place == 0 else "[]",
            "also": "class “<3>” errs" if place == 0 else "",
            "convention": "share of images",
        }
        for place in range(count)
    ]
    return pd.DataFrame(rows)


def checks_table(agreement: float = 1e-30, findings: int = 1) -> pd.DataFrame:
    """``findings_tested`` of one check, and whether labels agree with answers."""
    base = {"model": "net", "null": "Nothing is odd.", "test": "a test"}
    rows = [
        base | {"check": "seen_as", "title": "Seen as another", "candidates": 50, "smallest_p": 1e-9}
        | {"smallest_adjusted_p": 0.0123, "findings": findings},
        base | {"check": "agreement", "title": "Labels and answers agree", "candidates": 0, "smallest_p": agreement}
        | {"smallest_adjusted_p": float("nan"), "findings": 0},
    ]  # fmt: skip
    return pd.DataFrame(rows)
