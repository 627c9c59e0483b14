"""Presets: how many images and which conditions an audit looks at."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.conditions import CLEAN, Condition
from robustness.corruptions import CORRUPTIONS, TEST_CORRUPTIONS, frost_available

__all__ = ["ALL", "PRESETS", "Preset", "choose_conditions", "choose_profile", "missing_corruptions"]

SEVERITIES = (1, 2, 3, 4, 5)
ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Preset:
    """An amount of work.

    Attributes:
        images: at most this many, a seeded subset with the class proportions kept; None takes all.
        corruptions: names, or None for every test corruption there is.
        severities: which of 1..5.
    """

    images: int | None
    corruptions: tuple[str, ...] | None
    severities: tuple[int, ...]


PRESETS = {
    "quick": Preset(
        images=500,
        corruptions=("gaussian_noise", "brightness", "contrast", "pixelate", "jpeg_compression"),
        severities=(2, 4),
    ),
    "standard": Preset(images=2_000, corruptions=None, severities=SEVERITIES),
    "full": Preset(images=None, corruptions=None, severities=SEVERITIES),
}


def missing_corruptions() -> dict[str, str]:
    """Test corruptions that cannot be made here, with what would help; they are left out and reported."""
    if frost_available():
        return {}
    remedy = "its textures are not here: pip install 'classifier-audit[frost]', or --frost-dir FOLDER"
    return {"frost": f"{remedy}; without it there is no mCE"}


def choose_conditions(
    preset: Preset,
    *,
    published: Sequence[Condition] = (),
    corruptions: Sequence[str] = (),
    severities: Sequence[int] = (),
) -> tuple[Condition, ...]:
    """Resolve a preset and the user's own choice into conditions, clean first.

    Args:
        preset: what to take where the user chose nothing.
        published: conditions that the data brings along, as ImageNet-C folders do; nothing is generated then.
        corruptions: the user's choice of names; the one word ``all`` takes the extra ones too.
        severities: the user's choice of severities.

    Raises:
        ValueError: a name or severity that does not exist.

    Example:
        >>> len(choose_conditions(PRESETS["quick"]))
        11
    """
    wanted = tuple(dict.fromkeys(severities or preset.severities))
    everything = tuple(corruptions) == (ALL,)
    _check_choice("--severities", wanted, SEVERITIES)
    if published:
        available = tuple(dict.fromkeys(condition.name for condition in published if condition != CLEAN))
        names = available if everything else tuple(corruptions) or available
        _check_choice("--corruptions", names, available)
        return tuple(one for one in published if one == CLEAN or (one.name in names and one.severity in wanted))
    missing = missing_corruptions()
    for name in corruptions:
        if name in missing:
            raise ValueError(f"expected to make {name}, but {missing[name]}")
    available = tuple(name for name in (CORRUPTIONS if everything else TEST_CORRUPTIONS) if name not in missing)
    names = available if everything else tuple(dict.fromkeys(corruptions or preset.corruptions or available))
    _check_choice("--corruptions", names, tuple(CORRUPTIONS))
    cells = (Condition(kind="corruption", name=name, severity=level) for name in names for level in wanted)
    return (CLEAN, *cells)


def _check_choice(option: str, chosen: Sequence[object], available: Sequence[object]) -> None:
    unknown = [one for one in chosen if one not in available]
    if unknown:
        raise ValueError(f"expected {option} among {', '.join(map(str, available))}, got {unknown[0]!r}")


def choose_profile(size: tuple[int, int]) -> str:
    """Choose the severity constants for an image size: those made for the nearest of 32, 64 and 224 pixels.

    The borders are the geometric means, 45 and 120 pixels of the shorter side.

    Example:
        >>> [choose_profile((side, side)) for side in (32, 64, 224)]
        ['cifar', 'tiny', 'imagenet']
    """
    side = min(size)
    if side < (32 * 64) ** 0.5:
        return "cifar"
    return "tiny" if side < (64 * 224) ** 0.5 else "imagenet"
