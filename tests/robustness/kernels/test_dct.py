import numpy as np
import pytest
from scipy.fft import dctn, idctn

from robustness.kernels.dct import BAND, code_rows, lane_steps


def coded(samples, steps):
    out = np.empty(samples.shape, np.uint8)
    code_rows(samples, *lane_steps(steps), out)
    return out


def noise(groups):
    return np.random.default_rng(groups).integers(-128, 128, (8, groups * BAND), dtype=np.int32)


@pytest.mark.parametrize("groups", [1, 2, 3])
@pytest.mark.parametrize("step", [1, 3, 16, 99, 255])
def test_is_near_to_the_cosine_transform(groups, step):
    steps = np.arange(step, step + 64, dtype=np.int32).clip(1, 255).reshape(8, 8)
    samples = noise(groups)
    blocks = samples.reshape(8, -1, 8).transpose(1, 0, 2)
    waves = np.rint(dctn(blocks, norm="ortho", axes=(1, 2)) / steps) * steps
    expected = (idctn(waves, norm="ortho", axes=(1, 2)) + 128).clip(0, 255).transpose(1, 0, 2).reshape(8, -1)
    error = np.abs(coded(samples, steps) - expected)
    # Where a wave lies midway between two multiples, the transform's rounding decides, which moves its block.
    assert np.median(error) < 0.4
    assert error.mean() < 1.2


def test_blocks_do_not_touch_each_other():
    steps = np.full((8, 8), 20, np.int32)
    samples = noise(2)
    changed = samples.copy()
    changed[:, 136:144] = 5
    same = coded(samples, steps) == coded(changed, steps)
    assert same[:, :136].all()
    assert same[:, 144:].all()
    assert not same[:, 136:144].all()


def test_steps_of_one_lose_at_most_a_level():
    samples = noise(1) // 2
    assert np.abs(coded(samples, np.ones((8, 8), np.int32)).astype(int) - 128 - samples).max() <= 1


def test_lane_steps_hold_each_step_for_every_lane():
    steps, reciprocals = lane_steps(np.arange(1, 65).reshape(8, 8))
    assert steps.reshape(64, -1).min(1).tolist() == list(range(1, 65))
    assert steps.reshape(64, -1).max(1).tolist() == list(range(1, 65))
    assert np.allclose(steps * reciprocals, 1 / 8)
