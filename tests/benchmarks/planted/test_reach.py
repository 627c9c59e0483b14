import pytest
import torch

from benchmarks.planted.attributes import draw_attributes, transplant
from benchmarks.planted.reach import attribute_reach
from benchmarks.planted.rendering import Scene, render, render_masks

SCENE = Scene(side=32, noise=0.0, fading=0.5)
TABLE = draw_attributes(100, seed=0)


@pytest.mark.parametrize("name", SCENE.visible)
def test_no_other_value_changes_a_pixel_out_of_reach(name: str) -> None:
    reach = attribute_reach(TABLE, SCENE, name)
    edited = transplant(TABLE, draw_attributes(100, seed=1), name)
    moved = (render(TABLE, SCENE) != render(edited, SCENE)).any(1)
    assert moved.any()
    assert (moved & ~reach).double().mean() < 1e-3, "a continuous attribute is tried at nine values"


def test_reach_of_what_is_known() -> None:
    masks = render_masks(TABLE, SCENE)
    assert torch.equal(attribute_reach(TABLE, SCENE, "marker"), masks["marker"])
    hue = attribute_reach(TABLE, SCENE, "hue")
    assert not (hue & ~masks["shape"]).any()
    largest = render_masks(TABLE.assign(size=1.0), SCENE)["shape"]
    assert not (attribute_reach(TABLE, SCENE, "size") & ~largest).any()
    assert not attribute_reach(TABLE, SCENE, "coin").any()
    assert torch.equal(attribute_reach(TABLE, Scene(side=32, noise=0.3, fading=0.5), "hue"), hue)


def test_errors() -> None:
    with pytest.raises(ValueError, match="expected an attribute among .* got 'colour'"):
        attribute_reach(TABLE, SCENE, "colour")
