"""Laws of looks: an exemplar has its own, all there is are its patches, and images do not see each other."""

import pytest
import torch
from torch import Tensor

from xai.iin.stylising import Stylisation, stylise


def pixels(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("size", [(24, 24), (17, 23), (37, 48), (5, 9)])
@pytest.mark.parametrize(
    "settings", [Stylisation(coarsest=8), Stylisation(coarsest=8, passes=3, components=4, most_patches=50)], ids=str
)
def test_an_exemplar_in_its_own_look_stays_as_it_is(size: tuple[int, int], settings: Stylisation) -> None:
    exemplar = pixels(3, *size)
    assert torch.allclose(stylise(exemplar[None], exemplar, settings)[0], exemplar, atol=1e-5)


@pytest.mark.parametrize("completeness", [0.005, 1e6])
def test_one_level_is_that_of_the_written_out_search(completeness: float) -> None:
    image, exemplar = pixels(2, 7, 6, seed=1), pixels(2, 6, 8)
    corners = [(i, j) for i in range(4) for j in range(6)]
    own, other = (
        (part.mean((1, 2), keepdim=True), part.std((1, 2), correction=0, keepdim=True)) for part in (image, exemplar)
    )
    recoloured = (image - own[0]) / own[1] * other[1] + other[0]
    keys = [exemplar[:, i : i + 3, j : j + 3] for i, j in corners]
    asked = [(i, j) for i in range(5) for j in range(4)]
    distances = torch.tensor(
        [[(recoloured[:, i : i + 3, j : j + 3] - k).square().mean() for k in keys] for i, j in asked]
    )
    scores = distances / (completeness + distances.min(0).values)
    summed, counts = torch.zeros_like(image), torch.zeros(7, 6)
    for (i, j), row in zip(asked, scores, strict=True):
        summed[:, i : i + 3, j : j + 3] += keys[int(row.argmin())]
        counts[i : i + 3, j : j + 3] += 1
    settings = Stylisation(patch=3, coarsest=64, stride=1, components=999, completeness=completeness)
    assert torch.allclose(stylise(image[None], exemplar, settings)[0], summed / counts, atol=1e-5)


def test_components_in_which_the_exemplar_does_not_vary_choose_nothing() -> None:
    exemplar = torch.linspace(0, 1, 24).expand(3, 24, 24)
    images = pixels(4, 3, 24, 24)
    few, more = (Stylisation(coarsest=64, components=count, completeness=1e6) for count in (2, 75))
    assert torch.allclose(stylise(images, exemplar, few), stylise(images, exemplar, more), atol=1e-5)


def test_images_do_not_see_each_other() -> None:
    images, exemplar = pixels(7, 3, 32, 32, seed=1), pixels(3, 32, 32)
    alone = torch.cat([stylise(one[None], exemplar) for one in images])
    assert torch.allclose(stylise(images, exemplar), alone, atol=1e-5)


def test_pixels_are_averages_of_the_exemplars() -> None:
    colours = torch.eye(3)[torch.randint(3, (20, 26), generator=torch.Generator().manual_seed(0))].permute(2, 0, 1)
    made = stylise(pixels(5, 3, 32, 32), colours)
    assert made.shape == (5, 3, 32, 32) and made.min() >= 0
    assert torch.allclose(made.sum(1), torch.ones(5, 32, 32), atol=1e-5)
    even = torch.tensor([0.2, 0.4, 0.6]).view(3, 1, 1).expand(3, 12, 12)
    assert torch.allclose(stylise(pixels(2, 3, 16, 16), even), even[:, :1, :1].expand(2, 3, 16, 16))


def test_colours_move_to_the_exemplar_and_the_layout_stays() -> None:
    """A bright square on dark ground, after a red-on-blue exemplar with its square elsewhere."""
    image, exemplar = torch.full((3, 32, 32), 0.2), torch.zeros(3, 32, 32)
    image[:, 6:18, 6:18] = 0.8
    exemplar[2], exemplar[:, 16:28, 16:28] = 0.3, torch.tensor([0.9, 0.1, 0.1]).view(3, 1, 1)
    (made,) = stylise(image[None], exemplar)
    inside, outside = made[:, 9:15, 9:15].mean((1, 2)), made[:, 22:, 22:].mean((1, 2))
    assert torch.allclose(inside, torch.tensor([0.9, 0.1, 0.1]), atol=0.05)
    assert torch.allclose(outside, torch.tensor([0.0, 0.0, 0.3]), atol=0.05)


def test_texture_that_the_image_lacks_appears_and_texture_that_the_exemplar_lacks_goes() -> None:
    places = torch.arange(64)
    stripes = 0.5 + 0.2 * torch.cos(torch.pi / 4 * (places[:, None] + places)).expand(3, 64, 64)
    plain = torch.full((3, 64, 64), 0.5)
    (striped,), (smooth,) = stylise(plain[None], stripes), stylise(stripes[None], plain)
    assert striped.std() > 0.5 * stripes.std()
    assert smooth.std() < 1e-4


def test_large_exemplars_are_thinned_out_evenly() -> None:
    few = Stylisation(coarsest=64, stride=2, most_patches=100)
    assert torch.allclose(
        stylise(pixels(1, 1, 60, 60), torch.full((1, 60, 60), 0.5), few), torch.full((1, 1, 60, 60), 0.5)
    )
    exemplar = pixels(1, 60, 60)
    assert torch.allclose(stylise(exemplar[None], exemplar, few)[0], exemplar, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"passes": 0}, "expected `passes` of at least 1, got 0"),
        ({"coarsest": 3}, "expected `coarsest` from the patch's 5 and `stride` up to it, got 3 and 2"),
        ({"stride": 6}, "expected `coarsest` from the patch's 5 and `stride` up to it, got 16 and 6"),
        ({"completeness": 0.0}, "expected `completeness` above 0, got 0.0"),
    ],
)
def test_settings_that_cannot_be_are_refused(change: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Stylisation(**change)  # type: ignore[arg-type]


def test_images_that_cannot_be_stylised_are_refused() -> None:
    with pytest.raises(ValueError, match=r"an exemplar \(C, h, w\), got \(2, 3, 9, 9\) and \(1, 9, 9\)"):
        stylise(pixels(2, 3, 9, 9), pixels(1, 9, 9))
    with pytest.raises(ValueError, match=r"expected an exemplar of at least 5 pixels, a patch, got \(4, 9\)"):
        stylise(pixels(2, 3, 9, 9), pixels(3, 4, 9))
    with pytest.raises(ValueError, match="expected finite floats of images, got torch.float32"):
        stylise(pixels(2, 3, 9, 9) / 0, pixels(3, 9, 9))
