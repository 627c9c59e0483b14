"""Whether a classifier is worth explaining: one that is no better than a guess, or gives one answer, has no reasons.

With a classifier that always answers the same, the training runs to its end as that of an unconditional generator, and
nothing in its losses tells.
"""

from typing import Any

import pandas as pd
import torch

from benchmarks.stylex.data import StylexData
from benchmarks.summary.figures import FIGURE, rate
from benchmarks.zoo import ZooModel
from xai.stylex.view import ClassifierView

__all__ = ["measure_readiness", "reasons_against"]

_RAREST = 0.2  # of an even share of the answers: less is one-sided


def measure_readiness(model: ZooModel, data: StylexData, *, device: torch.device | str = "cpu") -> pd.DataFrame:
    """Accuracy on held-out images, and how often each class is answered there.

    Args:
        model: whose logits are the data's classes.
        data: its held-out images are classified.
        device: where.

    Returns:
        Rows ``measure``, ``name``, value, low, high, n, convention, needed: measure ``accuracy``, needed above the
        share of the most frequent label; and ``answered`` for each class.
    """
    images = data.held_out.to(device)
    view = ClassifierView(model.classifier, images[:1].float() / 255)
    answers, n = view.probabilities(images).argmax(1).cpu(), len(images)
    classes = len(data.class_names)
    guess = torch.bincount(data.held_out_labels, minlength=classes).max().item() / n
    hits = int((answers == data.held_out_labels).sum())
    rows: list[dict[str, Any]] = [
        {"measure": "accuracy", "name": "", **rate(hits, n, "held-out images")._asdict(), "needed": guess}
    ]
    for position, name in enumerate(data.class_names):
        figure = rate(int((answers == position).sum()), n, "held-out images answered so")
        rows.append({"measure": "answered", "name": name, **figure._asdict(), "needed": _RAREST / classes})
    return pd.DataFrame(rows, columns=["measure", "name", *FIGURE, "needed"])


def reasons_against(readiness: pd.DataFrame) -> list[str]:
    """Why the classifier should not be explained; empty if nothing speaks against it.

    Example:
        >>> table = pd.DataFrame([{"measure": "accuracy", "name": "", "value": 0.5, "low": 0.4, "needed": 0.5}])
        >>> reasons_against(table)
        ['accuracy 50.0 % is no better than always naming the most frequent class, 50.0 %']
    """
    reasons = []
    for row in readiness.to_dict("records"):
        if row["measure"] == "accuracy" and row["low"] <= row["needed"]:
            reasons.append(
                f"accuracy {row['value']:.1%} is no better than always naming the most frequent class, "
                f"{row['needed']:.1%}".replace("%", " %")
            )
        if row["measure"] == "answered" and row["value"] < row["needed"]:
            reasons.append(f"only {row['value']:.1%} of its answers are {row['name']}".replace("%", " %"))
    return reasons
