"""One class against all others: the view of a classifier in which both ways along an attribute weigh the same.

Logits can rise together without any decision; their differences cannot. With two classes nothing else is lost.
"""

import torch
from torch import Tensor, nn

from xai.attribution.probe import Classifier

__all__ = ["LogOdds"]


class LogOdds(nn.Module):
    """A classifier of two classes, "another" and "the class", with logits 0 and the log-odds of the class.

    Its softmax is the probability that the classifier gives the class. It is decided for the class where that is above
    a half, which among more than two classes is not always where it is the highest.

    Args:
        classifier: images to logits (N, K).
        label: the class.
        sign: -1 exchanges both sides, so that what speaks against the class is counted.

    Example:
        >>> view = LogOdds(lambda images: images, label=2)
        >>> logits = torch.tensor([[0.0, 1.0, 2.0]])
        >>> torch.allclose(view(logits).softmax(1)[0, 1], logits.softmax(1)[0, 2])
        True
    """

    def __init__(self, classifier: Classifier, *, label: int, sign: int = 1) -> None:
        super().__init__()
        self.classifier = classifier
        self.label = label
        self.sign = sign

    def forward(self, images: Tensor) -> Tensor:
        """(N, 2) logits, 0 and the log-odds."""
        logits = self.classifier(images)
        others = torch.ones(logits.shape[1], dtype=torch.bool, device=logits.device)
        others[self.label] = False
        odds = self.sign * (logits[:, self.label] - logits[:, others].logsumexp(1))
        return torch.stack([torch.zeros_like(odds), odds], 1)

    def reversed(self) -> "LogOdds":
        """The view from the other side: all other classes against this one."""
        return LogOdds(self.classifier, label=self.label, sign=-self.sign)
