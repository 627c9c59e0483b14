"""What machines do to a run: it ends in the same tables, or stops with a clear word and the same command continues."""

import errno
import functools
import io
import itertools
import json
import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
import timm
import torch
from torch import Tensor

import benchmarks.report
import benchmarks.request
import benchmarks.sweep
from benchmarks.checkpoints import write_checkpoint
from benchmarks.classifier import Classifier
from benchmarks.cli import main
from benchmarks.plan import Plan
from benchmarks.sweep import shard_path
from reports.tables import read_tables
from tests.conftest import COLOURS, write_images
from tests.starting import results

CPU = torch.device("cpu")
UNITS = 4  # of 8 images


class Outcome(NamedTuple):
    status: int
    said: str


Audit = Callable[[], Outcome]


@pytest.fixture(scope="module")
def ingredients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty images and a small network that knows their classes."""
    folder = tmp_path_factory.mktemp("faults")
    for name in COLOURS:
        write_images(folder / "data", name, 10)
    torch.manual_seed(0)
    module = timm.create_model("test_resnet", num_classes=3)
    config = json.dumps({"input_size": [3, 32, 32], "crop_pct": 1.0})
    write_checkpoint(module, folder / "w.safetensors", class_names=tuple(COLOURS), data_config=config)
    return folder


@pytest.fixture
def small_units(monkeypatch: pytest.MonkeyPatch) -> None:
    """Units of eight images, and no figures: they are drawn from the tables, which is what is compared here."""
    monkeypatch.setattr(benchmarks.request, "Plan", functools.partial(Plan, block_size=8))
    monkeypatch.setattr(benchmarks.report, "draw_every_figure", lambda _: {})


@pytest.fixture
def audit(
    ingredients: Path,
    small_units: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Audit:
    def call() -> Outcome:
        model = ["--model", "test_resnet", "--checkpoint", ingredients / "w.safetensors", "--profile", "cifar"]
        sizes = [
            "--sections",
            "corruptions",
            "--corruptions",
            "contrast",
            "--severities",
            "1,5",
            "--precision",
            "exact",
        ]
        command = ["audit", *model, *sizes, "--data", ingredients / "data", "--out", tmp_path / "run"]
        monkeypatch.setattr("sys.argv", ["classifier-audit", *map(str, command)])
        try:
            main()
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
        captured = capsys.readouterr()
        return Outcome(status, captured.out + captured.err)

    return call


@pytest.fixture(scope="module")
def whole() -> dict[str, bytes]:
    """The results of a run without any fault; filled by the first test that needs them."""
    return {}


@pytest.fixture
def expected(whole: dict[str, bytes], audit: Audit, tmp_path: Path) -> dict[str, bytes]:
    if not whole:
        assert audit().status == 0
        whole |= results(tmp_path / "run")
        (tmp_path / "run").rename(tmp_path / "faultless")
    assert sum(name.startswith("records/") for name in whole) == UNITS
    return whole


def on_call(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, number: int, fault: Callable[[], None]) -> None:
    """Let ``fault`` strike at the ``number``-th call of a function, and at every one after it if it is not lifted."""
    function, calls = getattr(owner, name), itertools.count(1)

    def struck(*given: object, **named: object) -> object:
        if next(calls) >= number:
            fault()
        return function(*given, **named)

    monkeypatch.setattr(owner, name, struck)


@pytest.mark.parametrize("write", [1, 4, 8])
def test_a_disk_that_is_full(
    audit: Audit, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: int
) -> None:
    """While run.json, a shard or a table is written."""

    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as struck:
        on_call(struck, os, "fsync", 2 * write - 1, full)  # of the file and of its folder
        outcome = audit()
    assert outcome.status == 2
    assert f"bytes in {tmp_path}" in outcome.said.replace("\n", " ") and "make room there" in outcome.said
    assert "the same command continues" in outcome.said
    assert "Traceback" not in outcome.said
    assert not list((tmp_path / "run").rglob(".*.partial")), "what did not fit takes no room"
    assert audit().status == 0
    assert results(tmp_path / "run") == expected


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    (tmp_path / "run").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path / "run")]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a disk")
    yield tmp_path / "run"
    subprocess.run(["umount", str(tmp_path / "run")], check=True)


def test_a_small_disk(audit: Audit, expected: dict[str, bytes], small_disk: Path) -> None:
    outcome = audit()
    assert outcome.status == 2 and "make room there" in outcome.said and "bytes free on that disk" in outcome.said
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    assert audit().status == 0
    assert results(small_disk) == expected


@pytest.mark.parametrize("damage", ["truncated", "footer", "gone"])
def test_a_shard_that_is_damaged_after_the_end(
    audit: Audit, expected: dict[str, bytes], tmp_path: Path, damage: str
) -> None:
    assert audit().status == 0
    shard = shard_path(tmp_path / "run", 2)
    content = shard.read_bytes()
    if damage == "gone":
        shard.unlink()
    else:
        shard.write_bytes(content[: len(content) // 2] if damage == "truncated" else content[:-12] + bytes(12))
    outcome = audit()
    assert outcome.status == 0 and "complete already" not in outcome.said
    assert results(tmp_path / "run") == expected


def test_a_data_folder_that_goes_away(
    audit: Audit, expected: dict[str, bytes], ingredients: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its images must not become records of images that cannot be read, which no later call would repair."""
    data = ingredients / "data"
    with monkeypatch.context() as struck:
        on_call(
            struck, benchmarks.sweep, "write_records", 2, lambda: data.exists() and data.rename(ingredients / "away")
        )
        try:
            outcome = audit()
        finally:
            (ingredients / "away").rename(data)
    assert outcome.status == 2
    assert "got no such file; bring the data back" in outcome.said and "Traceback" not in outcome.said
    assert 0 < len(results(tmp_path / "run")) < UNITS
    assert audit().status == 0
    assert results(tmp_path / "run") == expected


def test_a_data_folder_that_goes_away_after_the_sweep(
    audit: Audit, expected: dict[str, bytes], ingredients: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ingredients / "data"
    with monkeypatch.context() as struck:
        struck.setattr(benchmarks.ranks.Ranks, "end", lambda _: data.rename(ingredients / "away"))
        try:
            outcome = audit()
        finally:
            (ingredients / "away").rename(data)
    assert outcome.status == 2 and "bring the data back" in outcome.said
    assert audit().status == 0
    assert results(tmp_path / "run") == expected


def test_a_disk_that_fails_while_images_are_read(
    audit: Audit, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as struck:
        on_call(struck, benchmarks.sweep, "load_sample", 12, fail)
        outcome = audit()
    assert outcome.status == 2 and "Input/output error; put it right, then the same command" in outcome.said
    assert audit().status == 0
    assert results(tmp_path / "run") == expected


@pytest.mark.parametrize("limit", [4, 0])
def test_memory_that_runs_out(
    audit: Audit, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """With fewer images at once the run goes on; with none it stops, and the units that were done stay."""
    forward, calls = Classifier.forward, itertools.count()

    def greedy(classifier: Classifier, images: Tensor) -> Tensor:
        if next(calls) > 9 and len(images) > limit:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return forward(classifier, images)

    with monkeypatch.context() as struck:
        struck.setattr(Classifier, "forward", greedy)
        outcome = audit()
    if limit:
        assert outcome.status == 0
    else:
        assert outcome.status == 2 and "got out of memory" in outcome.said and "same command continues" in outcome.said
        assert audit().status == 0
    found = results(tmp_path / "run")
    assert set(found) == set(expected)
    for name in found:  # batches of other than a multiple of 16 images may round otherwise
        if name.endswith(".csv"):
            tables = [pd.read_csv(io.BytesIO(one[name])) if one[name].strip() else None for one in (found, expected)]
            if tables[0] is not None:
                pd.testing.assert_frame_equal(*tables, rtol=1e-3, atol=1e-4)


def test_a_network_that_gives_no_numbers(
    audit: Audit, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every image is accounted for, and no figure is made of what is none."""
    forward = Classifier.forward
    with monkeypatch.context() as struck:
        struck.setattr(Classifier, "forward", lambda *given: forward(*given) * torch.nan)
        outcome = audit()
    assert outcome.status == 0, outcome.said
    assert len(read_tables(tmp_path / "run")["skipped"]) == 30
    assert (tmp_path / "run" / "report.html").exists()


def test_a_data_folder_that_cannot_be_written(
    audit: Audit, expected: dict[str, bytes], ingredients: Path, tmp_path: Path
) -> None:
    data = ingredients / "data"
    before = {path: path.stat().st_mtime_ns for path in (data, *data.rglob("*"))}
    for path in before:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert audit().status == 0
    finally:
        for path in before:
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert results(tmp_path / "run") == expected
    assert {path: path.stat().st_mtime_ns for path in (data, *data.rglob("*"))} == before, "root may write all the same"


def test_a_run_folder_that_cannot_be_written(audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    on_call(monkeypatch, os, "fsync", 1, refuse)
    outcome = audit()
    assert outcome.status == 2 and "Read-only file system; put it right" in outcome.said


def test_a_clock_that_jumps(
    audit: Audit, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jumps = random.Random(0)
    monkeypatch.setattr(time, "time", lambda: jumps.uniform(0, 4e9))
    monkeypatch.setattr(time, "time_ns", lambda: jumps.randrange(4 * 10**18))
    assert audit().status == 0
    assert results(tmp_path / "run") == expected
