"""The condition: under what circumstances a classifier sees an image."""

from dataclasses import dataclass

__all__ = ["CLEAN", "Condition"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Condition:
    """One circumstance under which every image is classified.

    Attributes:
        kind: ``clean``, ``corruption`` (made on the fly) or ``published`` (stored in the data, already corrupted).
        name: what happens to the image, such as ``gaussian_noise``; ``clean`` for clean images.
        severity: 0 for clean, otherwise 1 (mild) to 5 (strong).

    Raises:
        ValueError: the severity is negative.

    Example:
        >>> Condition(kind="corruption", name="gaussian_noise", severity=3)
        Condition(kind='corruption', name='gaussian_noise', severity=3)
    """

    kind: str
    name: str
    severity: int

    def __post_init__(self) -> None:
        if self.severity < 0:
            raise ValueError(f"expected `severity` of at least 0, got {self.severity}")


CLEAN = Condition(kind="clean", name="clean", severity=0)
