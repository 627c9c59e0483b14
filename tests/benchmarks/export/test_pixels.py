from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.conditions import CLEAN
from benchmarks.export.pixels import prepared_block, readable_part
from benchmarks.plan import Plan, image_seed
from tests.benchmarks.export.conftest import Sweep

CPU = torch.device("cpu")


def test_what_the_sweep_could_not_read_is_left_out(
    full_plan: Plan, sweep: Sweep, colour_folder: Path, tmp_path: Path
) -> None:
    sweep(full_plan, tmp_path / "whole")
    assert readable_part(full_plan, tmp_path / "whole") is full_plan
    for name in ("blue/000.png", "red/009.png"):
        (colour_folder / name).write_bytes(b"")
    sweep(full_plan, tmp_path / "run")
    part = readable_part(full_plan, tmp_path / "run")
    left = set(full_plan.samples.entries.ids) - set(part.samples.entries.ids)
    assert left == {"blue/000.png", "red/009.png"}


def test_logits_that_are_no_numbers_do_not_make_an_image_unreadable(
    full_plan: Plan, sweep: Sweep, tmp_path: Path
) -> None:
    full_plan.models[0].classifier.std.fill_(float("nan"))
    assert set(sweep(full_plan, tmp_path / "run")["status"]) == {"nonfinite_logits"}
    assert readable_part(full_plan, tmp_path / "run") is full_plan


def test_a_block_holds_the_pixels_and_seeds_of_the_sweep(full_plan: Plan) -> None:
    images, seeds = prepared_block(full_plan, 3, device=CPU)
    assert len(images) == len(seeds) == 6, "the rest of thirty"
    for sample, pixels, seed in zip(full_plan.block(3), images, seeds, strict=True):
        image = full_plan.samples.decode(sample, CLEAN).image
        assert image is not None
        assert torch.equal(pixels, full_plan.models[0].preparation(image))
        assert seed == image_seed(full_plan.seed, sample.image_id)
    assert not torch.equal(seeds, prepared_block(replace(full_plan, seed=1), 3, device=CPU)[1])


def test_a_file_that_is_gone_since_is_an_error(full_plan: Plan, colour_folder: Path) -> None:
    (colour_folder / "red" / "009.png").unlink()
    with pytest.raises(ValueError, match=r"expected .*red/009.png as when the data was indexed, got no such file"):
        prepared_block(full_plan, 3, device=CPU)
