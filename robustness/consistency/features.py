"""What a detector sees of the logits of an image and its copies; smooth, and blind to which class is which.

``log_odds`` is the default: it did best on small classifiers, the summaries added nothing on natural errors.
``log_odds_and_summaries`` keeps something to learn from without any copies, which the control needs that asks
whether a gain comes from consistency or from learning. ``sorted_logits`` is the published form.

All are computed in float64 and are finite for finite logits, however large.

Reference:
    Bahat and Shakhnarovich, "Confidence from Invariance to Image Transformations", 2018,
    https://arxiv.org/abs/1804.00657 (sorted logits)
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from robustness.consistency.copies import check_logits

__all__ = ["FEATURES", "log_odds", "log_odds_and_summaries", "sorted_logits"]

# Nats: below this a divergence is as good as none, and its logarithm would only measure rounding.
_LEAST_DIVERGENCE = 1e-4


def log_odds(logits: Tensor) -> Tensor:
    """Log-odds ``log p / (1 - p)`` of the originally predicted class in the original and in every copy.

    Args:
        logits: (N, T + 1, K), original first, T at least 0.

    Returns:
        (N, T + 1) float64.

    Raises:
        ValueError: another shape, fewer than two classes, or logits that are not finite.

    Example:
        >>> log_odds(torch.tensor([[[3.0, 1.0], [0.0, 1.0]]])).tolist()
        [[2.0, -1.0]]
    """
    check_logits(logits)
    z = logits.double()
    predicted = z[:, :1].argmax(2, keepdim=True).expand(-1, z.shape[1], 1)
    others = z.scatter(2, predicted, -torch.inf).logsumexp(2)
    return z.gather(2, predicted).squeeze(2) - others


def log_odds_and_summaries(logits: Tensor) -> Tensor:
    """:func:`log_odds`, four confidences of the original and five summaries of the copies.

    Of the original: margin of the two highest logits, negative entropy, maximum logit, energy. Of the copies,
    where there are any: log-odds of the averaged probability, logarithm of the mean divergence, minimum, mean
    log-probability, standard deviation.

    Args:
        logits: (N, T + 1, K), original first, T at least 0.

    Returns:
        (N, T + 10) float64; (N, 5) without copies.

    Raises:
        ValueError: as :func:`log_odds`.
    """
    odds, z = log_odds(logits), logits.double()
    parts = [odds, _confidences(z[:, 0])]
    if z.shape[1] > 1:
        parts.append(_summaries(odds, z))
    return torch.cat(parts, 1)


def sorted_logits(logits: Tensor, top_k: int = 10) -> Tensor:
    """Logits of all copies, classes in the falling order of the original's.

    Args:
        logits: (N, T + 1, K), original first, T at least 0.
        top_k: how many classes to keep, or all where there are fewer.

    Returns:
        (N, (T + 1) min(K, top_k)) float64, the original's first.

    Raises:
        ValueError: as :func:`log_odds`, or ``top_k`` below 1.

    Example:
        >>> sorted_logits(torch.tensor([[[1.0, 3.0, 2.0], [7.0, 8.0, 9.0]]]), top_k=2).tolist()
        [[3.0, 2.0, 8.0, 9.0]]
    """
    check_logits(logits)
    if top_k < 1:
        raise ValueError(f"expected `top_k` of at least 1, got {top_k}")
    order = logits[:, :1].argsort(dim=2, descending=True, stable=True)[..., :top_k]
    return logits.double().gather(2, order.expand(-1, logits.shape[1], -1)).flatten(1)


def _confidences(z: Tensor) -> Tensor:
    highest = z.topk(2, dim=1).values
    log_p = z.log_softmax(1)
    negative_entropy = (log_p.exp() * log_p).sum(1)
    return torch.stack([highest[:, 0] - highest[:, 1], negative_entropy, highest[:, 0], z.logsumexp(1)], 1)


def _summaries(odds: Tensor, z: Tensor) -> Tensor:
    log_p = z.log_softmax(2)
    divergence = (log_p[:, :1].exp() * (log_p[:, :1] - log_p[:, 1:])).sum(2).mean(1)
    copies = odds[:, 1:]
    averaged = F.logsigmoid(odds).logsumexp(1) - F.logsigmoid(-odds).logsumexp(1)
    # The root of a variance has no slope at 0; the small summand gives it one.
    spread = (copies.var(1, correction=0) + 1e-12).sqrt()
    parts = [averaged, (divergence + _LEAST_DIVERGENCE).log(), copies.amin(1), F.logsigmoid(copies).mean(1), spread]
    return torch.stack(parts, 1)


FEATURES: dict[str, Callable[[Tensor], Tensor]] = {
    "log_odds": log_odds,
    "log_odds_and_summaries": log_odds_and_summaries,
    "sorted_logits": sorted_logits,
}
