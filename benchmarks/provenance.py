"""Where figures come from: versions, device and time."""

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

__all__ = ["EXTRAS", "describe_device", "find_version", "installed_versions", "now"]

_PACKAGES = (
    "classifier-audit", "torch", "torchvision", "timm", "numpy", "scipy", "pandas", "pyarrow", "scikit-learn",
    "matplotlib", "seaborn", "pillow", "safetensors",
)  # fmt: skip

EXTRAS = {"frost": ("imagecorruptions",), "hf": ("datasets",)}


def installed_versions() -> dict[str, str]:
    """Versions of Python and of every package that touches a figure."""
    return {"python": platform.python_version()} | {name: find_version(name) for name in _PACKAGES}


def find_version(package: str) -> str:
    """The installed version of a package, or ``missing``."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def describe_device(device: torch.device) -> str:
    """A device in words."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return f"{device} ({platform.machine()}, {torch.get_num_threads()} threads)"


def now() -> dict[str, Any]:
    """The time in UTC, to the second."""
    return {"created": datetime.now(UTC).isoformat(timespec="seconds")}
