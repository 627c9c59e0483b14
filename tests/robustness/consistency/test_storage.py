import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from robustness.consistency.detector import HEADS, DetectorRecipe, fit_detector
from robustness.consistency.heads import MLPSettings
from robustness.consistency.storage import load_detector, save_detector
from robustness.consistency.transforms import Transform, parse_transform
from tests.robustness.consistency.toys import fickle_logits

SHIFTS = [Transform("shift", (dx, 0)) for dx in (1, 2, -1, -2)]


@pytest.mark.parametrize("heads", [("logistic",), ("mlp",), HEADS], ids="+".join)
def test_a_loaded_detector_equals_the_saved_one(tmp_path, heads):
    logits, correct = fickle_logits(200)
    recipe = DetectorRecipe(heads=heads, mlp=MLPSettings(widths=(5, 6, 7), epochs=2), inverse_penalty=0.5)
    detector = fit_detector(logits, correct, recipe=recipe, transforms=SHIFTS)
    save_detector(detector, tmp_path / "one.safetensors")
    loaded = load_detector(tmp_path / "one.safetensors")
    assert torch.equal(loaded(logits), detector(logits))
    assert loaded.recipe == recipe
    assert loaded.facts == detector.facts
    assert [parse_transform(text) for text in loaded.facts["transforms"]] == SHIFTS
    assert not loaded.training


def test_saving_the_same_twice_gives_the_same_bytes_and_no_scraps(tmp_path):
    detector = fit_detector(*fickle_logits(200), recipe=DetectorRecipe(heads=("logistic",)))
    for name in ("one", "two", "two"):
        save_detector(detector, tmp_path / f"{name}.safetensors")
    assert (tmp_path / "one.safetensors").read_bytes() == (tmp_path / "two.safetensors").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"one.safetensors", "two.safetensors"}


def test_the_header_is_json_that_anyone_can_read(tmp_path):
    detector = fit_detector(*fickle_logits(200), recipe=DetectorRecipe(heads=("logistic",)), seed=4)
    save_detector(detector, tmp_path / "one.safetensors")
    with safe_open(tmp_path / "one.safetensors", framework="pt") as file:
        description = json.loads(file.metadata()["consistency_detector"])
    assert description["recipe"]["features"] == "log_odds"
    assert description["facts"]["seed"] == 4
    assert description["facts"]["errors"] == 50


def test_other_files_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected a detector file, got .*none.safetensors, which is not there"):
        load_detector(tmp_path / "none.safetensors")
    (tmp_path / "text.safetensors").write_text("no tensors")
    with pytest.raises(ValueError, match="expected a safetensors file, got"):
        load_detector(tmp_path / "text.safetensors")
    save_file({"weight": torch.zeros(2)}, tmp_path / "weights.safetensors")
    with pytest.raises(ValueError, match="expected a detector of version 1 in .*, got None"):
        load_detector(tmp_path / "weights.safetensors")
