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
        better: which direction is good; empty where neither is.
        share: whether it is a share of images or pairs, to be drawn on the whole of 0 to 1.
    """

    label: str
    meaning: str
    better: Literal["higher", "lower", ""]
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
    "flips_first": Term(
        "Flips first",
        "Share of images, correct at first, whose answer changes under this corruption at the lowest severity at which "
        "any corruption changes it; several can come first at once.",
        "lower",
        share=True,
    ),
    "flips_mildest": Term(
        "Flips at its mildest",
        "Share of images, correct at first, whose answer changes at the lowest severity that changes any.",
        "lower",
        share=True,
    ),
    "flips_ever": Term(
        "Flips at all", "Share of images, correct at first, whose answer changes at some severity.", "lower", share=True
    ),
    "matched_difference": Term(
        "Matched difference",
        "Mean over images of a quantity minus its mean over correct images of the same class.",
        "",
    ),
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
        "Flip rate", "Share of images whose prediction differs from the one on the image as it is.", "lower", share=True
    ),
    "accuracy_drop": Term(
        "Accuracy lost", "Accuracy without exchanged statistics minus accuracy with them, same images.", "lower"
    ),
    "takeover_rate": Term(
        "Takeover rate",
        "Share of exchanges between images of different answers after which an image gets its partner's answer.",
        "lower",
        share=True,
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
    "auroc_gain": Term(
        "AUROC above MSP", "AUROC of a score minus that of the maximum softmax probability, same images.", "higher"
    ),
    "augrc_gain": Term(
        "AUGRC above MSP", "AUGRC of a score minus that of the maximum softmax probability, same images.", "lower"
    ),
    "coverage_at_1": Term(
        "Coverage at 1 % risk",
        "Share of rows kept at the threshold that calibration sets for 1 % error.",
        "higher",
        share=True,
    ),
    "coverage_at_5": Term(
        "Coverage at 5 % risk",
        "Share of rows kept at the threshold that calibration sets for 5 % error.",
        "higher",
        share=True,
    ),
    "risk_at_1": Term(
        "Risk at the 1 % threshold",
        "Error that is really there among the rows kept; 1 % was wanted.",
        "lower",
        share=True,
    ),
    "risk_at_5": Term(
        "Risk at the 5 % threshold",
        "Error that is really there among the rows kept; 5 % was wanted.",
        "lower",
        share=True,
    ),
    "fooled": Term("Fooled", "Share of attacked images whose prediction the attack changes.", "lower", share=True),
    "fooled_and_evaded": Term(
        "Fooled and evaded",
        "Share of attacked images that are wrong and pass a threshold which accepts 95 % of right clean ones.",
        "lower",
        share=True,
    ),
    "smallest_fooling": Term(
        "Smallest fooling change",
        "Median over images of the smallest change found that fools the classifier.",
        "higher",
    ),
    "smallest_evading": Term(
        "Smallest evading change",
        "Median over images of the smallest change found that fools the classifier and passes the score.",
        "higher",
    ),
    "insertion_blurred": Term(
        "Insertion",
        "Mean probability of the explained class while the image's pixels replace its blurred copy, in a map's order.",
        "higher",
        share=True,
    ),
    "deletion_blurred": Term(
        "Deletion",
        "Mean probability of the explained class while blurred pixels replace the image's, in a map's order.",
        "lower",
        share=True,
    ),
    "insertion_mean_colour": Term(
        "Insertion, mean colour", "As insertion, starting from the image's mean colour.", "higher", share=True
    ),
    "deletion_mean_colour": Term(
        "Deletion, mean colour", "As deletion, ending at the image's mean colour.", "lower", share=True
    ),
    "sensitivity": Term("Moved by noise", "Largest relative change of a map under noise that nobody sees.", "lower"),
    "randomised_correlation": Term(
        "Like untrained",
        "Rank correlation with the map of the same network with shuffled weights; near 1 it shows nothing learned.",
        "lower",
    ),
    "relative_gap": Term(
        "Completeness gap", "How far a map's sum is from the logits it promises to add up to.", "lower"
    ),
    "accuracy_under_attack": Term(
        "Accuracy under attack",
        "Share of attacked images that are still classified correctly.",
        "higher",
        share=True,
    ),
    "statistics_flip_rate": Term(
        "Changed by statistics",
        "Share of predictions that change when an image takes the channel statistics of another.",
        "lower",
        share=True,
    ),
    "statistics_takeover_rate": Term(
        "Taken over with statistics",
        "Share of exchanges with an image of another answer after which that answer is given.",
        "lower",
        share=True,
    ),
    "explained_by_v": Term(
        "Discarded",
        "Share of the variance of images' codes that remains among samples with the same features of a layer.",
        "lower",
    ),
    "kept_decision": Term(
        "Decision kept", "Share of samples with the predicted class of their image.", "higher", share=True
    ),
    "consistent": Term(
        "Consistent samples",
        "Share of samples whose features are more like their image's than 95 % of pairs of different classes.",
        "higher",
        share=True,
    ),
    "cosine": Term(
        "Cosine of features", "Between samples, encoded again, and their image; or between other classes.", "higher"
    ),
    "swap_kept": Term(
        "Decision goes along",
        "Share of exchanges decided as the image that gives what the layer keeps.",
        "higher",
        share=True,
    ),
    "spread": Term(
        "Spread of samples", "Variance of a property among samples, as a share of that among images.", "higher"
    ),
    "open": Term("Left open", "What a layer's features do not tell of a property: 1 - R².", "lower"),
    "code_loss": Term(
        "Code loss", "Negative log-likelihood of codes given a layer's features, in nats for each dimension.", "lower"
    ),
    "code_loss_gain": Term(
        "Nats gained", "By the flow over the linear-Gaussian baseline, for each dimension.", "higher"
    ),
    "reconstruction_error": Term(
        "Reconstruction error", "Mean difference of pixels between image and reconstruction.", "lower"
    ),
    "gap_closed": Term(
        "Gap closed",
        "Share of the error between baseline and reference that a recipe takes away; 1 is as good as the reference.",
        "higher",
    ),
    "images_per_second": Term("Training images per second", "How fast a training goes, without evaluation.", "higher"),
    "relative_cost": Term("Relative cost", "Time of a training image, times that of the baseline.", "lower"),
    "validation_error": Term(
        "Validation error", "Error on images that choose a setting and are neither trained nor tested on.", "lower"
    ),
    "rank_correlation": Term(
        "Agreement", "Rank correlation between the pixels of two methods' maps of the same image.", "higher"
    ),
    "swing": Term(
        "Swing",
        "How much the log-odds of the class differ between both ends of an attribute, mean over images.",
        "higher",
    ),
    "turned_towards": Term(
        "Turned into it",
        "Share of images decided otherwise that are decided as the class with the attribute at its end.",
        "higher",
        share=True,
    ),
    "turned_away": Term(
        "Turned away",
        "Share of images decided as the class that no longer are with the attribute at its other end.",
        "higher",
        share=True,
    ),
    "decisions_turned": Term(
        "Decisions turned",
        "Share of decisions that change under the first attributes together; at 0 of them, by drawing alone.",
        "higher",
        share=True,
    ),
    "stylex_agreement": Term(
        "Same decision", "Share of images that are decided like their reconstructions.", "higher", share=True
    ),
    "stylex_divergence": Term(
        "Divergence", "How far the probabilities of a reconstruction are from the image's, in nats.", "lower"
    ),
    "stylex_pixels": Term("Pixel difference", "Mean absolute difference between image and reconstruction.", "lower"),
    "stylex_swap_flips": Term(
        "Turned by the class alone",
        "Share of reconstructions that are decided otherwise when only the class probabilities in the generator's "
        "input are exchanged. Where it is high, the generator draws the class rather than its reasons.",
        "lower",
        share=True,
    ),
    "stylex_frechet": Term(
        "Fréchet distance", "Between classifier features of images and reconstructions, not Inception's.", "lower"
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
