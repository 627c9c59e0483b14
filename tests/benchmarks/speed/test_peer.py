import numpy as np
import pytest

from benchmarks.speed.peer import calibrate, load_peer, peer_available, stored_seconds
from robustness.corruptions import CORRUPTIONS
from tests.starting import FORKS


def corrupt_once(name: str) -> float:
    corrupted = load_peer()(np.full((64, 64, 3), 100, np.uint8), severity=3, corruption_name=name)
    return float(corrupted.mean())


@pytest.mark.skipif(not peer_available(), reason="needs the package imagecorruptions")
def test_the_peer_runs_on_current_libraries() -> None:
    # In a process of its own, because loading the peer puts names into other modules.
    with FORKS.Pool(1) as pool:
        means = dict(zip(CORRUPTIONS, pool.map(corrupt_once, CORRUPTIONS, chunksize=19), strict=True))
    assert means["pixelate"] == 100
    assert means["brightness"] == pytest.approx(100 + 0.3 * 255, abs=1)
    assert all(0 < mean < 255 for mean in means.values())


def test_stored_rates_cover_every_cell_and_follow_this_machine() -> None:
    stored = stored_seconds()
    assert set(stored) == {(name, severity) for name in CORRUPTIONS for severity in range(1, 6)}
    assert all(seconds > 0 for seconds in stored.values())
    assert stored["glass_blur", 3] > 50 * stored["jpeg_compression", 3]


def test_calibration_takes_time() -> None:
    assert 0 < calibrate() < 10
