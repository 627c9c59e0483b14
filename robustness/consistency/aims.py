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

        The score pulls only where the original shows the target already: before, it would defend another class.
        """
        leaf = logits.detach().requires_grad_()
        predictions = leaf[:, 0].argmax(1)
        fooled = predictions != self.labels
        targets = self.targets
        if targets is None:
            targets = torch.where(fooled, predictions, likely_wrong_classes(leaf, self.labels)[:, 0])
        scores = score(leaf).to(leaf)
        (away,) = torch.autograd.grad(self._shortfall(leaf, targets).sum(), leaf)
        trust = torch.autograd.grad(scores.sum(), leaf)[0] if scores.requires_grad else torch.zeros_like(leaf)
        direction = _unit(trust) * (predictions == targets).view(-1, 1, 1) - _unit(away)
        return Pull(direction=direction, fooled=fooled, scores=scores.detach())

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


def _unit(gradient: Tensor) -> Tensor:
    least = torch.finfo(gradient.dtype).tiny
    scaled = gradient / gradient.abs().amax((1, 2), keepdim=True).clamp(min=least)  # squares of tiny ones vanish
    return scaled / scaled.square().sum((1, 2), keepdim=True).sqrt().clamp(min=least)
