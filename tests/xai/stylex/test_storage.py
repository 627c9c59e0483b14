"""A StylEx on disk is the same StylEx, and bound to its classifier."""

from pathlib import Path

import pytest
import torch

from tests.xai.stylex.small import Brightness, halves
from tests.xai.stylex.test_system import system
from xai.storage import write_tensors
from xai.stylex.storage import load_stylex, save_stylex, stylex_notes


def test_a_loaded_system_equals_the_saved_one(tmp_path: Path) -> None:
    path, saved, images = tmp_path / "stylex.safetensors", system(), halves(4)
    save_stylex(saved, path, notes={"class_names": ["dark", "bright"]})
    loaded = load_stylex(path, Brightness(), weights_hash="brightness")
    assert torch.equal(loaded.styles(images), saved.styles(images))
    assert torch.equal(loaded.reconstruct(images), saved.reconstruct(images))
    assert loaded.layers == saved.layers
    assert stylex_notes(path) == {"class_names": ["dark", "bright"]}


def test_another_classifier_is_refused(tmp_path: Path) -> None:
    save_stylex(system(), tmp_path / "stylex.safetensors")
    with pytest.raises(ValueError, match="expected a StylEx of the classifier with weights other, got one of bright"):
        load_stylex(tmp_path / "stylex.safetensors", Brightness(), weights_hash="other")


def test_another_file_is_no_stylex(tmp_path: Path) -> None:
    write_tensors(tmp_path / "flow.safetensors", {"x": torch.zeros(1)}, kind="flow", description={})
    with pytest.raises(ValueError, match="expected stylex in .*, got flow"):
        load_stylex(tmp_path / "flow.safetensors", Brightness(), weights_hash="")
