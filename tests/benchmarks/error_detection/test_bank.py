import torch

from benchmarks.error_detection.bank import candidates_for, copies_for
from benchmarks.preparation import Preparation


def test_copies_keep_the_shape_differ_and_have_names() -> None:
    generator = torch.Generator().manual_seed(0)
    for side in (16, 32, 64, 224):
        bank = copies_for(Preparation(size=(side, side), crop_fraction=1.0))
        images = torch.rand(2, 3, side, side, generator=generator)
        copies = [transform(images) for transform in bank]
        assert all(copy.shape == images.shape and not torch.equal(copy, images) for copy in copies)
        assert len({str(transform) for transform in bank}) == len(bank) >= 8


def test_candidates_begin_with_the_default() -> None:
    preparation = Preparation(size=(32, 40), crop_fraction=1.0)
    default, candidates = copies_for(preparation), candidates_for(preparation)
    assert candidates[: len(default)] == default and len(candidates) > 2 * len(default)
