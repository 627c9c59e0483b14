"""The package ``imagecorruptions`` on current libraries: what its release from 2020 misses is put in place.

For a process of its own, whose modules this changes. Nothing of the package is altered but the names that it
imports; its arithmetic stays as it was released.

Reference:
    C. Michaelis et al., "Benchmarking Robustness in Object Detection", 2019,
    https://github.com/bethgelab/imagecorruptions
"""

import sys
import time
import types
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["calibrate", "load_peer", "peer_available", "stored_seconds"]

_STORED = Path(__file__).parent / "imagecorruptions.csv"

_NEEDED = ("imagecorruptions", "cv2", "skimage", "scipy")


def peer_available() -> bool:
    """Whether the package and the libraries that it uses are installed."""
    return all(find_spec(name) is not None for name in _NEEDED)


def load_peer() -> Callable[..., Any]:
    """Load the package's ``corrupt(image, severity=, corruption_name=)``, on one thread.

    Raises:
        ImportError: the package is not installed.
    """
    if not peer_available():
        raise ImportError("expected the package imagecorruptions, got none; pip install 'classifier-audit[frost]'")
    warnings.filterwarnings("ignore")
    _restore_removed_names()
    import_module("cv2").setNumThreads(1)
    corrupt: Callable[..., Any] = import_module("imagecorruptions").corrupt
    return corrupt


def stored_seconds() -> dict[tuple[str, int], float]:
    """What the package takes for one photo of 224 px, for machines where it cannot be installed.

    Measured once on a known machine, and scaled by how long the same calibration takes on this one.
    """
    table = pd.read_csv(_STORED)
    seconds = table["seconds"] * calibrate() / table["calibration_seconds"]
    return dict(zip(zip(table["corruption"], table["severity"], strict=True), seconds, strict=True))


def calibrate() -> float:
    """Seconds of a fixed piece of single-threaded NumPy work on arrays of a photo's size; the best of five."""
    values = np.random.default_rng(0).random((3, 224, 224))
    durations = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(4):
            np.sort(np.exp(values), axis=2)
            np.fft.fft2(values)
        durations.append(time.perf_counter() - start)
    return min(durations)


def _restore_removed_names() -> None:
    """Names that NumPy 2, SciPy 1.15, scikit-image 0.23 and setuptools 82 no longer have."""
    filters: Any = import_module("skimage.filters")
    numpy: Any = np
    numpy.float_ = np.float64
    interpolation: Any = types.ModuleType("scipy.ndimage.interpolation")
    interpolation.map_coordinates = import_module("scipy.ndimage").map_coordinates
    resources: Any = types.ModuleType("pkg_resources")
    resources.resource_filename = _resource
    sys.modules |= {"scipy.ndimage.interpolation": interpolation, "pkg_resources": resources}
    present = filters.gaussian

    def gaussian(image: Any, sigma: float = 1, *, multichannel: bool = False, **others: Any) -> Any:
        return present(image, sigma=sigma, channel_axis=-1 if multichannel else None, **others)

    filters.gaussian = gaussian


def _resource(module: str, name: str) -> str:
    return str(Path(sys.modules[module].__file__ or "").parent / name)
