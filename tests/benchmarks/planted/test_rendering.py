from dataclasses import replace

import pandas as pd
import pytest
import torch

from benchmarks.planted.attributes import ATTRIBUTES, REGIONS, SHAPES, draw_attributes, transplant
from benchmarks.planted.rendering import Scene, area_shares, render, render_masks

SCENE = Scene(side=32, fading=0.5)
TABLE = draw_attributes(300, seed=0)
DONORS = draw_attributes(300, seed=1)


def changed(name: str, scene: Scene = SCENE) -> torch.Tensor:
    edited = transplant(TABLE, DONORS, name)
    return (render(TABLE, scene) != render(edited, scene)).any(1)


@pytest.mark.parametrize("side", [16, 32, 33, 64])
def test_pixels_do_not_depend_on_the_batch(side: int) -> None:
    scene = replace(SCENE, side=side)
    images = render(TABLE, scene)
    assert images.shape == (300, 3, side, side)
    assert images.dtype == torch.uint8
    assert torch.equal(render(TABLE.iloc[[299, 4]], scene), images[[299, 4]])
    assert torch.equal(render(draw_attributes(10, seed=0), scene), images[:10])
    assert render(TABLE.head(0), scene).shape == (0, 3, side, side)


@pytest.mark.parametrize("scene", [Scene(side=16), Scene(side=37, jitter=0.0), Scene(side=64, jitter=1 / 8)], ids=str)
def test_regions_split_the_image(scene: Scene) -> None:
    masks = render_masks(TABLE, scene)
    assert tuple(masks) == REGIONS
    assert (torch.stack(list(masks.values())).sum(0) == 1).all()
    shares = area_shares(masks)
    assert shares.sum(axis=1).to_numpy() == pytest.approx(1)
    assert (shares["marker"] == (scene.side // 8) ** 2 / scene.side**2).all()
    assert shares["shape"].between(0.04, 0.4).all()


@pytest.mark.parametrize("shape", range(4), ids=SHAPES)
@pytest.mark.parametrize("side", [16, 23, 64])
def test_the_largest_shapes_in_the_farthest_places_stay_inside_and_off_the_marker(shape: int, side: int) -> None:
    scene = Scene(side=side, jitter=1 / 8, noise=0)
    corners = [{"x": x, "y": y} for x in (-1, 0, 1) for y in (-1, 0, 1)]
    table = pd.concat([TABLE.head(1).assign(**one) for one in corners]).assign(shape=shape, size=1.0, stripes=0)
    masks = render_masks(table, scene)
    assert not masks["shape"][:, : scene.marker_side, : scene.marker_side].any()
    dark, red = table.assign(marker=0, background=-1.0, hue=0.0), (0.9 - 0.15) * 255
    coloured = (render(dark, scene)[:, 0].double() - 0.15 * 255).sum((1, 2)) / red
    assert coloured.numpy() == pytest.approx(coloured.mean().item(), rel=0.03), "the same area everywhere"


def test_the_hue_changes_the_shape_and_nothing_else() -> None:
    masks = render_masks(TABLE, SCENE)
    assert not (changed("hue") & ~masks["shape"]).any()
    turned = TABLE.assign(hue=(TABLE["hue"] + 0.5) % 1)
    crisp = replace(SCENE, noise=0.0)
    moved = (render(TABLE, crisp) != render(turned, crisp)).any(1)
    inside = torch.nn.functional.avg_pool2d(masks["shape"].float(), 3, stride=1, padding=1) == 1
    assert moved[inside].all()


def test_the_marker_changes_its_corner_and_nothing_else() -> None:
    mask = render_masks(TABLE, SCENE)["marker"]
    with_it, without = TABLE.assign(marker=1), TABLE.assign(marker=0)
    crisp = replace(SCENE, noise=0.0, fading=0.0)
    assert torch.equal((render(with_it, crisp) != render(without, crisp)).any(1), mask)
    assert (render(with_it, crisp)[:, :, :4, :4] == 255).all()
    assert not (changed("marker") & ~mask).any()


@pytest.mark.parametrize("name", ["background", "stripes"])
def test_the_background_shows_everywhere_but_on_the_shape_and_the_marker(name: str) -> None:
    table, crisp = TABLE.assign(marker=1), replace(SCENE, noise=0.0)
    masks = render_masks(table, crisp)
    covered = torch.nn.functional.avg_pool2d(masks["shape"].float(), 3, stride=1, padding=1) == 1
    moved = (render(table, crisp) != render(table.assign(**{name: 1 - table[name]}), crisp)).any(1)
    assert not (moved & (covered | masks["marker"])).any()
    assert moved[masks["background"]].double().mean() > 0.7


@pytest.mark.parametrize("name", ["shape", "size", "x", "y"])
def test_geometry_changes_only_what_one_of_both_shapes_touches(name: str) -> None:
    either = render_masks(TABLE, SCENE)["shape"] | render_masks(transplant(TABLE, DONORS, name), SCENE)["shape"]
    assert not (changed(name) & ~either).any()
    assert changed(name).any()


def test_each_attribute_changes_only_its_regions_or_nothing_where_it_does_not_show() -> None:
    assert Scene().visible == ("shape", "size", "hue", "x", "y", "background", "stripes", "marker")
    assert set(ATTRIBUTES) - set(SCENE.visible) == {"coin"}
    still = Scene(jitter=0.0)
    assert set(Scene().visible) - set(still.visible) == {"x", "y"}
    for name in set(ATTRIBUTES) - set(still.visible):
        assert not changed(name, still).any(), name
    for name in SCENE.visible:
        assert changed(name).flatten(1).any(1).double().mean() > 0.4, name


def test_taking_over_everything_gives_the_donor() -> None:
    crisp = replace(SCENE, noise=0.0)
    copied = transplant(TABLE, DONORS, list(ATTRIBUTES))
    assert torch.equal(render(copied, crisp), render(DONORS, crisp))
    assert not torch.equal(render(copied, SCENE), render(DONORS, SCENE)), "the noise stays the recipient's"


def test_known_values() -> None:
    table = TABLE.head(1).assign(shape=1, size=0.0, hue=0.0, x=0.0, y=0.0, background=0.0, stripes=0, marker=1)
    scene = Scene(side=32, noise=0.0, fading=0.5)
    full, faded = (render(table.assign(contrast=level), scene)[0] for level in (1.0, -1.0))
    assert full[:, 16, 16].tolist() == [230, 76, 77] or full[:, 16, 16].tolist() == [230, 76, 76]
    assert full[:, 0, 0].tolist() == [255] * 3
    assert full[:, 31, 31].tolist() == [102] * 3
    assert faded[:, 31, 31].tolist() == [115] * 3  # (0.5 + (0.4 - 0.5) / 2) * 255
    assert full[:, 16, 16].double().mean() == pytest.approx(127.5, abs=0.5), "no hue is brighter than another"


def test_the_noise_is_as_strong_as_asked() -> None:
    plain, noisy = (render(TABLE.assign(background=0.0, marker=0), Scene(noise=noise)) for noise in (0.0, 0.03))
    gap = (noisy.double() - plain.double())[:, :, 24:] / 255
    assert gap.std() == pytest.approx(0.03, rel=0.02)
    assert gap.mean() == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"side": 15}, "expected `side` of at least 16 pixels, got 15"),
        ({"jitter": 0.2}, r"expected `jitter` in 0\.\.0\.125"),
        ({"noise": -0.1}, r"expected `noise` in 0\.\.0\.5, got -0\.1"),
        ({"fading": 1.0}, r"expected `fading` in 0\.\.1"),
    ],
)
def test_errors(change: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Scene(**change)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="got none for size"):
        render(TABLE.drop(columns="size"), SCENE)
