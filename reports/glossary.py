"""What the page calls things: one label, one plain sentence and one direction for every metric it shows."""

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["METRICS", "STATUSES", "Term", "condition_label", "metric_label", "unit_label"]


@dataclass(frozen=True)
class Term:
    """A metric as a reader meets it.

    Attributes:
        label: what stands on cards, axes and column heads.
        meaning: one or two plain sentences.
        better: which direction is good.
        share: whether it is a share of images or pairs, to be drawn on the whole of 0 to 1.
    """

    label: str
    meaning: str
    better: Literal["higher", "lower"]
    share: bool = False


METRICS: dict[str, Term] = {
    "accuracy": Term("Accuracy", "Share of images whose highest logit is the label.", "higher", share=True),
    "accuracy_top5": Term(
        "Top-5 accuracy", "Share of images whose label is among the five highest logits.", "higher", share=True
    ),
    "worst_class_accuracy": Term(
        "Worst class accuracy", "Accuracy of the class that does worst on clean images.", "higher", share=True
    ),
    "error": Term("Error", "One minus accuracy.", "lower", share=True),
    "mean_error": Term("Mean error", "Error averaged over the severities of one corruption.", "lower", share=True),
    "mean_corruption_error": Term(
        "Mean corruption error",
        "Error averaged over every corruption and severity of this run, without normalisation.",
        "lower",
        share=True,
    ),
    "ce": Term(
        "CE",
        "Corruption error: summed error over the five severities, divided by AlexNet's (percent).",
        "lower",
    ),
    "relative_ce": Term(
        "Relative CE",
        "As CE, but counting only what the corruption adds to the clean error (percent).",
        "lower",
    ),
    "mCE": Term("mCE", "Mean of the CE of the fifteen ImageNet-C corruptions; AlexNet scores 100 (percent).", "lower"),
    "relative_mCE": Term(
        "Relative mCE", "Mean of the relative CE of the fifteen ImageNet-C corruptions (percent).", "lower"
    ),
    "flip_rate": Term(
        "Flip rate", "Share of images whose prediction differs from the one on the clean image.", "lower", share=True
    ),
    "ece": Term(
        "Calibration error (ECE)",
        "Gap between confidence and accuracy, averaged over bins of equal width.",
        "lower",
    ),
    "adaptive_ece": Term("Adaptive ECE", "As ECE, with bins that hold equally many images.", "lower"),
    "brier": Term("Brier score", "Squared distance between probabilities and the label, from 0 to 2.", "lower"),
    "nll": Term("Negative log-likelihood", "Mean of minus log probability of the label (nats).", "lower"),
    "auroc": Term(
        "Error detection AUROC",
        "Chance that a correct prediction carries more confidence than a wrong one; 0.5 is guessing.",
        "higher",
        share=True,
    ),
    "aurc": Term(
        "AURC", "Area under the risk-coverage curve: error among the kept images, over all cut-offs.", "lower"
    ),
    "e_aurc": Term("E-AURC", "AURC minus that of a perfect ranking with the same accuracy.", "lower"),
    "augrc": Term(
        "AUGRC",
        "Area under the generalised risk-coverage curve: chance of an undetected error, over all cut-offs.",
        "lower",
    ),
    "fpr95": Term(
        "FPR at 95 % TPR",
        "Share of errors still accepted when the cut-off keeps 95 % of the correct predictions.",
        "lower",
        share=True,
    ),
}

STATUSES: dict[str, str] = {
    "ok": "decoded and classified",
    "empty": "the file holds no bytes",
    "truncated": "the file ends before the image does",
    "unreadable": "no image could be decoded",
    "too_large": "more pixels than the decoder accepts",
    "nonfinite_logits": "the image is fine, the classifier answered NaN or infinity",
}

_IDENTIFIER = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


def metric_label(metric: str) -> str:
    """Return the label of ``metric``; an unknown metric keeps its own name.

    >>> metric_label("flip_rate"), metric_label("my_score")
    ('Flip rate', 'my_score')
    """
    return METRICS[metric].label if metric in METRICS else metric


def condition_label(name: str) -> str:
    """Return a corruption's name as words; anything that is no identifier stays untouched.

    >>> condition_label("gaussian_noise"), condition_label("jpeg_compression"), condition_label("<b> x_y")
    ('gaussian noise', 'JPEG compression', '<b> x_y')
    """
    if not _IDENTIFIER.fullmatch(name):
        return name
    return " ".join("JPEG" if word == "jpeg" else word for word in name.split("_"))


def unit_label(unit: str) -> str:
    """Return a unit as a reader meets it; shares carry none.

    >>> unit_label("x1000"), unit_label("fraction"), unit_label("nats")
    ('× 1000', '', 'nats')
    """
    return {"fraction": "", "x1000": "× 1000"}.get(unit, unit)
