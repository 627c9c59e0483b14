"""The order of the coordinates, and sizes that fit."""

import pytest

from tests.xai.stylex.small import TINY
from xai.stylex.architecture import Architecture


@pytest.mark.parametrize("side", [8, 32, 64, 128, 256])
def test_layers_tile_the_coordinates(side: int) -> None:
    architecture = Architecture.of_side(side, width=2)
    ends = [layer.first + layer.size for layer in architecture.layers]
    assert [layer.first for layer in architecture.layers] == [0, *ends[:-1]]
    assert ends[-1] == architecture.coordinates
    kinds = [layer.to_rgb for layer in architecture.layers]
    assert kinds == sorted(kinds), "colours come last, so that leaving them out is a slice"
    assert architecture.resolutions[-1] == side


def test_names_say_resolution_and_place() -> None:
    assert [layer.name for layer in TINY.layers] == ["4/conv0", "8/conv0", "8/conv1", "4/to_rgb", "8/to_rgb"]
    assert [layer.size for layer in TINY.layers] == [6, 6, 5, 6, 5]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"side": 48}, "expected `side` among 8, 16, 32"),
        ({"side": 64}, "expected 5 numbers in `channels` for a side of 64, .*Architecture.of_side"),
        ({"content": 0}, "sizes of at least 1"),
        ({"classes": 1}, "`classes` of at least 2"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Architecture(**changes)  # type: ignore[arg-type]
