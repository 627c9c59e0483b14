import numpy as np
import pytest
import torch

from robustness.corruptions.draws import words
from robustness.kernels.draws import fill_words, stream_state
from robustness.kernels.jit import compiled


@compiled
def draw(key, stream, first, out):
    low, high = stream_state(key, stream)
    fill_words(low, high, first, out)


@pytest.mark.parametrize("key", [0, 1, -1, 2**63 - 1, -(2**63), 1234567])
@pytest.mark.parametrize("stream", [0, 1, 5])
def test_words_are_those_of_torch(key, stream):
    out = np.empty(50, np.uint32)
    draw(key, stream, 7, out)
    expected = words(torch.tensor([key]), 57, stream=stream)[0, 7:]
    assert out.view(np.int32).tolist() == expected.tolist()
