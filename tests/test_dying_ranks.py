"""Ranks that die at any moment, alone or together: what is left, and who continues, ends in the same bytes."""

import itertools
import random
import threading
import time
from pathlib import Path

import pytest
import torch
from torch.distributed import HashStore

from benchmarks.inference import Engine
from benchmarks.plan import Plan
from benchmarks.ranks import Ranks
from benchmarks.sweep import finished_blocks, run_sweep
from tests.conftest import MakePlan
from tests.starting import results

CPU = torch.device("cpu")


class DeathError(BaseException):
    """A rank is no more."""


@pytest.mark.parametrize("batch", [16, 64])
@pytest.mark.parametrize("world", [1, 2, 3])
def test_ranks_that_die_at_random_change_no_byte(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: int, batch: int
) -> None:
    """Twice the first rank dies at a unit drawn by lot, and others with it; at last others die, which it outlives."""
    plan = make_plan(colour_folder, block_size=2)
    share_units(plan, tmp_path / "whole", world=1, batch=64, deaths={})
    draws = random.Random(10 * world + batch)
    for _ in range(2):
        deaths = {rank: draws.randrange(1, 3) for rank in range(world) if rank == 0 or draws.random() < 0.5}
        assert 0 in share_units(plan, tmp_path / "run", world=world, batch=batch, deaths=deaths)
        assert finished_blocks(plan, tmp_path / "run") < set(plan.blocks)
    deaths = dict.fromkeys(range(1, world), 1)
    assert share_units(plan, tmp_path / "run", world=world, batch=batch, deaths=deaths) == set(deaths)
    assert finished_blocks(plan, tmp_path / "run") == set(plan.blocks)
    assert results(tmp_path / "run") == results(tmp_path / "whole")


def share_units(plan: Plan, run: Path, *, world: int, batch: int, deaths: dict[int, int]) -> set[int]:
    """A sweep by ranks that are threads; each dies after its n-th unit, with the next one taken; who died."""
    store, died = HashStore(), set[int]()
    classifiers = [model.classifier.eval() for model in plan.models]

    def work(rank: int) -> None:
        engines = [Engine(classifier=one, device=CPU, precision="exact", batch_size=batch) for one in classifiers]
        ranks = Ranks(rank=rank, world=world, store=store, departed=died.__contains__, patience=2)
        left = itertools.count(1)

        def on_unit(_: int) -> None:
            time.sleep(0.02)  # so that every rank gets some
            if next(left) >= deaths.get(rank, 10**9) or 0 in died:  # torchrun then stops all
                raise DeathError

        try:
            run_sweep(plan, run, engines, ranks=ranks, on_unit=on_unit)
        except DeathError:
            died.add(rank)
        except ValueError:
            assert 0 in died, "only the first rank's death stops the others"

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(world)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "every rank ends or dies"
    return died
