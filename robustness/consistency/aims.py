"""Where an adaptive adversary pulls the logits: away from the right class, and towards the score's trust.

Reference:
    Bryniarski, Hingun, Pachuca, Wang and Carlini, "Evading Adversarial Example Detection Defenses with
    Orthogonal Projected Gradient Descent", 2021, https://arxiv.org/abs/2106.15023 (one aim at a time)
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["Aim", "Pull", "likely_wrong_classes"]

_LEAD = 1e-6  # of a lifted logit: on top, and no surer than it must be


@dataclass(frozen=True, kw_only=True)
class Pull:
    """What an aim says of some logits.

    Attributes:
        direction: (N, T + 1, K) where to move the logits.
        fooled: (N,) booleans: the original is classified wrongly.
        scores: (N,) the defence's confidence.
    """

    direction: Tensor
    fooled: Tensor
    scores: Tensor


@dataclass(frozen=True, kw_only=True)
class Aim:
    """Fool the classifier, then raise the score.

    Attributes:
        labels: (N,) right classes.
        targets: (N,) wrong classes to reach; None takes the one that the copies favour, until the original
            shows a wrong one.
        copies_weight: of the classifier's margin on every copy, beside the original's 1.
        margin: lead of the target up to which copies are pushed, where they have a weight.
    """

    labels: Tensor
    targets: Tensor | None
    copies_weight: float
    margin: float

    def pull(self, score: Callable[[Tensor], Tensor], logits: Tensor) -> Pull:
        """Point from ``logits`` (N, T + 1, K) float64 where both aims lie, at equal strength for every image.

        Before the original shows the target, the score is asked as if it did: the target's logit in the original is
        lifted to the top, by an amount that has no gradient. Otherwise the score would defend another class.
        """
        leaf = logits.detach().requires_grad_()
        predictions = leaf[:, 0].argmax(1)
        fooled = predictions != self.labels
        targets = self.targets
        if targets is None:
            targets = torch.where(fooled, predictions, likely_wrong_classes(leaf, self.labels)[:, 0])
        (away,) = torch.autograd.grad(self._shortfall(leaf, targets).sum(), leaf)
        imagined = score(_lifted(leaf, targets)).to(leaf)
        trust = torch.autograd.grad(imagined.sum(), leaf)[0] if imagined.requires_grad else torch.zeros_like(leaf)
        with torch.no_grad():
            scores = score(leaf).to(leaf)
        return Pull(direction=_unit(trust) - _unit(away), fooled=fooled, scores=scores)

    def _shortfall(self, logits: Tensor, targets: Tensor) -> Tensor:
        """How far (N, T + 1) the originals and copies are from the target's lead, weighted."""
        index = targets.view(-1, 1, 1).expand(-1, logits.shape[1], 1)
        lead = (logits.gather(2, index) - logits.scatter(2, index, -torch.inf).amax(2, keepdim=True)).squeeze(2)
        weights = torch.full_like(lead, self.copies_weight)
        weights[:, 0] = 1
        return weights * F.relu((self.margin if self.copies_weight else 0.0) - lead)


def likely_wrong_classes(logits: Tensor, labels: Tensor) -> Tensor:
    """The wrong classes, by falling mean log-probability over the copies.

    Args:
        logits: (N, T + 1, K).
        labels: (N,) right classes.

    Returns:
        (N, K - 1) class indices.

    Example:
        >>> likely_wrong_classes(torch.tensor([[[5.0, 1.0, 2.0]]]), torch.tensor([0])).tolist()
        [[2, 1]]
    """
    chances = logits.detach().log_softmax(2).mean(1).scatter(1, labels.view(-1, 1), -torch.inf)
    return chances.argsort(dim=1, descending=True)[:, :-1]


def _lifted(logits: Tensor, targets: Tensor) -> Tensor:
    """The logits with the targets on top in the originals, where they are not."""
    index = targets.view(-1, 1)
    with torch.no_grad():
        original = logits[:, 0]
        missing = (original.amax(1, keepdim=True) - original.gather(1, index)).clamp(min=0)
        lift = torch.where(missing > 0, missing + _LEAD, 0.0)
        lifts = torch.zeros_like(logits)
        lifts[:, 0].scatter_(1, index, lift)
    return logits + lifts


def _unit(gradient: Tensor) -> Tensor:
    least = torch.finfo(gradient.dtype).tiny
    scaled = gradient / gradient.abs().amax((1, 2), keepdim=True).clamp(min=least)  # squares of tiny ones vanish
    return scaled / scaled.square().sum((1, 2), keepdim=True).sqrt().clamp(min=least)
