import numpy as np
import pytest
import torch
from scipy import ndimage

from robustness.corruptions.smoothing import WEIGHT_UNIT, gaussian_matrix, gaussian_taps, smooth, sources


def fields_of(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


@pytest.mark.parametrize("border", ["reflect", "nearest"])
@pytest.mark.parametrize("sigma, truncate", [(0.5, 4), (2.44, 3), (19.52, 3), (170.8, 3), (0, 3)])
@pytest.mark.parametrize("shape", [(64, 64), (20, 45), (1, 30), (3, 2), (1, 1)], ids=str)
def test_equals_scipy(shape, sigma, truncate, border):
    fields = fields_of(2, *shape)
    ours = smooth(fields, sigma, truncate=truncate, border=border).numpy()
    for field, result in zip(fields.double().numpy(), ours, strict=True):
        expected = ndimage.gaussian_filter(field, sigma, mode=border, truncate=truncate)
        assert np.abs(result - expected).max() < 1e-6


def test_sums_are_exact_so_that_their_order_cannot_matter():
    fields = fields_of(3, 70, 70)
    ours = smooth(fields, 5, truncate=3, border="reflect")
    matrix = gaussian_matrix(70, 5, 3, "reflect").mul(2**24).round().long()
    whole = fields.double().mul(2**22).round().long()

    def rounded(products):  # half to even, as in the module
        return products.double().mul(2.0**-24).round().long()

    down = rounded((whole.transpose(1, 2)[:, :, None, :] * matrix).sum(3)).transpose(1, 2)
    across = rounded((down[:, :, None, :] * matrix).sum(3))
    assert torch.equal(ours.mul(2**22).long(), across)


@pytest.mark.parametrize("border", ["reflect", "nearest"])
@pytest.mark.parametrize("side", [1, 5, 40])
def test_the_matrix_is_a_convolution_of_the_padded_line(side, border):
    taps, line = gaussian_taps(4, 3), fields_of(side).double()
    padded = line[sources(side, len(taps) // 2, border)]
    expected = padded.unfold(0, len(taps), 1) @ taps * WEIGHT_UNIT
    assert (gaussian_matrix(side, 4, 3, border) @ line - expected).abs().max() < 1e-12


def test_places_outside_come_from_inside():
    assert sources(3, 4, "nearest").tolist() == [0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2]
    assert sources(3, 4, "reflect").tolist() == [2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0]


@pytest.mark.parametrize("sigma", [0.5, 19.52, 170.8])
def test_taps_are_whole_and_add_up_to_one(sigma):
    taps = gaussian_taps(sigma, 3)
    assert torch.equal(taps, taps.round())
    assert torch.equal(taps, taps.flip(0))
    assert taps.sum().item() * WEIGHT_UNIT == pytest.approx(1, abs=1e-5)


def test_a_field_does_not_depend_on_its_neighbours():
    fields = fields_of(7, 50, 41)
    together = smooth(fields, 3, truncate=4, border="nearest")
    alone = torch.cat([smooth(field[None], 3, truncate=4, border="nearest") for field in fields])
    assert torch.equal(together, alone)


@pytest.mark.parametrize("border", ["reflect", "nearest"])
def test_a_constant_stays_and_the_input_too(border):
    fields = torch.full((1, 40, 9), 0.75)
    assert (smooth(fields, 30, truncate=3, border=border) - 0.75).abs().max() < 1e-5
    assert fields.unique().tolist() == [0.75]
