import numpy as np
import pytest
import torch
from captum.attr import InputXGradient
from captum.attr import IntegratedGradients as CaptumIntegratedGradients
from torch import Tensor

from tests.xai.attribution.small_networks import linear_classifier, random_images, small_convnet, there
from xai.attribution.integrated import IntegratedGradients
from xai.attribution.probe import Classifier, Probe
from xai.attribution.result import Attribution

TARGETS = torch.tensor([0, 3, 1, 2])


def explained(
    method: IntegratedGradients, classifier: Classifier | None = None, *, batch_size: int = 32, side: int = 16
) -> Attribution:
    probe = Probe(classifier=classifier or small_convnet(), batch_size=batch_size)
    return method.explain(probe, random_images(4, side=side), TARGETS)


def kinked(images: Tensor) -> Tensor:
    """Logits that are flat nearly everywhere on the way from black, and steep in a short part of it."""
    mean = images.mean((1, 2, 3))
    steep = torch.sigmoid((mean - 0.31) * 400)
    return torch.stack([steep, -steep, 2 * steep, mean], 1)


@pytest.mark.parametrize("baseline", [0.0, 0.5, random_images(1, side=8, seed=6)], ids=["black", "grey", "pixels"])
@pytest.mark.parametrize("points", [1, 4])
def test_exact_for_a_linear_classifier(baseline: float | Tensor, points: int) -> None:
    classifier, images, targets = linear_classifier(), random_images(3, side=8), torch.tensor([2, 0, 1])
    method = IntegratedGradients(points=points, baseline=baseline)
    result = method.explain(Probe(classifier=classifier), images, targets)
    weight = classifier[1].get_parameter("weight").detach()[targets].view(3, 3, 8, 8)
    torch.testing.assert_close(result.maps, (weight * (images - baseline)).sum(1))
    assert there(result.steps).tolist() == [points] * 3
    assert float(there(result.completeness_gap).abs().max()) < 1e-5


@pytest.mark.parametrize("tolerance", [0.05, 0.01, 0.002])
def test_maps_sum_to_the_difference_of_logits(tolerance: float) -> None:
    result = explained(IntegratedGradients(tolerance=tolerance))
    network, images = small_convnet(), random_images(4)
    difference = network(images) - network(torch.zeros_like(images))
    expected = difference[torch.arange(4), TARGETS].detach().double()
    torch.testing.assert_close(there(result.difference), expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(
        there(result.completeness_gap), result.maps.double().sum((1, 2)) - there(result.difference)
    )
    assert float(there(result.relative_gap).max()) <= tolerance * 1.01


def test_only_the_paths_that_need_them_take_steps() -> None:
    result = explained(IntegratedGradients(), kinked)
    steps = there(result.steps).tolist()
    assert steps[1] == 16  # the last logit is linear
    assert min(steps[0], steps[2], steps[3]) > 16
    assert max(steps) < 100
    assert float(there(result.relative_gap).max()) < 0.0101


def test_steps_count_the_gradients_that_were_taken() -> None:
    asked = 0

    def counting(images: Tensor) -> Tensor:
        nonlocal asked
        asked += len(images) if images.requires_grad else 0
        return kinked(images)

    assert int(there(explained(IntegratedGradients(), counting).steps).sum()) == asked


def test_steps_stay_below_the_most() -> None:
    result = explained(IntegratedGradients(tolerance=1e-9, points=4, most=24))
    assert int(there(result.steps).max()) <= 24
    assert there(result.steps).float().mean() > 12


def test_refined_maps_are_those_of_captum_with_many_steps() -> None:
    images = random_images(4)
    captum = CaptumIntegratedGradients(small_convnet())
    expected = captum.attribute(images.requires_grad_(), 0.0, target=TARGETS, n_steps=400, internal_batch_size=400)
    got = explained(IntegratedGradients(tolerance=1e-4)).maps
    expected = expected.detach().sum(1).float()
    assert float((got - expected).norm() / expected.norm()) < 0.02


def test_even_steps_are_captums_sum_but_for_the_ends() -> None:
    count, images = 8, random_images(4)
    network = small_convnet()
    right = CaptumIntegratedGradients(network).attribute(
        images.clone().requires_grad_(), 0.0, target=TARGETS, n_steps=count, method="riemann_right"
    )
    product = InputXGradient(network)  # from black, the change is the image
    first = product.attribute((images / count).requires_grad_(), target=TARGETS) * count
    last = product.attribute(images.clone().requires_grad_(), target=TARGETS)
    expected = (right + (first - last) / (2 * count)).sum(1).float().detach()
    got = explained(IntegratedGradients(points=count, most=count)).maps
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 3, 50])
def test_the_batch_size_changes_no_map(batch_size: int) -> None:
    got, expected = explained(IntegratedGradients(), batch_size=batch_size), explained(IntegratedGradients())
    torch.testing.assert_close(got.maps, expected.maps, rtol=1e-4, atol=1e-6)
    assert torch.equal(there(got.steps), there(expected.steps))


def test_a_map_depends_on_its_image_alone() -> None:
    together = explained(IntegratedGradients(), kinked)
    probe = Probe(classifier=kinked)
    alone = IntegratedGradients().explain(probe, random_images(4)[2:3], TARGETS[2:3])
    torch.testing.assert_close(alone.maps, together.maps[2:3], rtol=1e-4, atol=1e-6)
    assert torch.equal(there(alone.steps), there(together.steps)[2:3])


def test_maps_survive_memory_that_runs_out() -> None:
    inner = small_convnet()

    def narrow(images: Tensor) -> Tensor:
        if len(images) > 5:
            raise torch.OutOfMemoryError
        logits: Tensor = inner(images)
        return logits

    got, expected = explained(IntegratedGradients(), narrow), explained(IntegratedGradients())
    torch.testing.assert_close(got.maps, expected.maps, rtol=1e-4, atol=1e-6)
    assert torch.equal(there(got.steps), there(expected.steps))


def test_an_image_that_is_its_baseline_has_an_empty_map() -> None:
    images = torch.full((1, 3, 16, 16), 0.5)
    result = IntegratedGradients(baseline=0.5).explain(Probe(classifier=small_convnet()), images, TARGETS[:1])
    assert not result.maps.any()
    assert there(result.steps).tolist() == [16]
    assert there(result.relative_gap).tolist() == [0]


def test_paths_without_numbers_end() -> None:
    result = explained(IntegratedGradients(), lambda images: images.mean((2, 3)).repeat(1, 2) * torch.nan)
    assert there(result.steps).tolist() == [16] * 4
    assert result.maps.isnan().all()


def test_a_jump_of_the_logit_is_not_halved_for_ever() -> None:
    visited: list[float] = []

    def jumping(images: Tensor) -> Tensor:
        mean = images.mean((2, 3))
        visited.extend(images[:, 0, 0, 0].tolist() if images.requires_grad else [])
        return mean + (mean > 0.3).float()

    method, white = IntegratedGradients(), torch.ones(1, 3, 16, 16)
    result = method.explain(Probe(classifier=jumping), white, TARGETS[:1])
    assert np.diff(np.sort(visited)).min() >= 2.0**-15
    assert int(there(result.steps)) < method.most / 2
    assert float(there(result.completeness_gap)) == pytest.approx(-1, abs=1e-3)


@pytest.mark.parametrize("points", [0, 513])
def test_points_must_fit(points: int) -> None:
    with pytest.raises(ValueError, match=rf"expected `points` in 1\.\.512, which is `most`, got {points}"):
        IntegratedGradients(points=points)
