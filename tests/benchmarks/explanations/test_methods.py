import pytest
import torch
from torch import nn

from benchmarks.explanations import RandomMaps, choose_methods, reason_against
from xai.attribution import METHODS, attribute


def test_no_name_means_all_methods() -> None:
    assert choose_methods([]) == METHODS
    with pytest.raises(ValueError, match="expected --methods among integrated_gradients, .*, got 'gradcam'"):
        choose_methods(["occlusion", "gradcam"])


def test_who_applies_to_what() -> None:
    linear = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 2))
    image = torch.rand(1, 3, 8, 8)
    assert reason_against(linear, image, METHODS["occlusion"]) == ""
    assert "transformer" in reason_against(linear, image, METHODS["attention_rollout"])
    assert "nn.Module" in reason_against(linear.forward, image, METHODS["grad_cam"])


def test_random_maps_know_neither_image_nor_target() -> None:
    linear = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 2))
    made = attribute(linear, torch.rand(3, 3, 8, 8), [0, 1, 1], method=RandomMaps(), seed=4)
    again = attribute(linear, torch.rand(2, 3, 8, 8), [1, 0], method=RandomMaps(), seed=4)
    assert torch.equal(made.maps[0], again.maps[1])
    assert made.method == "random" and made.relative_gap is None
    assert -0.3 < float(made.maps.mean()) < 0.3
