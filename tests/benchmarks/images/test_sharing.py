import numpy as np
import pandas as pd

from benchmarks.images.sharing import SHARED, image_quantities, shared_table


def images(count: int, *, seed: int = 0, quantities: int = 1) -> pd.DataFrame:
    """Images of four classes whose class says much of every quantity, and classes of different difficulty."""
    generator = np.random.default_rng(seed)
    label = generator.integers(4, size=count)
    correct = generator.random(count) > 0.05 + 0.15 * label
    frame = pd.DataFrame({"model": "m", "image_id": [f"{one:04d}" for one in range(count)], "label": label.astype(str)})
    frame = frame.assign(correct=correct, max_probability=generator.random(count))
    noise = {f"factor_fc_{k}": 10.0 * label + generator.normal(size=count) for k in range(quantities)}
    return pd.concat([frame, pd.DataFrame(noise)], axis=1)


def test_a_difference_within_classes_is_found_and_classes_themselves_are_none() -> None:
    frame = images(800)
    median = frame.loc[~frame["correct"], "max_probability"].median()
    wrong = ~frame["correct"] & (frame["max_probability"] >= median)
    frame["factor_fc_moved"] = frame["factor_fc_0"] + 1.5 * wrong
    table = shared_table(frame, seed=0)
    assert list(table.columns) == SHARED
    rows = table[table["group"] == "confidently_wrong"].set_index("quantity")
    moved, still = rows.loc["factor_fc_moved"], rows.loc["factor_fc_0"]
    assert rows.index[0] == "factor_fc_moved", "the larger one first"
    assert moved["low"] < 1.5 < moved["high"] and moved["low"] > 0.8
    assert still["low"] < 0 < still["high"]
    assert still["mean"] - frame.loc[frame["correct"], "factor_fc_0"].mean() > 5, "unmatched it would look large"
    assert "max_probability" not in rows.index, "they were chosen by it"


def test_the_value_is_that_of_a_plain_loop() -> None:
    frame = images(60, seed=1)
    wrong = frame[~frame["correct"]]
    wrong = wrong[wrong["max_probability"] >= wrong["max_probability"].median()]
    apart = [
        row.factor_fc_0 - frame.loc[frame["correct"] & (frame["label"] == row.label), "factor_fc_0"].mean()
        for row in wrong.itertuples()
    ]
    (row,) = shared_table(frame, seed=0).to_dict("records")
    assert np.isclose(row["value"], np.mean(apart)) and row["n"] == len(wrong)
    assert np.isclose(row["mean"] - row["against"], row["value"])


def test_intervals_of_noise_hold_zero_about_as_often_as_they_claim() -> None:
    tables = [shared_table(images(150, seed=seed, quantities=20), seed=seed) for seed in range(3)]
    rows = pd.concat(tables)
    rows = rows[rows["group"] == "confidently_wrong"]
    missed = float(((rows["low"] > 0) | (rows["high"] < 0)).mean())
    assert len(rows) == 60 and missed <= 0.1


def test_checks_of_maps_are_averaged_over_methods_without_the_control() -> None:
    frame = pd.DataFrame(
        {
            "explain_occlusion_insertion_blurred": [0.2, np.nan],
            "explain_grad_cam_insertion_blurred": [0.4, np.nan],
            "explain_random_insertion_blurred": [9.0, 9.0],
            "explain_occlusion_relative_gap": [np.inf, 1.0],
            "attack_smallest_fooling": [np.inf, 0.1],
            "factor_fc_class": [1.0, 2.0],
        }
    )
    found = image_quantities(frame)
    assert set(found) == {"explain_insertion_blurred", "explain_relative_gap", "attack_smallest_fooling"}
    np.testing.assert_allclose(found["explain_insertion_blurred"], [0.3, np.nan])
    np.testing.assert_array_equal(found["attack_smallest_fooling"], [np.nan, 0.1])


def test_too_few_images_make_no_row() -> None:
    assert shared_table(images(12, seed=3), seed=0).empty
