import numpy as np
import pytest

from benchmarks.speed import corruptions


def test_rows_are_ratios_of_the_same_rounds() -> None:
    cells = [("fog", 3), ("snow", 3)]
    rounds = [
        {"one": dict.fromkeys(cells, 1.0), "two": dict.fromkeys(cells, 0.5), "peer": dict.fromkeys(cells, 10.0 + turn)}
        for turn in range(3)
    ]
    row = corruptions._row(rounds, cells)
    assert (row["ratio_lowest"], row["ratio"], row["ratio_highest"]) == (10, 11, 12)
    assert row["images_per_second"] == 1
    suites = corruptions._suites(rounds, cells).set_index("suite")
    assert suites.loc["15 x 5", "two_threads"] == 2


def test_crops_are_seeded_parts_of_both_photos() -> None:
    crops = corruptions.photo_crops()
    assert crops.shape == (64, 224, 224, 3)
    assert np.array_equal(crops, corruptions.photo_crops())
    assert len(np.unique(crops.reshape(64, -1), axis=0)) == 64


@pytest.mark.parametrize("threads", [1, 2])
def test_our_worker_times_a_cell(threads: int) -> None:
    before = corruptions.torch.get_num_threads()
    try:
        timed = corruptions._start_ours("cpu", threads)(("brightness", 2))
    finally:
        corruptions.torch.set_num_threads(before)
    assert 0 < timed < 1


def test_a_worker_without_the_peer_reads_the_stored_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corruptions, "peer_available", lambda: False)
    assert corruptions._start_peer()(("fog", 3)) > 0
