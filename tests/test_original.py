"""Corruptions beside those of the package ``imagecorruptions``, where it follows the original benchmark code.

It does so in all but frost, zoom blur, elastic transform and pixelate; glass blur takes it too long for a test.
Each of these is compared with a slow reference of its own beside its unit tests.
"""

import numpy as np
import pytest
import torch

from benchmarks.speed.corruptions import photo_crops
from benchmarks.speed.peer import load_peer, peer_available
from robustness.corruptions import corrupt
from tests.starting import FORKS

DETERMINISTIC = ("defocus_blur", "brightness", "contrast", "jpeg_compression", "gaussian_blur", "saturate")
RANDOM = ("gaussian_noise", "shot_noise", "impulse_noise", "motion_blur", "snow", "fog", "speckle_noise", "spatter")
DRAWS = 24
pytestmark = pytest.mark.skipif(not peer_available(), reason="needs the package imagecorruptions")


def peer_pictures(cells):
    """For each (name, severity, seed, number of the photo) the peer's result, (H, W, 3) uint8."""
    peer, photos = load_peer(), photo_crops()
    results = []
    for name, severity, seed, photo in cells:
        np.random.seed(seed)  # noqa: NPY002  (the peer knows no other)
        results.append(peer(photos[photo], severity=severity, corruption_name=name))
    return results


def in_own_process(cells):
    with FORKS.Pool(1) as pool:  # loading the peer puts names into other modules
        return pool.apply(peer_pictures, (cells,))


@pytest.fixture(scope="module")
def peers():
    cells = [(name, severity, 0, photo) for name in DETERMINISTIC for severity in range(1, 6) for photo in (0, 1)]
    cells += [(name, 3, seed, 0) for name in RANDOM for seed in range(DRAWS)]
    return dict(zip(cells, in_own_process(cells), strict=True))


def ours(name, severity, seeds, photo):
    image = torch.from_numpy(photo_crops()[photo]).permute(2, 0, 1)
    images = image.expand(len(seeds), -1, -1, -1).contiguous()
    return corrupt(images, name, severity, seeds=torch.tensor(seeds)).permute(0, 2, 3, 1).numpy()


@pytest.mark.parametrize("severity", range(1, 6))
@pytest.mark.parametrize("name", DETERMINISTIC)
def test_deterministic_ones_agree_within_two_levels(peers, name, severity):
    for photo in (0, 1):
        theirs = peers[name, severity, 0, photo].astype(int)
        difference = np.abs(ours(name, severity, [0], photo)[0] - theirs)
        assert (difference <= 2).mean() >= 0.995


def features(picture):
    """Means and deviations of the channels, mean gradients, and the histogram of the levels: (26,)."""
    levels = picture.astype(float)
    slopes = [np.abs(np.diff(levels, axis=axis)).mean() for axis in (0, 1)]
    shares = np.histogram(levels, bins=18, range=(0, 256))[0] / levels.size
    return np.array([*levels.mean((0, 1)), *levels.std((0, 1)), *slopes, *shares])


@pytest.mark.parametrize("name", RANDOM)
def test_random_ones_agree_in_distribution(peers, name):
    theirs = np.array([features(peers[name, 3, seed, 0]) for seed in range(DRAWS)])
    mine = np.array([features(picture) for picture in ours(name, 3, list(range(DRAWS)), 0)])
    spread = np.sqrt((theirs.var(0, ddof=1) + mine.var(0, ddof=1)) / DRAWS)
    # Half a level, or a thousandth of the pixels, is what the 8-bit steps of either side may do.
    floor = np.array([0.5] * 8 + [1e-3] * 18)
    assert (np.abs(theirs.mean(0) - mine.mean(0)) <= 4 * spread + floor).all()
