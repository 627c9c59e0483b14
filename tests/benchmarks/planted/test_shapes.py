import math

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from benchmarks.planted.attributes import SHAPES
from benchmarks.planted.shapes import DISTANCES, coverage

FINE = 16


def covered(shape: int, radius: float, side: int = 40, x: float = 0.0, y: float = 0.0) -> torch.Tensor:
    centres = torch.arange(side) + 0.5 - side / 2
    return coverage(
        torch.tensor([shape]),
        centres.view(1, 1, -1) - x,
        centres.view(1, -1, 1) - y,
        torch.tensor(radius).view(1, 1, 1),
    )[0]


def test_every_shape_has_its_distance() -> None:
    assert tuple(DISTANCES) == SHAPES == tuple(one.__name__ for one in DISTANCES.values())


@pytest.mark.parametrize("shape", range(4), ids=SHAPES)
@pytest.mark.parametrize("radius", [4.3, 9.0])
def test_all_shapes_have_the_area_of_the_disc(shape: int, radius: float) -> None:
    assert covered(shape, radius, x=0.3, y=-0.6).sum() == pytest.approx(math.pi * radius**2, rel=0.012)


@pytest.mark.parametrize("shape", range(4), ids=SHAPES)
def test_coverage_against_polygons_drawn_finely(shape: int) -> None:
    """Corners are cut differently, edges agree."""
    side, radius = 40, 9.0
    picture = Image.new("L", (side * FINE, side * FINE))
    corners = [((x * radius + side / 2) * FINE - 0.5, (y * radius + side / 2) * FINE - 0.5) for x, y in outline(shape)]
    ImageDraw.Draw(picture).polygon(corners, fill=1)
    reference = np.asarray(picture, dtype=float).reshape(side, FINE, side, FINE).mean((1, 3))
    gap = np.abs(covered(shape, radius, side).numpy() - reference)
    assert gap.mean() < 0.004
    assert gap.max() < 0.35


def outline(shape: int) -> list[tuple[float, float]]:
    """Corners of a shape of radius 1, from its definition: area pi, bounding box centred."""
    if SHAPES[shape] == "disc":
        return [(math.cos(turn), math.sin(turn)) for turn in np.linspace(0, math.tau, 200)]
    if SHAPES[shape] == "square":
        half = math.sqrt(math.pi) / 2
        return [(-half, -half), (half, -half), (half, half), (-half, half)]
    if SHAPES[shape] == "triangle":
        edge = math.sqrt(4 * math.pi / math.sqrt(3))
        height = edge * math.sqrt(3) / 2
        return [(0, -height / 2), (edge / 2, height / 2), (-edge / 2, height / 2)]
    long = math.sqrt(math.pi / (4 * (2 * 0.35 - 0.35**2)))
    arm = 0.35 * long
    quarter = [(arm, -long), (arm, -arm), (long, -arm)]
    return [
        point
        for turn in range(4)
        for point in [
            (x * c - y * s, x * s + y * c) for x, y in quarter for c, s in [((1, 0, -1, 0)[turn], (0, 1, 0, -1)[turn])]
        ]
    ]


@pytest.mark.parametrize("name", SHAPES)
def test_distances_never_grow_faster_than_the_way(name: str) -> None:
    generator = torch.Generator().manual_seed(0)
    first, second = torch.rand(2, 2000, 2, generator=generator, dtype=torch.float64) * 40 - 20
    radius = torch.tensor(8.0, dtype=torch.float64)
    change = DISTANCES[name](*first.T, radius) - DISTANCES[name](*second.T, radius)
    assert (change.abs() <= (first - second).norm(dim=1) + 1e-9).all()
    assert DISTANCES[name](*torch.zeros(2, 1), radius) < 0
