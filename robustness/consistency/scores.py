"""Scores of consistency that need no training: KL divergence, agreement, test-time augmentation.

``kl_consistency`` and its two variants are divergences: **high means a likely error**. ``CONSISTENCY_SCORES``
holds what a risk-coverage curve wants: functions of (N, T + 1, K) logits where **higher means more confident**,
the divergences with their sign turned.

Probabilities are computed in float64. Temperature is the caller's: pass ``logits / temperature``.

Reference:
    Bahat, Irani and Shakhnarovich, "Natural and Adversarial Error Detection using Invariance to Image
    Transformations", 2019, https://arxiv.org/abs/1902.00236
    Bahat and Shakhnarovich, "Classification Confidence Estimation with Test-Time Data-Augmentation", 2020,
    https://arxiv.org/abs/2006.16705 (the averaged probability of the original's class)
"""

from collections.abc import Callable

from torch import Tensor

from robustness.consistency.copies import check_logits

__all__ = [
    "CONSISTENCY_SCORES",
    "agreement_rate",
    "kl_consistency",
    "max_kl_consistency",
    "negative_kl",
    "negative_max_kl",
    "negative_symmetric_kl",
    "symmetric_kl_consistency",
    "tta_confidence",
]


def kl_consistency(logits: Tensor) -> Tensor:
    """Mean divergence of the copies from the original: ``mean_t KL(p_0 || p_t)``; high = likely error.

    Args:
        logits: (N, T + 1, K), original first, T at least 1.

    Returns:
        (N,) float64, nats, at least 0; 0 where all copies agree with the original in every probability.

    Raises:
        ValueError: another shape, no copies, or logits that are not finite.

    Example:
        >>> import torch
        >>> steady, fickle = [[2.0, 0.0], [2.0, 0.0]], [[2.0, 0.0], [0.0, 2.0]]
        >>> [round(value, 3) for value in kl_consistency(torch.tensor([steady, fickle])).tolist()]
        [0.0, 1.523]
    """
    return _divergences(logits).mean(1)


def symmetric_kl_consistency(logits: Tensor) -> Tensor:
    """``mean_t (KL(p_0 || p_t) + KL(p_t || p_0)) / 2``; high = likely error. As :func:`kl_consistency`."""
    check_logits(logits, copies=1)
    log_p = logits.double().log_softmax(2)
    change = log_p[:, :1] - log_p[:, 1:]
    return ((log_p[:, :1].exp() - log_p[:, 1:].exp()) * change).sum(2).mean(1) / 2


def max_kl_consistency(logits: Tensor) -> Tensor:
    """``max_t KL(p_0 || p_t)``: the least stable copy; high = likely error. As :func:`kl_consistency`."""
    return _divergences(logits).amax(1)


def negative_kl(logits: Tensor) -> Tensor:
    """Minus :func:`kl_consistency`: higher = more confident."""
    return -kl_consistency(logits)


def negative_symmetric_kl(logits: Tensor) -> Tensor:
    """Minus :func:`symmetric_kl_consistency`: higher = more confident."""
    return -symmetric_kl_consistency(logits)


def negative_max_kl(logits: Tensor) -> Tensor:
    """Minus :func:`max_kl_consistency`: higher = more confident."""
    return -max_kl_consistency(logits)


def agreement_rate(logits: Tensor) -> Tensor:
    """Share of transformed copies with the original's predicted class; higher = more confident.

    It has no gradient: an adversary approaches it through the other scores.

    Args:
        logits: (N, T + 1, K), original first, T at least 1.

    Returns:
        (N,) float64 in [0, 1].

    Raises:
        ValueError: another shape, no copies, or logits that are not finite.
    """
    check_logits(logits, copies=1)
    predictions = logits.argmax(2)
    return (predictions[:, 1:] == predictions[:, :1]).double().mean(1)


def tta_confidence(logits: Tensor) -> Tensor:
    """Probability of the original's predicted class, averaged over original and copies; higher = more confident.

    Args:
        logits: (N, T + 1, K), original first; with T = 0 it is the maximum softmax probability.

    Returns:
        (N,) float64 in [0, 1].

    Raises:
        ValueError: another shape, or logits that are not finite.
    """
    check_logits(logits)
    predicted = logits[:, :1].argmax(2, keepdim=True).expand(-1, logits.shape[1], 1)
    return logits.double().softmax(2).gather(2, predicted).mean((1, 2))


def _divergences(logits: Tensor) -> Tensor:
    """KL(p_0 || p_t), (N, T)."""
    check_logits(logits, copies=1)
    log_p = logits.double().log_softmax(2)
    return (log_p[:, :1].exp() * (log_p[:, :1] - log_p[:, 1:])).sum(2)


# In the order of the specification; all with higher = more confident.
CONSISTENCY_SCORES: dict[str, Callable[[Tensor], Tensor]] = {
    "negative_kl": negative_kl,
    "negative_symmetric_kl": negative_symmetric_kl,
    "negative_max_kl": negative_max_kl,
    "agreement_rate": agreement_rate,
    "tta_confidence": tta_confidence,
}
