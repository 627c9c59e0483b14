"""Maps of what spoke for a class, as pictures: colour over the grey image, each pixel large enough to be seen."""

import numpy as np
import numpy.typing as npt

__all__ = ["LEGEND", "draw_map", "draw_mask", "enlarge"]

LEGEND = "red speaks for the class, blue against it, grey for neither"

Pixels = npt.NDArray[np.uint8]

_FOR, _AGAINST = (178, 24, 43), (33, 102, 172)  # ends of the diverging scheme RdBu, https://colorbrewer2.org
_OUTSIDE = (255, 255, 255)
_LIGHTEST, _RANGE = 0.95, 0.55  # greys of the image under a map: light, so that colours stand out
_SMALLEST = 128  # pixels of the shorter side


def enlarge(image: Pixels) -> Pixels:
    """Repeat the pixels of a small image (H, W, 3) until its shorter side has 128 of them or nearly so.

    Example:
        >>> enlarge(np.zeros((32, 48, 3), np.uint8)).shape
        (128, 192, 3)
    """
    times = max(1, round(_SMALLEST / min(image.shape[:2])))
    return image.repeat(times, axis=0).repeat(times, axis=1)


def draw_map(image: Pixels, values: npt.NDArray[np.floating], *, full: float) -> Pixels:
    """Lay a map over its image.

    Args:
        image: (H, W, 3) uint8.
        values: (H, W) signed map; what is not finite stays grey.
        full: the value, above 0, whose colour is opaque; those beyond it look alike.

    Returns:
        An enlarged picture: red where the map is positive, blue where it is negative, the grey image between.

    Example:
        >>> drawn = draw_map(np.full((128, 128, 3), 255, np.uint8), np.eye(128), full=1.0)
        >>> drawn[0, 0].tolist(), drawn[0, 1].tolist()
        ([178, 24, 43], [242, 242, 242])
    """
    strength = np.nan_to_num(values / full, nan=0.0, posinf=0.0, neginf=0.0).clip(-1, 1)[..., None]
    colour = np.where(strength > 0, _FOR, _AGAINST)
    blended = _grey(image) * (1 - np.abs(strength)) + colour * np.abs(strength)
    return enlarge(blended.round().astype(np.uint8))


def draw_mask(image: Pixels, mask: npt.NDArray[np.bool_]) -> Pixels:
    """Show the part of an image (H, W, 3) that lies in a mask (H, W); the rest is faded to nearly white."""
    faded = 0.2 * _grey(image) + 0.8 * np.array(_OUTSIDE)
    return enlarge(np.where(mask[..., None], image, faded.round()).astype(np.uint8))


def _grey(image: Pixels) -> npt.NDArray[np.float64]:
    """(H, W, 3) brightness in a range that leaves room for colours."""
    brightness = image.astype(np.float64) @ np.array([0.299, 0.587, 0.114])  # luma of ITU-R BT.601
    light: npt.NDArray[np.float64] = 255 * (_LIGHTEST - _RANGE) + _RANGE * brightness
    return light[..., None].repeat(3, axis=2)
