"""Groups of images by the folders they lie in: below their class, and of one name in several classes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.findings.candidate import Places

__all__ = ["Folder", "find_folders"]

_FEWEST = 5  # images
_MOST = 500  # folders; of more, those with most images


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Images of one folder.

    Attributes:
        name: its path; ``*/name`` for folders of one name in several classes.
        places: of its images.
    """

    name: str
    places: Places


def find_folders(image_ids: Sequence[str]) -> list[Folder]:
    """Find the folders below the class folders.

    Args:
        image_ids: N ids; posix paths whose first part is the class folder, where images lie in folders at all.

    Returns:
        Folders with five images or more, the largest first, at most 500; of folders that hold the very same images the
        one with the shorter name. None where images lie in their class folders directly.

    Example:
        >>> ids = [f"{name}/{camera}/{n}.png" for name in "ab" for camera in ("left", "right") for n in range(5)]
        >>> [folder.name for folder in find_folders(ids)]
        ['*/left', '*/right', 'a/left', 'a/right', 'b/left', 'b/right']
    """
    found: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(image_ids):
        parts = one.split("/")[:-1]
        for depth in range(1, len(parts)):
            found["/".join(("*", *parts[1 : depth + 1]))].append(place)
            found["/".join(parts[: depth + 1])].append(place)
    large = sorted((name for name in found if len(found[name]) >= _FEWEST), key=lambda name: (len(name), name))
    once = {tuple(found[name]): name for name in reversed(large)}
    names = sorted(once.values(), key=lambda name: (-len(found[name]), name))
    return [Folder(name=name, places=np.array(found[name], dtype=np.intp)) for name in names[:_MOST]]
