import pytest
import torch
from torch import Tensor

from robustness.attacks.norms import NORMS, find_norm, project
from tests.robustness.attacks.classifiers import photos

every_norm = pytest.mark.parametrize("name", NORMS)


def normals(count: int, seed: int = 0) -> Tensor:
    return torch.randn(count, 3, 6, 6, generator=torch.Generator().manual_seed(seed))


def plain_length(name: str, perturbations: Tensor) -> Tensor:
    flat = perturbations.double().flatten(1)
    return flat.abs().amax(1) if name == "linf" else flat.square().sum(1).sqrt()


@every_norm
def test_length_is_the_norm_of_each_image(name: str) -> None:
    torch.testing.assert_close(NORMS[name].length(normals(9)).double(), plain_length(name, normals(9)))


@every_norm
@pytest.mark.parametrize("scale", [1.0, 1e-30, 1e30])
def test_steepest_has_length_one_and_gains_most(name: str, scale: float) -> None:
    gradients = normals(20)
    step = NORMS[name].steepest(scale * gradients)
    torch.testing.assert_close(NORMS[name].length(step), torch.ones(20))
    gain = (gradients * step).flatten(1).sum(1)
    for seed in range(100, 150):
        other = NORMS[name].edge(step.shape, torch.Generator().manual_seed(seed))
        assert (gain >= (gradients * other).flatten(1).sum(1)).all()


@every_norm
def test_no_gradient_is_no_step(name: str) -> None:
    assert torch.equal(NORMS[name].steepest(torch.zeros(2, 3, 6, 6)), torch.zeros(2, 3, 6, 6))


@every_norm
def test_shrinking_leaves_short_perturbations_and_cuts_long_ones(name: str) -> None:
    perturbations, radii = normals(10), torch.linspace(0, 40, 10)
    short = NORMS[name].shrink(perturbations, radii)
    before, after = NORMS[name].length(perturbations), NORMS[name].length(short)
    assert (after <= radii).all()
    torch.testing.assert_close(after, torch.minimum(before, radii), rtol=2e-6, atol=0)
    inside = before <= radii
    assert inside.any() and not inside.all()
    assert torch.equal(short[inside], perturbations[inside])


@every_norm
def test_random_points_are_in_the_ball_and_fill_it(name: str) -> None:
    generator = torch.Generator().manual_seed(0)
    lengths = NORMS[name].length(NORMS[name].sample(torch.Size((20_000, 1, 1, 2)), generator))
    assert lengths.max() <= 1 + 1e-6
    # Uniform in two dimensions: the share within a radius is its square.
    for radius in (0.3, 0.7):
        assert (lengths <= radius).double().mean().item() == pytest.approx(radius**2, abs=0.02)


@every_norm
def test_random_points_of_the_edge_have_length_one(name: str) -> None:
    edge = NORMS[name].edge(torch.Size((50, 3, 6, 6)), torch.Generator().manual_seed(0))
    torch.testing.assert_close(NORMS[name].length(edge), torch.ones(50))
    assert edge.mean().abs() < 0.05


@every_norm
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("seed", range(20))
def test_projected_images_are_in_the_ball_and_the_box_to_the_last_bit(name: str, dtype: torch.dtype, seed: int) -> None:
    images = photos(16, seed).to(dtype)
    radii = 10 ** torch.empty(16, dtype=dtype).uniform_(-7, 1, generator=torch.Generator().manual_seed(seed))
    far = images + normals(16, seed).to(dtype) * radii.view(-1, 1, 1, 1)
    projected = project(images, far, radii, NORMS[name])
    assert (plain_length(name, projected.double() - images.double()) <= radii.double()).all()
    assert ((projected >= 0) & (projected <= 1)).all()
    assert not torch.equal(projected, images)


@every_norm
def test_a_radius_of_zero_leaves_the_image(name: str) -> None:
    images = photos(4)
    assert torch.equal(project(images, images + normals(4), torch.zeros(4), NORMS[name]), images)


@every_norm
def test_projecting_barely_moves_what_is_inside(name: str) -> None:
    images = photos(4, low=0.3, high=0.7)
    near = images + 1e-3 * normals(4)
    torch.testing.assert_close(project(images, near, torch.full((4,), 5.0), NORMS[name]), near, rtol=0, atol=1e-7)


def test_unknown_norms_are_named() -> None:
    with pytest.raises(ValueError, match="expected `norm` to be one of linf, l2, got 'l1'"):
        find_norm("l1")
