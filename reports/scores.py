"""What the page calls the scores of error detection, and the adversaries that they meet."""

__all__ = ["ADVERSARIES", "SCORES", "adversary_label", "score_label"]

SCORES: dict[str, str] = {
    "max_softmax": "max softmax (MSP)",
    "temperature_max_softmax": "MSP, temperature",
    "margin": "margin",
    "negative_entropy": "entropy",
    "max_logit": "max logit",
    "energy": "energy",
    "doctor_alpha": "DOCTOR alpha",
    "doctor_beta": "DOCTOR beta",
    "mc_max_softmax": "MC dropout, MSP",
    "mc_negative_entropy": "MC dropout, entropy",
    "mc_negative_expected_entropy": "MC dropout, mean entropy",
    "mc_negative_mutual_information": "MC dropout, information",
    "nearest_neighbours": "nearest neighbours",
    "mahalanobis": "Mahalanobis",
    "negative_kl": "consistency, mean KL",
    "negative_symmetric_kl": "consistency, symm. KL",
    "negative_max_kl": "consistency, max KL",
    "agreement_rate": "agreement of copies",
    "tta_confidence": "averaged copies (TTA)",
    "detector_without_copies": "learned, no copies",
    "detector": "learned detector",
    "detector_with_attacks": "learned, with attacks",
    "random": "random (control)",
}

# Only the one that knows the score may be called a test of security.
ADVERSARIES: dict[str, str] = {"unaware": "does not know it", "aware": "knows it"}


def score_label(score: str) -> str:
    """The label of a score; an unknown one keeps its own name.

    >>> score_label("max_softmax"), score_label("my_score")
    ('max softmax (MSP)', 'my_score')
    """
    return SCORES.get(score, score)


def adversary_label(adversary: str) -> str:
    """The label of an adversary; an unknown one keeps its own name.

    >>> adversary_label("aware")
    'knows it'
    """
    return ADVERSARIES.get(adversary, adversary)
