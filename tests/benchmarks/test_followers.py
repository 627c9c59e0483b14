"""Ranks that follow: they take units of the run that the first one opened, or say why they cannot."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.distributed import DistNetworkError, HashStore

import benchmarks.followers
from benchmarks.followers import Share, announce_run, follow, gathered
from benchmarks.plan import Plan
from benchmarks.ranks import HaltedError, LostRankError, Ranks
from benchmarks.request import Request, Resolved, model_requests
from benchmarks.runs import open_run
from benchmarks.sweep import finished_blocks
from tests.conftest import MakePlan

CPU = torch.device("cpu")
REQUEST = Request(models=model_requests(["colour"], []), data="data")


@pytest.fixture
def resolved(make_plan: MakePlan, colour_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Resolved:
    """What every request resolves to."""
    found = Resolved(plan=make_plan(colour_folder), label_match="3 of 3", preset="quick")
    monkeypatch.setattr(benchmarks.followers, "resolve", lambda request: found)
    return found


@pytest.fixture
def pair() -> tuple[Ranks, Ranks]:
    store = HashStore()
    first, second = (Ranks(rank=rank, world=2, store=store, patience=20) for rank in (0, 1))
    return first, second


def opened(resolved: Resolved, run: Path, first: Ranks, *, work: bool = True) -> Plan:
    open_run(resolved, run, device=CPU, command="")
    announce_run(first, resolved.plan, run, work=work)
    return resolved.plan


def test_a_follower_takes_the_units_that_are_there_and_says_nothing(
    resolved: Resolved, pair: tuple[Ranks, Ranks], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = pair
    plan = opened(resolved, tmp_path / "run", first)
    first.hand_out([1, 3])
    follow(Share(request=REQUEST, out=tmp_path / "run", device="cpu"), second)
    assert finished_blocks(plan, tmp_path / "run") == {1, 3}
    assert first.count(0) == 8 + 6, "the first rank sees the images"
    first.await_others(lambda _: None)
    assert capsys.readouterr() == ("", "")


def test_nothing_left_is_nothing_to_do(resolved: Resolved, pair: tuple[Ranks, Ranks], tmp_path: Path) -> None:
    opened(resolved, tmp_path / "run", pair[0], work=False)
    follow(Share(request=REQUEST, out=tmp_path / "run", device="cpu"), pair[1])
    assert not (tmp_path / "run" / "records").exists()


def test_other_images_here_than_there_are_an_error(
    resolved: Resolved, pair: tuple[Ranks, Ranks], tmp_path: Path
) -> None:
    there = replace(resolved, plan=replace(resolved.plan, seed=1))
    opened(there, tmp_path / "run", pair[0])
    with pytest.raises(ValueError, match="expected the same models, weights and images on every machine"):
        follow(Share(request=REQUEST, out=tmp_path / "run", device="cpu"), pair[1])


def test_a_folder_that_the_machines_do_not_share_is_an_error(
    resolved: Resolved, pair: tuple[Ranks, Ranks], tmp_path: Path
) -> None:
    opened(resolved, tmp_path / "there", pair[0])
    with pytest.raises(
        ValueError, match=r"expected the run folder .*there of rank 0, got none at .*here; choose --out"
    ):
        follow(Share(request=REQUEST, out=tmp_path / "here", device="cpu"), pair[1])


def at_once(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_one_rank_trains_the_embedded_network_and_the_others_wait(
    resolved: Resolved, pair: tuple[Ranks, Ranks], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = pair
    order: list[str] = []
    monkeypatch.setattr(benchmarks.followers, "resolve", lambda request: order.append("resolved") or resolved)
    thread = at_once(lambda: follow(Share(request=Request(), out=tmp_path / "run", device="cpu"), second))
    thread.join(0.2)
    order.append("trained")
    opened(resolved, tmp_path / "run", first)
    first.hand_out([])
    thread.join(20)
    assert order == ["trained", "resolved"]


def test_a_mistake_that_all_make_is_told_by_the_first(pair: tuple[Ranks, Ranks], tmp_path: Path) -> None:
    """The others wait until it has stopped them, and say nothing; a mistake of their own they tell."""
    first, second = pair
    share = Share(request=replace(REQUEST, data=str(tmp_path / "nowhere")), out=tmp_path / "run", device="cpu")
    with pytest.raises(ValueError, match="no such data"), first.at_work():
        raise ValueError("no such data")
    with pytest.raises(SystemExit, match="2"), second.at_work():
        follow(share, second)
    fresh = Ranks(rank=1, world=2, store=HashStore())
    fresh.tell("opened", "{}")
    with pytest.raises((ValueError, FileNotFoundError), match=r"colour|nowhere"):
        follow(share, fresh)


def test_alone_unless_a_launcher_or_devices_say_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with gathered(Share(request=REQUEST)) as ranks:
        assert ranks.world == 1 and ranks.leads


def test_devices_that_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        pytest.raises(ValueError, match="expected --device as one that is here"),
        gathered(Share(request=REQUEST), ["cpu", "abacus"]),
    ):
        pytest.fail("started")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ValueError, match="either --devices or torchrun"), gathered(Share(request=REQUEST), ["cpu"]):
        pytest.fail("started")


class Gone:
    """The store of a rank whose machine is off."""

    def __getattr__(self, _: str) -> Callable[..., None]:
        def call(*_: object) -> None:
            raise DistNetworkError("Connection reset by peer\nframe #0")

        return call


def test_a_store_that_is_gone_is_a_clear_stop(resolved: Resolved, tmp_path: Path) -> None:
    lost = Ranks(rank=1, world=2, store=Gone())  # type: ignore[arg-type]
    with pytest.raises(
        LostRankError, match="got Connection reset by peer; look there for the reason, then run the same"
    ):
        follow(Share(request=REQUEST, out=tmp_path, device="cpu"), lost)


def test_who_fails_stops_the_others(pair: tuple[Ranks, Ranks]) -> None:
    first, second = pair
    with pytest.raises(KeyError), second.at_work():
        raise KeyError("lost")
    with pytest.raises(HaltedError, match="rank 1: 'lost'"):
        first.obey()
