"""The processes that share a sweep: one, or several under torchrun, under srun, or started for ``--devices``.

They share a run folder and a small store of keys, which torchrun has anyway. A counter in it hands out units of work,
so that a slow rank takes fewer of them; no rank waits for another, and there are no collectives. What is lost with a
rank that dies is what it had taken: the first rank computes that at the end, or the next call does. One plain process
goes the same way, with a store of its own.
"""

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import torch
from torch.distributed import HashStore, Store, TCPStore  # type: ignore[attr-defined]  # public, by its documents
from torch.distributed.rendezvous import rendezvous

__all__ = ["HaltedError", "LostRankError", "Ranks", "alone", "client", "host", "join", "world_size"]

_BEAT = 1.0
_PATIENCE = 60.0  # a process that loads libraries over a network is silent for long
_POLL = 0.05
_PENDING, _TURN, _IMAGES, _BAD, _HALT = "pending", "turn", "images", "bad", "halt"


class HaltedError(ValueError):
    """Another rank stopped the sweep; the message is what it said."""


class LostRankError(ValueError):
    """The first rank no longer answers."""


@dataclass(kw_only=True)
class Ranks:
    """One process among those that share a sweep.

    Attributes:
        rank: number of this process; the first one, 0, speaks and makes the page.
        world: how many there are.
        store: where all of them read and write keys.
        departed: tells whether a rank is known to have died; silence tells it in any case.
        patience: seconds of silence after which a rank counts as lost.
    """

    rank: int
    world: int
    store: Store
    departed: Callable[[int], bool] = lambda _: False
    patience: float = field(default_factory=lambda: _PATIENCE)
    _shown: int = 0
    _heard: dict[int, tuple[int, float]] = field(default_factory=dict)

    @property
    def leads(self) -> bool:
        """Whether this is the rank that speaks, opens the run folder and makes the page."""
        return self.rank == 0

    def device(self, chosen: torch.device) -> torch.device:
        """The GPU of this rank among those of its machine, where ``chosen`` is any GPU; else ``chosen``."""
        if str(chosen) != "cuda" or self.world == 1:
            return chosen
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())

    def tell(self, key: str, text: str) -> None:
        """Let every rank read ``text`` under ``key``."""
        self.store.set(key, text)

    def read(self, key: str) -> str:
        """What a rank told under ``key``, once it has.

        Raises:
            HaltedError: another rank stopped the sweep.
            LostRankError: the first rank has been silent for too long.
        """
        while not self.store.check([key]):
            self.obey()
            if self._silent(0):
                raise LostRankError(
                    f"expected rank 0 to answer, got nothing for {self.patience:.0f} s; run the same command again"
                )
            time.sleep(_POLL)
        return bytes(self.store.get(key)).decode()

    def hand_out(self, pending: Sequence[int]) -> None:
        """Offer units to all ranks; the first rank does so once, before any of them asks."""
        self.tell(_PENDING, json.dumps(list(pending), separators=(",", ":")))

    def units(self) -> Iterator[int]:
        """Take units, one after the other, until none is left.

        Raises:
            HaltedError: another rank stopped the sweep.
            LostRankError: the first rank has been silent for too long.
        """
        pending = json.loads(self.read(_PENDING))
        while (turn := self.store.add(_TURN, 1)) <= len(pending):
            self.obey()
            yield pending[turn - 1]

    def count_bad(self, images: int) -> int:
        """Add to the unreadable images of all ranks, and return how many they are now."""
        return int(self.store.add(_BAD, images))

    def count(self, images: int) -> int:
        """Add to the images that all ranks have done, and return how many are new here since the last call."""
        total = int(self.store.add(_IMAGES, images))
        new, self._shown = total - self._shown, total
        return new

    def halt(self, reason: str) -> None:
        """Stop all ranks at their next unit; the first reason counts."""
        if not self.store.check([_HALT]):
            self.tell(_HALT, reason if self.world == 1 else f"rank {self.rank}: {reason}")

    def obey(self) -> None:
        """Stop if a rank halted the sweep.

        Raises:
            HaltedError: it did.
        """
        if self.store.check([_HALT]):
            raise HaltedError(bytes(self.store.get(_HALT)).decode())

    def end(self) -> None:
        """Say that this rank takes no more units and has written those it took."""
        self.tell(f"end/{self.rank}", "")

    def await_others(self, on_images: Callable[[int], None]) -> None:
        """Wait until every other rank has ended or is lost, and show what they do meanwhile.

        Raises:
            HaltedError: another rank stopped the sweep.
        """
        while any(not self._ended(rank) for rank in range(self.world) if rank != self.rank):
            self.obey()
            self._show(on_images)
            time.sleep(_POLL)
        self._show(on_images)

    def _show(self, on_images: Callable[[int], None]) -> None:
        if new := self.count(0):
            on_images(new)

    @contextlib.contextmanager
    def at_work(self) -> Iterator["Ranks"]:
        """Give signs of life, and halt the others if this rank fails."""
        finished = threading.Event()
        if self.world > 1:
            threading.Thread(target=self._beat, args=(finished,), daemon=True).start()
        try:
            yield self
        except BaseException as error:
            with contextlib.suppress(RuntimeError):  # the store may be what failed
                self.halt(str(error) or type(error).__name__)  # a no-op for who was halted
            raise
        finally:
            finished.set()

    def _beat(self, finished: threading.Event) -> None:
        with contextlib.suppress(RuntimeError):  # the store is gone, and with it whoever listened
            while not finished.wait(_BEAT):
                self.store.add(f"beat/{self.rank}", 1)

    def _ended(self, rank: int) -> bool:
        return self.store.check([f"end/{rank}"]) or self.departed(rank) or self._silent(rank)

    def _silent(self, rank: int) -> bool:
        """Whether a rank has given no sign of life for long; by a clock that nobody can set."""
        beats, now = int(self.store.add(f"beat/{rank}", 0)), time.monotonic()
        if self._heard.setdefault(rank, (beats, now))[0] != beats:
            self._heard[rank] = (beats, now)
        return now - self._heard[rank][1] > self.patience


def world_size() -> int:
    """How many processes torchrun or srun started, as their environment says."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def alone() -> Ranks:
    """The only process, with a store of its own.

    Example:
        >>> ranks = alone()
        >>> ranks.hand_out([4, 7])
        >>> list(ranks.units())
        [4, 7]
    """
    return Ranks(rank=0, world=1, store=HashStore())


def join() -> Ranks:
    """Join the processes of torchrun, or of any launcher that sets RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT."""
    if world_size() == 1:
        return alone()
    store, rank, world = next(rendezvous("env://"))
    return Ranks(rank=rank, world=world, store=store)


def host(world: int, departed: Callable[[int], bool]) -> tuple[Ranks, int]:
    """Be the first rank of ``world`` on this machine, and return the port at which the others find its store."""
    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False, timeout=timedelta(seconds=_PATIENCE))
    return Ranks(rank=0, world=world, store=store, departed=departed), store.port


def client(rank: int, world: int, port: int) -> Ranks:
    """Be another rank of a process on this machine."""
    store = TCPStore("127.0.0.1", port, is_master=False, wait_for_workers=False, timeout=timedelta(seconds=_PATIENCE))
    return Ranks(rank=rank, world=world, store=store)
