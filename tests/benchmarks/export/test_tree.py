from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.conditioning import apply_condition
from benchmarks.datasets.samples import Entries
from benchmarks.export.pixels import prepared_block
from benchmarks.export.tree import check_tree, file_names, write_tree
from benchmarks.plan import Plan
from benchmarks.stored_form import encode_jpegs

CPU = torch.device("cpu")


def renamed(plan: Plan, ids: list[str], class_names: tuple[str, ...] = ("cat",)) -> Plan:
    """The plan with other entries, all of the first class."""
    count = len(ids)
    entries = Entries(
        ids=ids, labels=[0] * count, sizes=[1] * count, rows=range(count), class_names=class_names, prefix=""
    )
    return replace(plan, samples=replace(plan.samples, entries=entries))


@pytest.mark.parametrize(
    ("image_id", "name"),
    [
        ("cat/n01.png", "cat/n01.JPEG"),
        ("cat/deep/n01.tar.gz.webp", "cat/deep/n01.tar.gz.JPEG"),
        ("00017", "cat/00017.JPEG"),
        ("val.tar/set/cat/n01.jpg", "cat/n01.JPEG"),
        ("cat/cat.png", "cat/cat.JPEG"),
        ("../../etc/passwd.png", "cat/etc/passwd.JPEG"),
        ("/etc/passwd.png", "cat/etc/passwd.JPEG"),
        ("shard.tar/.hidden/x.png", "cat/shard.tar/hidden/x.JPEG"),
        ("...png", "cat/_.JPEG"),
    ],
)
def test_a_file_is_named_after_its_image(full_plan: Plan, image_id: str, name: str) -> None:
    assert file_names(renamed(full_plan, [image_id]).samples) == [name]


def test_names_that_would_meet_get_their_number(full_plan: Plan) -> None:
    plan = renamed(full_plan, ["cat/a.png", "cat/b.png", "cat/A.jpg"])
    assert file_names(plan.samples) == ["cat/a-0.JPEG", "cat/b.JPEG", "cat/A-2.JPEG"]
    check_tree(plan)
    with pytest.raises(ValueError, match="expected images of different names for --export, got cat/a-0.jpeg twice"):
        check_tree(renamed(full_plan, ["cat/a.png", "cat/a.jpg", "cat/a-0.png"]))


@pytest.mark.parametrize("name", ["and/or", ".hidden", ".."])
def test_classes_that_are_no_folders_are_refused(full_plan: Plan, name: str) -> None:
    with pytest.raises(ValueError, match="expected class names that can be folders .*--export-layout cifar-c"):
        check_tree(renamed(full_plan, ["0"], (name,)))


@pytest.mark.parametrize("jpeg_roundtrip", [True, False])
def test_files_hold_the_corrupted_images_encoded_once(full_plan: Plan, tmp_path: Path, jpeg_roundtrip: bool) -> None:
    counts: list[int] = []
    plan, out = replace(full_plan, jpeg_roundtrip=jpeg_roundtrip), tmp_path / "out"
    write_tree(plan, out, device=CPU, on_images=counts.append)
    assert sum(counts) == 300 == len([path for path in out.rglob("*") if path.is_file()])
    images, seeds = prepared_block(full_plan, 2, device=CPU)
    expected = encode_jpegs(apply_condition(full_plan, full_plan.conditions[4], images, seeds=seeds))
    folder = out / "gaussian_noise" / "4"
    found = [(folder / image.image_id).with_suffix(".JPEG").read_bytes() for image in full_plan.block(2)]
    assert found == expected


def test_what_is_there_is_left_alone_and_what_is_not_is_made(full_plan: Plan, tmp_path: Path) -> None:
    write_tree(full_plan, tmp_path / "whole", device=CPU, on_images=lambda _: None)
    foreign = tmp_path / "part" / "contrast" / "2" / "red" / "003.JPEG"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"mine")
    (foreign.parent / ".004.JPEG.partial").write_bytes(b"left by a kill")
    counts: list[int] = []
    write_tree(full_plan, tmp_path / "part", device=CPU, on_images=counts.append)
    assert foreign.read_bytes() == b"mine"
    files = {path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole").rglob("*.JPEG")}
    different = [
        one for one in files if (tmp_path / "part" / one).read_bytes() != (tmp_path / "whole" / one).read_bytes()
    ]
    assert different == [Path("contrast/2/red/003.JPEG")]
    assert not list((tmp_path / "part").rglob(".*"))
    assert counts == [80, 80, 80, 60]
