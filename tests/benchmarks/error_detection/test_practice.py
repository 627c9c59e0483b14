import torch

from benchmarks.error_detection.practice import Practice


def test_it_is_read_back_as_it_was_written() -> None:
    practice = Practice(ids=["b", "a", "b"], log_odds=torch.rand(3, 4, dtype=torch.float64))
    again = Practice.from_arrow(practice.to_arrow())
    assert again.ids == practice.ids and torch.equal(again.log_odds, practice.log_odds)
    empty = Practice(ids=[], log_odds=torch.empty(0, 4, dtype=torch.float64))
    assert len(Practice.from_arrow(empty.to_arrow()).log_odds) == 0


def test_rows_of_some_images_stay_together() -> None:
    practice = Practice(ids=["b", "a", "b"], log_odds=torch.arange(3.0)[:, None])
    assert practice.of(["b"]).log_odds.flatten().tolist() == [0, 2]
    assert not len(practice.of([]).ids)
