"""Ranks as threads that share a store: every unit once, whoever dies, and one word stops all."""

import os
import threading
import time
from collections.abc import Callable
from itertools import chain

import pytest
import torch
from torch.distributed import HashStore, Store

import benchmarks.ranks
from benchmarks.ranks import HaltedError, LostRankError, Ranks, alone, client, host, join

CPU = torch.device("cpu")


def team(world: int, store: Store | None = None, patience: float = 60) -> list[Ranks]:
    shared = store or HashStore()
    return [Ranks(rank=rank, world=world, store=shared, patience=patience) for rank in range(world)]


def in_threads(work: Callable[[Ranks], object], ranks: list[Ranks]) -> None:
    threads = [threading.Thread(target=work, args=(one,)) for one in ranks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()


def test_every_unit_is_taken_once_by_whoever_is_free() -> None:
    ranks = team(3)
    taken: dict[int, list[int]] = {rank: [] for rank in range(3)}

    def work(one: Ranks) -> None:
        if one.leads:
            one.hand_out(range(10, 40))
        for unit in one.units():
            taken[one.rank].append(unit)
            time.sleep(0.02 if one.rank == 2 else 0.001)

    in_threads(work, ranks)
    assert sorted(chain.from_iterable(taken.values())) == list(range(10, 40))
    assert len(taken[2]) < len(taken[0]), "a slow rank takes fewer"
    assert all(units == sorted(units) for units in taken.values())


def test_progress_is_that_of_all_ranks() -> None:
    first, second = team(2)
    assert second.count(8) == 8
    assert first.count(3) == 11, "what the other did counts too"
    assert first.count(0) == 0
    assert second.count(1) == 4


def test_unreadable_images_are_counted_over_all_ranks() -> None:
    first, second = team(2)
    assert (first.count_bad(2), second.count_bad(3), first.count_bad(0)) == (2, 5, 5)


def test_a_rank_that_fails_stops_the_others_with_its_reason() -> None:
    first, second = team(2)
    first.hand_out([1, 2, 3])
    units = first.units()
    next(units)
    with pytest.raises(ValueError, match="no disk"), second.at_work():
        raise ValueError("no disk")
    with pytest.raises(HaltedError, match="^rank 1: no disk$"):
        next(units)
    with pytest.raises(HaltedError), second.at_work():
        second.obey()
    assert bytes(first.store.get("halt")) == b"rank 1: no disk", "who obeys does not give the reason"


def test_the_first_waits_for_all_that_are_alive_and_shows_their_work() -> None:
    first, second = team(2)
    shown: list[int] = []

    def later() -> None:
        with second.at_work():
            for _ in range(3):
                time.sleep(0.1)
                second.count(5)
            second.end()

    thread = threading.Thread(target=later)
    thread.start()
    first.await_others(shown.append)
    thread.join()
    assert sum(shown) == 15


@pytest.mark.parametrize("known", [True, False])
def test_nobody_waits_for_a_rank_that_died(known: bool) -> None:
    (first, _) = team(2, patience=60 if known else 0.2)
    first.departed = lambda rank: known and rank == 1
    started = time.monotonic()
    first.await_others(lambda _: None)
    assert time.monotonic() - started < 10


def test_signs_of_life_outlast_any_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmarks.ranks, "_BEAT", 0.01)
    first, second = team(2, patience=1)
    with second.at_work():
        for _ in range(30):
            assert not first._silent(1)
            time.sleep(0.05)


def test_a_lost_first_rank_is_told() -> None:
    (_, second) = team(2, patience=0.1)
    with pytest.raises(LostRankError, match="expected rank 0 to answer.*run the same command again"):
        list(second.units())


def test_clocks_that_jump_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = team(2, patience=30)
    monkeypatch.setattr(time, "time", iter(range(10**9, 0, -(10**6))).__next__)
    first.hand_out([4])
    assert list(second.units()) == [4]
    second.end()
    first.await_others(lambda _: None)


def test_alone_goes_the_same_way() -> None:
    with alone().at_work() as only:
        only.hand_out([3, 5])
        assert only.leads and list(only.units()) == [3, 5]
        only.end()
        only.await_others(lambda _: None)
    with pytest.raises(HaltedError, match="^full$"):
        only.halt("full")
        only.obey()


def test_two_processes_of_a_machine_find_each_other_by_port() -> None:
    first, port = host(2, lambda _: False)
    second = client(1, 2, port)
    first.hand_out([7])
    assert list(second.units()) == [7]
    second.end()
    first.await_others(lambda _: None)


def test_the_launchers_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert join().world == 1
    _, port = host(1, lambda _: False)
    for name, value in {"RANK": 1, "WORLD_SIZE": 2, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv("TORCHELASTIC_USE_AGENT_STORE", "True")
    joined = join()
    assert (joined.rank, joined.world) == (1, 2) and not joined.leads


@pytest.mark.parametrize(
    ("local", "chosen", "expected"), [("0", "cuda", "cuda:0"), ("3", "cuda", "cuda:1"), ("1", "cpu", "cpu")]
)
def test_each_rank_has_its_own_gpu(monkeypatch: pytest.MonkeyPatch, local: str, chosen: str, expected: str) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setitem(os.environ, "LOCAL_RANK", local)
    assert team(4)[1].device(torch.device(chosen)) == torch.device(expected)
    assert team(4)[1].device(torch.device("cuda:1")) == torch.device("cuda:1"), "what was named stays"
    assert alone().device(torch.device("cuda")) == torch.device("cuda")
