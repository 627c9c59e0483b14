from dataclasses import replace
from pathlib import Path

import torch

from benchmarks.conditions import CLEAN
from benchmarks.embedded import EmbeddedTraining, embedded_default, weights_path
from benchmarks.zoo import load_model


def test_it_learns_from_one_half_and_knows_the_other(tmp_path: Path) -> None:
    model, samples = embedded_default(EmbeddedTraining(steps=80), cache=tmp_path)
    images = (samples.decode(entry, CLEAN).image for entry in samples.entries)
    pixels = torch.stack([model.preparation(image) for image in images if image is not None])
    labels = torch.tensor([int(entry.class_name) for entry in samples.entries])
    with torch.inference_mode():
        accuracy = (model.classifier(pixels).argmax(1) == labels).double().mean()
    assert len(pixels) == 898
    assert accuracy > 0.9


def test_the_weights_are_cached_and_the_same_again(tmp_path: Path, short_training: EmbeddedTraining) -> None:
    steps: list[int] = []
    first, _ = embedded_default(short_training, cache=tmp_path / "a", on_step=steps.append)
    cached, _ = embedded_default(short_training, cache=tmp_path / "a", on_step=steps.append)
    trained_again, _ = embedded_default(short_training, cache=tmp_path / "b")
    assert steps == [1] * short_training.steps
    assert first.weights_sha256 == cached.weights_sha256 == trained_again.weights_sha256
    other, _ = embedded_default(replace(short_training, seed=1), cache=tmp_path / "a")
    assert other.weights_sha256 != first.weights_sha256


def test_the_cached_weights_are_a_checkpoint_like_any_other(tmp_path: Path, short_training: EmbeddedTraining) -> None:
    """Without its own transform it was audited at the architecture's 160 pixels."""
    model, _ = embedded_default(short_training, cache=tmp_path)
    loaded = load_model(short_training.architecture, checkpoint=weights_path(short_training, tmp_path))
    assert loaded.preparation == model.preparation
    assert loaded.classifier.class_names == model.classifier.class_names
    assert loaded.weights_sha256 == model.weights_sha256


def test_the_global_random_state_does_not_matter(tmp_path: Path, short_training: EmbeddedTraining) -> None:
    hashes = set()
    for seed in (1, 2):
        torch.manual_seed(seed)
        model, _ = embedded_default(short_training, cache=tmp_path / str(seed))
        hashes.add(model.weights_sha256)
    assert len(hashes) == 1


def test_a_damaged_cache_is_replaced(tmp_path: Path, short_training: EmbeddedTraining) -> None:
    first, _ = embedded_default(short_training, cache=tmp_path)
    path = weights_path(short_training, tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[:1000])
    again, _ = embedded_default(short_training, cache=tmp_path)
    assert again.weights_sha256 == first.weights_sha256
    assert len(path.read_bytes()) == len(content), "the file is whole again; the order of its metadata may differ"
