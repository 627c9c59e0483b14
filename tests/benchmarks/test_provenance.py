from datetime import datetime
from importlib.metadata import version

import torch

from benchmarks.provenance import describe_device, find_version, installed_versions, now


def test_versions_are_those_installed() -> None:
    versions = installed_versions()
    assert versions["torch"] == version("torch")
    assert "missing" not in versions.values()
    assert find_version("no-such-package") == "missing"


def test_the_device_has_its_threads() -> None:
    assert f"{torch.get_num_threads()} threads" in describe_device(torch.device("cpu"))


def test_time_is_in_utc() -> None:
    offset = datetime.fromisoformat(now()["created"]).utcoffset()
    assert offset is not None and offset.total_seconds() == 0
