import errno
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.conditioning import apply_condition
from benchmarks.export.arrays import check_arrays, write_arrays
from benchmarks.export.pixels import prepared_block
from benchmarks.plan import Plan
from reports.records import FullDiskError
from tests.conftest import SIDE

CPU = torch.device("cpu")


@pytest.mark.parametrize("jpeg_roundtrip", [True, False])
def test_rows_are_severity_by_severity_what_the_models_saw(
    full_plan: Plan, tmp_path: Path, jpeg_roundtrip: bool
) -> None:
    plan, counts = replace(full_plan, jpeg_roundtrip=jpeg_roundtrip), list[int]()
    folder = tmp_path / "out"
    folder.mkdir()
    write_arrays(plan, folder, device=CPU, on_images=counts.append)
    assert sum(counts) == 300
    assert {path.name for path in folder.iterdir()} == {
        "gaussian_noise.npy", "contrast.npy", "labels.npy", "class_names.txt",
    }  # fmt: skip
    rows = np.load(folder / "gaussian_noise.npy")
    assert rows.shape == (150, SIDE, SIDE, 3) and rows.dtype == np.uint8
    images, seeds = prepared_block(plan, 1, device=CPU)
    for severity, condition in enumerate(plan.conditions[1:6]):
        expected = apply_condition(plan, condition, images, seeds=seeds).permute(0, 2, 3, 1).numpy()
        np.testing.assert_array_equal(rows[severity * 30 + 8 : severity * 30 + 16], expected)
    assert np.load(folder / "labels.npy").tolist() == list(plan.samples.entries.labels) * 5
    assert (folder / "class_names.txt").read_text() == "blue\ngreen\nred\n"


def test_a_stopped_export_goes_on_with_the_next_array(full_plan: Plan, tmp_path: Path) -> None:
    whole, part = tmp_path / "whole", tmp_path / "part"
    whole.mkdir()
    part.mkdir()
    write_arrays(full_plan, whole, device=CPU, on_images=lambda _: None)
    (part / "gaussian_noise.npy").write_bytes(b"finished before")
    (part / ".contrast.npy.partial").write_bytes(b"cut")
    counts: list[int] = []
    write_arrays(full_plan, part, device=CPU, on_images=counts.append)
    assert sum(counts) == 300
    assert (part / "gaussian_noise.npy").read_bytes() == b"finished before"
    assert (part / "contrast.npy").read_bytes() == (whole / "contrast.npy").read_bytes()
    assert not list(part.glob(".*"))


def test_room_is_taken_before_pages_are_written(
    full_plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mapped page that finds no room on the disk would kill the process with SIGBUS."""

    def full(handle: int, start: int, size: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(FullDiskError, match=f"expected room for {150 * SIDE * SIDE * 3 + 128:,} bytes in {tmp_path}"):
        write_arrays(full_plan, tmp_path, device=CPU, on_images=lambda _: None)
    assert not list(tmp_path.glob("*.npy"))


def test_some_severities_or_names_do_not_fill_arrays(full_plan: Plan) -> None:
    check_arrays(full_plan)
    with pytest.raises(ValueError, match="expected all five severities for --export-layout cifar-c, got 1, 2, 3;"):
        check_arrays(replace(full_plan, conditions=full_plan.conditions[:4]))
    for name in ("two\nlines", " padded", ""):
        entries = replace(full_plan.samples.entries, class_names=("blue", "green", name))
        with pytest.raises(ValueError, match="expected class names that are lines"):
            check_arrays(replace(full_plan, samples=replace(full_plan.samples, entries=entries)))
