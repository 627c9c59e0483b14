"""Monte Carlo dropout: classify with dropout switched on, several times, and look at how the answers spread.

Scores are confidences, higher = more confident, from (N, D, K) logits of D draws. All but ``mc_max_softmax`` are
negated uncertainties in nats. Rows with a logit that is not finite in any draw score NaN.

Reference:
    Gal and Ghahramani, Dropout as a Bayesian Approximation, ICML 2016, https://arxiv.org/abs/1506.02142
    Smith and Gal, Understanding Measures of Uncertainty for Adversarial Example Detection, UAI 2018 (the three
    entropies), https://arxiv.org/abs/1803.08533
"""

import contextlib
import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

__all__ = [
    "DROPOUT_SCORES",
    "dropout_switched_on",
    "has_dropout",
    "mc_dropout_logits",
    "mc_max_softmax",
    "mc_negative_entropy",
    "mc_negative_expected_entropy",
    "mc_negative_mutual_information",
]

_DROPOUT = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)

Classifier = Callable[[Tensor], Tensor]


def has_dropout(module: nn.Module) -> bool:
    """Whether a module holds a dropout layer with a probability above 0; most modern networks do not."""
    return any(isinstance(part, _DROPOUT) and part.p > 0 for part in module.modules())


@contextlib.contextmanager
def dropout_switched_on(module: nn.Module) -> Iterator[None]:
    """Put the dropout layers of a module, and nothing else, in training mode; put each layer's mode back after.

    Batch norm stays as it is, and so does stochastic depth, which drops whole branches.

    Raises:
        ValueError: the module has no dropout layer with a probability above 0.

    Example:
        >>> module = nn.Sequential(nn.BatchNorm1d(2), nn.Dropout()).eval()
        >>> with dropout_switched_on(module):
        ...     [part.training for part in module]
        [False, True]
        >>> [part.training for part in module]
        [False, False]
    """
    if not has_dropout(module):
        raise ValueError(
            f"expected `module` with dropout layers of a probability above 0, got {type(module).__name__} without; "
            f"Monte Carlo dropout does not apply to this network"
        )
    modes = {part: part.training for part in module.modules() if isinstance(part, _DROPOUT)}
    try:
        for part in modes:
            part.training = True
        yield
    finally:
        for part, training in modes.items():
            part.training = training


@torch.no_grad()
def mc_dropout_logits(
    classifier: Classifier, module: nn.Module, images: Tensor, *, draws: int = 20, seed: int
) -> Tensor:
    """Classify images several times with dropout switched on.

    Dropout draws from its device's global generator, for the batch as a whole. That generator is seeded for the
    duration of the call and put back afterwards; an image's masks depend on its place in the batch.

    Args:
        classifier: (N, 3, H, W) pixels to (N, K) logits.
        module: what the classifier runs; often the classifier itself.
        images: (N, 3, H, W) pixels.
        draws: forward passes per image, at least 2.
        seed: of the masks.

    Returns:
        (N, D, K) logits.

    Raises:
        ValueError: no dropout layer in the module, too few draws, or draws that agree in every bit: the dropout
            layers are then not part of what the classifier computes.
    """
    if draws < 2:
        raise ValueError(f"expected `draws` of at least 2, got {draws}")
    devices = [images.device] if images.device.type == "cuda" else []
    with dropout_switched_on(module), torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        logits = torch.stack([classifier(images) for _ in range(draws)], dim=1)
    if len(images) and bool((logits == logits[:, :1]).all()):
        raise ValueError(
            f"expected {draws} draws that differ, got the same logits each time: the dropout layers of `module` are "
            f"not run by `classifier`, or by a fused path that skips them"
        )
    return logits


def mc_max_softmax(logits: Tensor) -> Tensor:
    """Maximum of the mean softmax: max_k mean_d p_dk, in [1/K, 1].

    Args:
        logits: (N, D, K), K >= 2.

    Returns:
        (N,) float64; NaN for images with a logit that is not finite.

    Raises:
        ValueError: logits of another shape.

    Example:
        >>> mc_max_softmax(torch.tensor([[[3.0, 0.0], [0.0, 3.0]]]))
        tensor([0.5000], dtype=torch.float64)
    """
    return _log_softmax(logits).exp().mean(dim=1).amax(dim=1)


def mc_negative_entropy(logits: Tensor) -> Tensor:
    """Negative predictive entropy -H[mean_d p_d] in nats, in [-ln K, 0]; arguments as :func:`mc_max_softmax`."""
    p = _log_softmax(logits).exp().mean(dim=1)
    return torch.xlogy(p, p).sum(dim=1)


def mc_negative_expected_entropy(logits: Tensor) -> Tensor:
    """Negative mean entropy -mean_d H[p_d] in nats, in [-ln K, 0]; arguments as :func:`mc_max_softmax`."""
    log_p = _log_softmax(logits)
    return (log_p.exp() * log_p).sum(dim=2).mean(dim=1)


def mc_negative_mutual_information(logits: Tensor) -> Tensor:
    """Negative mutual information mean_d H[p_d] - H[mean_d p_d] in nats, in [-ln K, 0].

    How much the draws disagree, whatever each of them doubts. Arguments as :func:`mc_max_softmax`.
    """
    # A mean of divergences rather than a difference of entropies: small values keep their digits and their sign.
    log_p = _log_softmax(logits)
    log_mean = torch.logsumexp(log_p, dim=1, keepdim=True) - math.log(logits.shape[1])
    return -(log_p.exp() * (log_p - log_mean)).sum(dim=2).mean(dim=1)


DROPOUT_SCORES: dict[str, Callable[[Tensor], Tensor]] = {
    "mc_max_softmax": mc_max_softmax,
    "mc_negative_entropy": mc_negative_entropy,
    "mc_negative_expected_entropy": mc_negative_expected_entropy,
    "mc_negative_mutual_information": mc_negative_mutual_information,
}


def _log_softmax(logits: Tensor) -> Tensor:
    if logits.ndim != 3 or logits.shape[1] < 1 or logits.shape[2] < 2:
        raise ValueError(f"expected `logits` of shape (N, D, K) with K >= 2 classes, got {tuple(logits.shape)}")
    broken = ~logits.isfinite().all(dim=2, keepdim=True).all(dim=1, keepdim=True)
    return logits.double().masked_fill(broken, float("nan")).log_softmax(dim=2)
