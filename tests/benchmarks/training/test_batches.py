import numpy as np
import pytest
import torch

from benchmarks.training.batches import derived_seed, epoch_batches, even_parts, generator_for


@pytest.mark.parametrize(
    ("count", "batch_size", "world"), [(37, 8, 1), (37, 8, 2), (100, 16, 3), (64, 64, 4), (9, 4, 1)]
)
def test_an_epoch_is_every_image_once(count: int, batch_size: int, world: int) -> None:
    ranks = [list(epoch_batches(count, batch_size, seed=0, epoch=1, rank=rank, world=world)) for rank in range(world)]
    seen = np.concatenate([batch.positions for batches in ranks for batch in batches])
    assert sorted(seen) == list(range(count))
    for step in zip(*ranks, strict=True):
        sizes = [len(batch.positions) for batch in step]
        assert max(sizes) - min(sizes) <= 1 and min(sizes) >= 2
        assert {batch.total for batch in step} == {sum(sizes)}
        assert sum(sizes) <= batch_size
    totals = [batch.total for batch in ranks[0]]
    assert max(totals) - min(totals) <= 1 and len(totals) == -(-count // batch_size)


def test_the_order_of_all_processes_together_does_not_depend_on_their_number() -> None:
    def steps(world: int) -> list[list[int]]:
        ranks = [epoch_batches(50, 12, seed=3, epoch=0, rank=rank, world=world) for rank in range(world)]
        return [[int(one) for batch in step for one in batch.positions] for step in zip(*ranks, strict=True)]

    assert steps(1) == steps(2) == steps(3)


def test_every_epoch_and_seed_has_its_order() -> None:
    orders = {
        tuple(np.concatenate([b.positions for b in epoch_batches(30, 8, seed=seed, epoch=epoch, rank=0, world=1)]))
        for seed in (0, 1)
        for epoch in (0, 1)
    }
    assert len(orders) == 4


def test_too_many_processes_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 8 images a batch, 2 a process, got 30 images in batches of up to 6"):
        next(epoch_batches(30, 6, seed=0, epoch=0, rank=0, world=4))


def test_parts_and_seeds() -> None:
    assert [sum(even_parts(count, 3)) for count in range(9)] == list(range(9))
    assert derived_seed(0, "order", 1) != derived_seed(0, "order", 2) != derived_seed(1, "order", 1)
    first, second = (torch.rand(3, generator=generator_for("look", 0)) for _ in range(2))
    assert torch.equal(first, second)
