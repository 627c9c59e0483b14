"""Confidence from logits alone: how sure is the classifier of its answer? Higher is more confident.

Every score takes (N, K) logits of K >= 2 classes and returns (N,) float64. A row with a NaN or an infinite
logit scores NaN in all of them: nothing is made up for an answer that is none. Divide the logits by a fitted
temperature (:func:`robustness.temperature.fit_temperature`) for the scaled form of a score.

A float32 softmax rounds to 1 from a lead of about 17 on, which ties the most confident answers. All scores are
therefore computed in float64 from the differences to the highest logit, without subtracting near-equal numbers.
``max_softmax``, ``margin`` and ``negative_entropy`` still round to their limit at leads above 36, as any
float64 number near 1 must; ``doctor_beta`` ranks exactly like ``max_softmax`` and does not.

The scores are differentiable in the logits.
"""

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = [
    "CONFIDENCE_SCORES",
    "doctor_alpha",
    "doctor_beta",
    "energy",
    "margin",
    "max_logit",
    "max_softmax",
    "negative_entropy",
]


def max_softmax(logits: Tensor) -> Tensor:
    """Maximum softmax probability (MSP): max_k p_k.

    Args:
        logits: (N, K), K >= 2.

    Returns:
        (N,) float64 in [1/K, 1]; NaN for rows that are not finite.

    Raises:
        ValueError: logits of another shape.

    Reference:
        Hendrycks and Gimpel, A Baseline for Detecting Misclassified and Out-of-Distribution Examples in Neural
        Networks, ICLR 2017, https://arxiv.org/abs/1610.02136

    Example:
        >>> max_softmax(torch.tensor([[0.0, 0.0], [3.0, 0.0]]))
        tensor([0.5000, 0.9526], dtype=torch.float64)
    """
    return 1 / (1 + _others(_leads(logits)).sum(dim=1))


def margin(logits: Tensor) -> Tensor:
    """Margin: difference of the two highest probabilities, p_1 - p_2, in [0, 1].

    Arguments and errors as :func:`max_softmax`.

    Reference:
        Joshi, Porikli and Papanikolopoulos, Multi-Class Active Learning for Image Classification, CVPR 2009,
        https://doi.org/10.1109/CVPR.2009.5206627

    Example:
        >>> margin(torch.tensor([[0.0, 1.0], [3.0, 0.0]]))
        tensor([0.4621, 0.9051], dtype=torch.float64)
    """
    leads = _leads(logits)
    second = leads.topk(2, dim=1).values[:, 1]
    return -torch.expm1(second) / (1 + _others(leads).sum(dim=1))


def negative_entropy(logits: Tensor) -> Tensor:
    """Negative entropy of the softmax in nats: sum_k p_k ln p_k, in [-ln K, 0].

    Arguments and errors as :func:`max_softmax`.

    Reference:
        Shannon, A Mathematical Theory of Communication, 1948, section 6,
        https://doi.org/10.1002/j.1538-7305.1948.tb01338.x

    Example:
        >>> negative_entropy(torch.tensor([[0.0, 0.0], [3.0, 0.0]]))
        tensor([-0.6931, -0.1909], dtype=torch.float64)
    """
    leads = _leads(logits)
    rest = _others(leads).sum(dim=1)
    # ln p_k = lead_k - ln(1 + rest): two terms of one sign, so that a tiny entropy keeps its digits.
    return (leads.exp() * leads).sum(dim=1) / (1 + rest) - torch.log1p(rest)


def max_logit(logits: Tensor) -> Tensor:
    """The highest logit: max_k z_k. Depends on the scale and on the offset of the logits.

    Arguments and errors as :func:`max_softmax`.

    Reference:
        Hendrycks et al., Scaling Out-of-Distribution Detection for Real-World Settings, ICML 2022,
        https://arxiv.org/abs/1911.11132

    Example:
        >>> max_logit(torch.tensor([[0.0, 0.0], [3.0, 0.0]]))
        tensor([0., 3.], dtype=torch.float64)
    """
    return _checked(logits).amax(dim=1)


def energy(logits: Tensor, temperature: float = 1.0) -> Tensor:
    """Negative free energy: T ln sum_k exp(z_k / T). Depends on the scale and on the offset of the logits.

    Args:
        logits: (N, K), K >= 2.
        temperature: T above 0; the paper uses 1.

    Returns:
        (N,) float64, at least the highest logit; NaN for rows that are not finite.

    Raises:
        ValueError: logits of another shape, or a temperature that is not above 0.

    Reference:
        Liu et al., Energy-based Out-of-distribution Detection, NeurIPS 2020, section 3,
        https://arxiv.org/abs/2010.03759

    Example:
        >>> energy(torch.tensor([[0.0, 0.0], [3.0, 0.0]]))
        tensor([0.6931, 3.0486], dtype=torch.float64)
    """
    if not temperature > 0:
        raise ValueError(f"expected `temperature` above 0, got {temperature}")
    return temperature * torch.logsumexp(_checked(logits) / temperature, dim=1)


def doctor_alpha(logits: Tensor) -> Tensor:
    """DOCTOR's D_alpha, negated: -(1 - g) / g with g = sum_k p_k^2, in [1 - K, 0].

    Arguments and errors as :func:`max_softmax`. The paper's perturbation of the input is not part of it.

    Reference:
        Granese et al., DOCTOR: A Simple Method for Detecting Misclassification Errors, NeurIPS 2021,
        https://arxiv.org/abs/2106.02395

    Example:
        >>> doctor_alpha(torch.tensor([[0.0, 0.0], [3.0, 0.0]]))
        tensor([-1.0000, -0.0993], dtype=torch.float64)
    """
    others = _others(_leads(logits))
    rest, squares = others.sum(dim=1), others.square().sum(dim=1)
    # (1 - g) / g with p_k = u_k / (1 + rest), where u is 1 for the top class: no 1 - g is ever formed.
    return -(2 * rest + rest.square() - squares) / (1 + squares)


def doctor_beta(logits: Tensor) -> Tensor:
    """DOCTOR's D_beta, negated: -(1 - p) / p with p = max_k p_k, in [1 - K, 0]; ranks like :func:`max_softmax`.

    Arguments and errors as :func:`max_softmax`; reference as :func:`doctor_alpha`.

    Example:
        >>> doctor_beta(torch.tensor([[0.0, 0.0], [3.0, 0.0]]))
        tensor([-1.0000, -0.0498], dtype=torch.float64)
    """
    return -_others(_leads(logits)).sum(dim=1)


CONFIDENCE_SCORES: dict[str, Callable[[Tensor], Tensor]] = {
    "max_softmax": max_softmax,
    "margin": margin,
    "negative_entropy": negative_entropy,
    "max_logit": max_logit,
    "energy": energy,
    "doctor_alpha": doctor_alpha,
    "doctor_beta": doctor_beta,
}


def _checked(logits: Tensor) -> Tensor:
    """The logits in float64, rows that are not finite turned into NaN throughout."""
    if logits.ndim != 2 or logits.shape[1] < 2:
        raise ValueError(f"expected `logits` of shape (N, K) with K >= 2 classes, got {tuple(logits.shape)}")
    broken = ~logits.isfinite().all(dim=1, keepdim=True)
    return logits.double().masked_fill(broken, float("nan"))


def _leads(logits: Tensor) -> Tensor:
    """(N, K): each logit minus the highest of its row, 0 at the top class and below 0 elsewhere."""
    wide = _checked(logits)
    return wide - wide.amax(dim=1, keepdim=True)


def _others(leads: Tensor) -> Tensor:
    """(N, K): p_k / max p, with 0 in place of the top class's own 1."""
    return leads.exp().scatter(1, leads.argmax(dim=1, keepdim=True), 0.0)
