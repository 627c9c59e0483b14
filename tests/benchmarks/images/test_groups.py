import numpy as np
import pandas as pd

from benchmarks.images.groups import GROUPS


def test_the_more_confident_half_of_the_wrong_and_all_correct_ones() -> None:
    frame = pd.DataFrame(
        {"correct": [True, False, None, False, False], "max_probability": [0.9, 0.8, np.nan, 0.4, 0.6]}
    )
    chosen, against = GROUPS["confidently_wrong"].choose(frame)
    assert chosen.tolist() == [False, True, False, False, True]
    assert against.tolist() == [True, False, False, False, False]


def test_fragile_images_are_correct_ones_that_change_most() -> None:
    flips = [0.0, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.9]
    frame = pd.DataFrame({"correct": [True] * 8 + [False], "corrupted_flips": [*flips, 1.0]})
    chosen, against = GROUPS["fragile"].choose(frame)
    assert np.flatnonzero(chosen).tolist() == [6, 7] and np.flatnonzero(against).tolist() == [0, 1, 2, 3]
    assert not GROUPS["fragile"].choose(frame.assign(corrupted_flips=0.0))[0].any(), "none is more fragile than others"
    assert not GROUPS["fragile"].choose(frame[["correct"]])[0].any()
