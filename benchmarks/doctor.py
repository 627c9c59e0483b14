"""The doctor: what is installed, what runs where, what is missing."""

import os
from collections.abc import Iterator

import torch

from benchmarks.allocator import keep_freed_pages
from benchmarks.embedded import cache_folder
from benchmarks.inference import Engine
from benchmarks.provenance import EXTRAS, describe_device, find_version, installed_versions

__all__ = ["findings"]


def findings() -> Iterator[tuple[str, str]]:
    """Yield (name, finding) pairs, in the order of a report."""
    yield from installed_versions().items()
    for device in _devices():
        engine = Engine(classifier=torch.nn.Identity(), device=device)
        yield f"device {device}", f"{describe_device(device)}; --precision auto means {engine}"
    yield "freed memory", "kept in the process (mallopt)" if keep_freed_pages() else "returned by the C library"
    folder = cache_folder()
    yield "cache folder", f"{folder} ({'exists' if folder.exists() else 'made when needed'})"
    yield "network", "off (HF_HUB_OFFLINE)" if os.environ.get("HF_HUB_OFFLINE") == "1" else "used when a model needs it"
    for extra, packages in EXTRAS.items():
        versions = {package: find_version(package) for package in packages}
        found = ", ".join(f"{package} {found}" for package, found in versions.items())
        missing = "missing" in versions.values()
        yield f"extra {extra}", f"{found}" + (f"; pip install 'classifier-audit[{extra}]'" if missing else "")


def _devices() -> list[torch.device]:
    accelerators = [torch.device("cuda", index) for index in range(torch.cuda.device_count())]
    return [torch.device("cpu"), *accelerators]
