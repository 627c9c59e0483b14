import colorsys
import math

import pytest
import torch

from xai.invariances import PROPERTIES, varying_properties


def flat(*colours):
    return torch.tensor(colours).view(-1, 3, 1, 1).expand(-1, -1, 8, 8)


def test_hue_is_the_angle_of_the_colour_and_grey_has_none():
    hues = [0.0, 1 / 3, 2 / 3, 1 / 6, 0.5]
    found = PROPERTIES["hue"](flat(*(colorsys.hsv_to_rgb(hue, 0.7, 0.9) for hue in hues), (0.4, 0.4, 0.4)))
    expected = [[math.cos(2 * math.pi * hue), math.sin(2 * math.pi * hue)] for hue in hues] + [[0, 0]]
    assert torch.allclose(found, torch.tensor(expected), atol=1e-4)


def test_the_others_on_a_spot():
    image = torch.zeros(1, 3, 5, 5)
    image[0, 0, 0, 2] = 1.0
    assert PROPERTIES["brightness"](image).item() == pytest.approx(1 / 25)
    assert PROPERTIES["saturation"](image).item() == pytest.approx(1 / 25)
    assert PROPERTIES["contrast"](image).item() == pytest.approx(math.sqrt(1 / 25 - 1 / 625))
    assert torch.allclose(PROPERTIES["position"](image), torch.tensor([[-1.0, 0.0]]), atol=1e-3)


def test_only_what_varies_is_asked():
    grey = flat((0.1, 0.1, 0.1), (0.9, 0.9, 0.9))
    assert varying_properties(grey) == ("brightness",)
    assert varying_properties(flat((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))) == ("hue",)
