import numpy as np
import pytest
import torch

from benchmarks.conditions import CLEAN, Condition
from benchmarks.planted import Design, Scene, draw_images, planted_samples

DESIGN = Design(rule="size", correlation=1.0, scene=Scene(side=16))


def test_samples_are_the_drawn_images() -> None:
    samples, data = (
        planted_samples(DESIGN, 20, variant="reversed"),
        draw_images(DESIGN, 20, split="test", variant="reversed"),
    )
    assert samples.class_names == ("small", "large")
    assert list(samples.entries.labels) == data.labels.tolist()
    for entry, image in zip(samples.entries, data.images, strict=True):
        decoded = samples.decode(entry, CLEAN)
        assert decoded.status == "ok"
        assert torch.equal(torch.from_numpy(np.array(decoded.image)).permute(2, 0, 1), image)


def test_a_subset_reads_the_right_rows() -> None:
    samples = planted_samples(DESIGN, 20)
    chosen = samples.select([17, 3])
    for entry, place in zip(chosen.entries, (17, 3), strict=True):
        assert chosen.decode(entry).image.tobytes() == samples.decode(samples.entries[place]).image.tobytes()


def test_no_two_data_sets_share_a_fingerprint() -> None:
    sets = [
        planted_samples(DESIGN, 20),
        planted_samples(DESIGN, 20, variant="removed"),
        planted_samples(DESIGN, 20, split="validation"),
        planted_samples(Design(rule="size", correlation=1.0, scene=Scene(side=16), seed=1), 20),
        planted_samples(Design(rule="size", correlation=1.0, scene=Scene(side=16, noise=0.0)), 20),
    ]
    assert len({one.fingerprint for one in sets}) == len(sets)
    assert planted_samples(DESIGN, 20).fingerprint == sets[0].fingerprint


def test_corrupted_images_are_not_stored() -> None:
    samples = planted_samples(DESIGN, 2)
    with pytest.raises(ValueError, match="expected a condition that planted-size"):
        samples.decode(samples.entries[0], Condition(kind="corruption", name="fog", severity=1))
