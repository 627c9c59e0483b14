import pytest
import torch

from benchmarks.speed import ranks


def test_rates_are_ratios_of_the_same_turns() -> None:
    table = ranks._rates({1: [4.0, 8.0, 4.0], 2: [2.0, 5.0, 2.0]}, images=80).set_index("ranks")
    assert table.loc[1, "ratio"] == 1
    assert table.loc[2, ["ratio", "ratio_lowest", "ratio_highest"]].tolist() == [2, 1.6, 2]
    assert table.loc[2, "images_per_second"] == pytest.approx(40)


def test_one_worker_and_two_take_turns(shorter_default: None, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = ranks._plan()
    assert len(plan.samples.entries) == 898 and len(plan.blocks) == 29 and len(plan.conditions) == 11
    done: list[tuple[int, int]] = []
    monkeypatch.setattr(ranks, "_ROUNDS", 1)
    monkeypatch.setattr(ranks, "started", lambda start: _Here(done))
    (table,) = ranks.measure_ranks(torch.device("cpu"))
    assert table["ranks"].tolist() == [1, 2] and (table["images_per_second"] > 0).all()
    assert sorted(done) == [(1, 2)] * 2 + [(1, 3)] * 2 + [(2, 3)] * 2, "one worker, then both, in every turn"


class _Here:
    """A worker that takes all units it can, without computing them."""

    def __init__(self, done: list[tuple[int, int]]) -> None:
        self.done = done

    def __enter__(self) -> "_Here":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def round(self, run: str, rank: int, world: int, port: int) -> None:
        assert set(ranks.client(rank, world, port).units()) <= set(range(29))
        self.done.append((rank, world))
