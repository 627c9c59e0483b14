"""What an attack is after: an answer other than the label, or a class of its choice."""

from dataclasses import dataclass

from torch import Tensor

__all__ = ["Goal", "make_goal"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Goal:
    """A class for each image, to be left or to be reached.

    Attributes:
        classes: (N,) int64, the labels of an untargeted attack or the targets of a targeted one.
        targeted: whether the classes are to be reached.
    """

    classes: Tensor
    targeted: bool

    def __getitem__(self, rows: Tensor) -> "Goal":
        """The goal of some of the images, given their places."""
        return Goal(classes=self.classes[rows], targeted=self.targeted)

    def reached(self, logits: Tensor) -> Tensor:
        """(N,) bool: is the highest logit (N, K) where the attack wants it? Never, if a logit is not finite."""
        at_class = logits.argmax(dim=1) == self.classes
        return logits.isfinite().all(dim=1) & (at_class if self.targeted else ~at_class)

    def check(self, logits: Tensor) -> None:
        """Refuse logits (N, K) that do not fit the classes.

        Raises:
            ValueError: other than (N, K) with K >= 2, or a class outside 0..K-1.
        """
        if logits.ndim != 2 or logits.shape[1] < 2 or len(logits) != len(self.classes):
            raise ValueError(
                f"expected logits of shape ({len(self.classes)}, K) with K >= 2 classes from `classifier`, "
                f"got {tuple(logits.shape)}"
            )
        if not len(self.classes):
            return
        low, high = int(self.classes.min()), int(self.classes.max())
        if low < 0 or high >= logits.shape[1]:
            name = "targets" if self.targeted else "labels"
            raise ValueError(f"expected `{name}` in 0..{logits.shape[1] - 1}, got {low}..{high}")


def make_goal(labels: Tensor | None, targets: Tensor | None, images: Tensor) -> Goal:
    """The goal that exactly one of ``labels`` (to leave) and ``targets`` (to reach) states.

    Args:
        labels: (N,) integers, or None.
        targets: (N,) integers, or None.
        images: (N, 3, H, W); the goal lives on their device.

    Raises:
        ValueError: both or neither are given, or their shape or type is not as above.
    """
    classes = labels if targets is None else targets
    if classes is None or (labels is not None and targets is not None):
        given = "neither" if classes is None else "both"
        raise ValueError(
            f"expected either `labels`, which the attack leaves, or `targets`, which it reaches, got {given}; "
            f"for a targeted attack pass None for `labels`"
        )
    name = "labels" if targets is None else "targets"
    if classes.shape != images.shape[:1] or classes.is_floating_point() or classes.is_complex():
        raise ValueError(
            f"expected `{name}` of shape ({len(images)},) with integers, one per image, "
            f"got {tuple(classes.shape)} {classes.dtype}"
        )
    return Goal(classes=classes.detach().to(images.device).long(), targeted=targets is not None)
