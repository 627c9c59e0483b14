"""What attacks raise: one number per image, higher = nearer to the goal.

A loss takes (N, K) logits and a :class:`~robustness.attacks.goals.Goal` and returns (N,) float64. None has a gradient
that vanishes when the classifier is sure: a float32 softmax is exactly one-hot from a lead of about 17 on, and an
attack that follows its gradient stands still and calls the classifier robust.

With a class c of the goal, m = max_{k != c} z_k - z_c is the lead of the strongest rival. The sign turns for a
targeted attack, which wants c itself to lead.
"""

from collections.abc import Callable

from torch import Tensor

from robustness.attacks.goals import Goal

__all__ = ["LOSSES", "Loss", "choose_loss", "cross_entropy", "dlr", "margin"]

Loss = Callable[[Tensor, Goal], Tensor]

_DLR_CLASSES = 4


def cross_entropy(logits: Tensor, goal: Goal) -> Tensor:
    """Cross-entropy H = -ln p_c as its log-odds, ln((1 - p_c) / p_c) of a label and minus that of a target; K >= 2.

    H is the softplus of the log-odds, so that an image's loss has the same order and, as far as norms go, the same
    steepest direction. H itself has no gradient left where p_c rounds to 1; the log-odds always have.

    Example:
        >>> import torch
        >>> cross_entropy(torch.tensor([[3.0, 0.0]]), Goal(classes=torch.tensor([0]), targeted=False))
        tensor([-3.], dtype=torch.float64)
    """
    own, rivals = _split(logits, goal.classes)
    return _towards(rivals.logsumexp(dim=1) - own, goal)


def margin(logits: Tensor, goal: Goal) -> Tensor:
    """Margin m of a label, or -m of a target: above 0 once the goal is reached; for any K >= 2.

    Reference:
        Carlini and Wagner, Towards Evaluating the Robustness of Neural Networks, S&P 2017, objective f_6 without
        its floor, https://arxiv.org/abs/1608.04644

    Example:
        >>> import torch
        >>> margin(torch.tensor([[3.0, 1.0, 2.0]]), Goal(classes=torch.tensor([0]), targeted=False))
        tensor([-1.], dtype=torch.float64)
    """
    return _towards(_rival_lead(logits, goal.classes), goal)


def dlr(logits: Tensor, goal: Goal) -> Tensor:
    """Difference of logits ratio: the margin over a spread of the sorted logits, so that scale does not matter.

    Untargeted m / (z_(1) - z_(3)), targeted -m / (z_(1) - (z_(3) + z_(4)) / 2). The paper's targeted form
    compares the target with the true label; this one with the strongest rival, which is what has to be beaten.
    The untargeted form exists for 3 classes; both exist from 4 on, which is asked for.

    Raises:
        ValueError: K below 4.

    Reference:
        Croce and Hein, Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free
        Attacks, ICML 2020, equations 6 and 7, https://arxiv.org/abs/2003.01690

    Example:
        >>> import torch
        >>> dlr(torch.tensor([[5.0, 4.0, 1.0, 0.0]]), Goal(classes=torch.tensor([0]), targeted=False))
        tensor([-0.2500], dtype=torch.float64)
    """
    if logits.shape[1] < _DLR_CLASSES:
        raise ValueError(
            f"expected at least {_DLR_CLASSES} classes for the loss 'dlr', got {logits.shape[1]}; "
            f"take {choose_loss(logits.shape[1])!r}, as choose_loss({logits.shape[1]}) does"
        )
    first, _, third, fourth = logits.double().topk(_DLR_CLASSES, dim=1).values.unbind(dim=1)
    spread = first - ((third + fourth) / 2 if goal.targeted else third)
    return _towards(_rival_lead(logits, goal.classes) / (spread + 1e-12), goal)  # the reference code's own floor


LOSSES: dict[str, Loss] = {"cross_entropy": cross_entropy, "margin": margin, "dlr": dlr}


def choose_loss(classes: int) -> str:
    """The loss that does not depend on the scale of the logits where it exists, else the margin.

    Args:
        classes: K, at least 2.

    Returns:
        ``"dlr"`` for K >= 4, ``"margin"`` for 2 and 3.

    Raises:
        ValueError: K below 2.

    Example:
        >>> choose_loss(2), choose_loss(1000)
        ('margin', 'dlr')
    """
    if classes < 2:
        raise ValueError(f"expected `classes` of at least 2, got {classes}; one class cannot be left")
    return "dlr" if classes >= _DLR_CLASSES else "margin"


def _rival_lead(logits: Tensor, classes: Tensor) -> Tensor:
    own, rivals = _split(logits, classes)
    return rivals.amax(dim=1) - own


def _split(logits: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
    """In float64: the logit (N,) of each class, and all logits (N, K) with minus infinity in its place."""
    wide, places = logits.double(), classes[:, None]
    return wide.gather(1, places)[:, 0], wide.scatter(1, places, -float("inf"))


def _towards(away: Tensor, goal: Goal) -> Tensor:
    return -away if goal.targeted else away
