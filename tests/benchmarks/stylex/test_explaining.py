"""A system whose attributes are known is taken apart."""

import torch

from benchmarks.stylex import explaining
from benchmarks.stylex.explaining import METHODS
from tests.benchmarks.stylex.painted import ALSO_LEFT, LEFT, painted_explained, painted_system


def test_the_half_that_decides_is_the_one_attribute_and_turns_everything_both_ways() -> None:
    found = painted_explained()
    (group,) = found.groups
    assert dict(zip(group.slide.coordinates, group.slide.directions, strict=True)) == {LEFT: 1, ALSO_LEFT: 0}
    assert found.verdicts.findings[0].significant
    assert found.verdicts.knows is not None and found.verdicts.knows.value == 1
    for way in ("towards", "away"):
        curve = found.curves["groups", way].towards
        assert curve is not None
        assert [point.value for point in curve] == [0, 1]
        assert curve[0].n == 12
    (alone,) = found.alone
    assert alone.towards is not None and alone.away is not None
    assert alone.towards[1].value == alone.away[1].value == 1


def test_every_method_has_a_curve_both_ways_and_attfind_finds_the_stronger_channel() -> None:
    found = painted_explained()
    assert set(found.curves) == {(method, way) for method in METHODS for way in ("towards", "away")}
    for way, search in (("towards", found.towards), ("away", found.away)):
        assert search.attributes[0].coordinate == LEFT
        assert search.attributes[0].direction == int(way == "towards")
        random = found.curves["random", way].towards
        assert random is not None and random[0].value == 0 and len(random) == 5


def test_figures_are_of_held_out_images_and_the_other_class_is_the_same_story() -> None:
    bright, dark = painted_explained(), painted_explained(label=0)
    assert len(bright.images) == len(bright.styles) == 24
    for back, there in zip(dark.groups, bright.groups, strict=True):
        turned = back.slide.reversed().applied(bright.styles)
        assert torch.allclose(turned, there.slide.applied(bright.styles), atol=1e-5)
    assert torch.allclose(
        bright.probabilities(bright.styles) + dark.probabilities(dark.styles), torch.ones(24).double()
    )


def test_layers_that_colour_can_be_left_out() -> None:
    system = painted_system()
    assert explaining._among(system, to_rgb=True) == list(range(28))
    assert explaining._among(system, to_rgb=False) == list(range(17))
