import torch

from benchmarks.explanations.colours import full_colour


def test_one_percent_of_the_pixels_exceed_it() -> None:
    values = torch.randn(100, 100, generator=torch.Generator().manual_seed(0))
    assert abs(float((values.abs() > full_colour(values)).double().mean()) - 0.01) < 0.001


def test_sparse_empty_and_broken_maps_have_a_scale() -> None:
    sparse = torch.zeros(20, 20)
    sparse[3, 4] = -7.0
    assert full_colour(sparse) == 7.0
    assert full_colour(torch.zeros(4, 4)) == 1.0
    assert full_colour(torch.full((4, 4), float("nan"))) == 1.0
    sparse[0, 0] = float("inf")
    assert full_colour(sparse) == 7.0
