import numpy as np
import pytest
import torch
from captum.attr import GradientShap as CaptumGradientShap
from captum.attr import InputXGradient, Saliency

from tests.xai.attribution.small_networks import linear_classifier, random_images, small_convnet, there
from xai.attribution.gradients import GradientShap, GradientTimesInput, SmoothGrad
from xai.attribution.probe import Method, Probe

TARGETS = torch.tensor([0, 3, 1, 2, 3])
METHODS: list[Method] = [GradientTimesInput(), SmoothGrad(samples=6), GradientShap(samples=6)]
DRAWING = METHODS[1:]


def name_of(method: Method) -> str:
    return type(method).__name__


def explained(method: Method, *, batch_size: int = 32, seed: int = 0) -> torch.Tensor:
    probe = Probe(classifier=small_convnet(), batch_size=batch_size, seed=seed)
    return method.explain(probe, random_images(5), TARGETS).maps


def test_gradient_times_input_is_the_product() -> None:
    network, images = small_convnet(), random_images(5).requires_grad_()
    network(images)[torch.arange(5), TARGETS].sum().backward()
    expected = (there(images.grad) * images).sum(1).detach()
    torch.testing.assert_close(explained(GradientTimesInput()), expected)


def test_gradient_times_input_is_captums() -> None:
    expected = InputXGradient(small_convnet()).attribute(random_images(5).requires_grad_(), target=TARGETS)
    torch.testing.assert_close(explained(GradientTimesInput()), expected.sum(1).detach())


def test_smooth_grad_is_the_mean_of_captums_gradients_at_the_same_draws() -> None:
    images = random_images(5)
    noise = 0.2 * torch.randn(6, 3, 16, 16, generator=torch.Generator().manual_seed(7))
    saliency = Saliency(small_convnet())
    gradients = [saliency.attribute((images + one).requires_grad_(), target=TARGETS, abs=False).sum(1) for one in noise]
    got = explained(SmoothGrad(samples=6, noise=0.2), seed=7)
    torch.testing.assert_close(got, torch.stack(gradients).mean(0))


def test_gradient_shap_is_captums_at_the_same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(3)
    fractions = (torch.randperm(8, generator=generator) + torch.rand(8, generator=generator)) / 8
    monkeypatch.setattr(np.random, "uniform", lambda *_: fractions.repeat(5).double().numpy())
    baseline = random_images(1, seed=9)
    images = random_images(5).requires_grad_()
    expected = CaptumGradientShap(small_convnet()).attribute(images, baseline, n_samples=8, target=TARGETS)
    got = explained(GradientShap(samples=8, baselines=baseline), seed=3)
    torch.testing.assert_close(got, expected.sum(1).float().detach(), rtol=1e-4, atol=1e-6)


def test_smooth_grad_without_noise_is_the_gradient() -> None:
    expected = Saliency(small_convnet()).attribute(random_images(5).requires_grad_(), target=TARGETS, abs=False)
    torch.testing.assert_close(explained(SmoothGrad(samples=2, noise=0.0)), expected.sum(1))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_gradient_shap_is_exact_for_a_linear_classifier(count: int) -> None:
    classifier, images = linear_classifier(), random_images(3, side=8)
    baselines = random_images(count, side=8, seed=4)
    targets = torch.tensor([0, 1, 2])
    method = GradientShap(samples=6, baselines=baselines)
    result = method.explain(Probe(classifier=classifier), images, targets)
    weight = classifier[1].get_parameter("weight").detach()[targets].view(3, 3, 8, 8)
    torch.testing.assert_close(result.maps, (weight * (images - baselines.mean(0))).sum(1))
    assert float(there(result.completeness_gap).abs().max()) < 1e-5


def test_gradient_shap_counts_its_gap_from_black_and_white() -> None:
    network, images = small_convnet(), random_images(5)
    result = GradientShap(samples=256).explain(Probe(classifier=network), images, TARGETS)
    ends = torch.stack([torch.zeros(3, 16, 16), torch.ones(3, 16, 16)])
    expected = (network(images)[torch.arange(5), TARGETS] - network(ends).mean(0)[TARGETS]).detach().double()
    torch.testing.assert_close(there(result.difference), expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(
        there(result.completeness_gap), result.maps.double().sum((1, 2)) - there(result.difference)
    )
    assert float(there(result.completeness_gap).abs().max()) < 0.1 * float(there(result.difference).abs().max())


@pytest.mark.parametrize("method", DRAWING, ids=name_of)
def test_draws_come_from_the_seed_and_leave_the_global_state(method: Method) -> None:
    before, numpys = torch.get_rng_state(), np.random.get_state(legacy=False)  # noqa: NPY002
    first, again, other = (explained(method, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)
    assert torch.equal(torch.get_rng_state(), before)
    assert str(np.random.get_state(legacy=False)) == str(numpys)  # noqa: NPY002


@pytest.mark.parametrize("method", METHODS, ids=name_of)
@pytest.mark.parametrize("batch_size", [1, 4, 7])
def test_the_batch_size_changes_no_map(method: Method, batch_size: int) -> None:
    torch.testing.assert_close(explained(method, batch_size=batch_size), explained(method), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("method", METHODS, ids=name_of)
def test_a_map_depends_on_its_image_alone(method: Method) -> None:
    together = explained(method)
    probe = Probe(classifier=small_convnet())
    alone = method.explain(probe, random_images(5)[3:4], TARGETS[3:4]).maps
    torch.testing.assert_close(alone, together[3:4], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("method", METHODS, ids=name_of)
def test_maps_survive_memory_that_runs_out(method: Method) -> None:
    inner = small_convnet()

    def narrow(images: torch.Tensor) -> torch.Tensor:
        if len(images) > 3:
            raise torch.OutOfMemoryError
        logits: torch.Tensor = inner(images)
        return logits

    got = method.explain(Probe(classifier=narrow), random_images(5), TARGETS).maps
    torch.testing.assert_close(got, explained(method), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("shape", [(2, 3, 8, 8), (3, 16, 16), (0, 3, 16, 16)], ids=str)
def test_baselines_of_another_shape_are_told(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected `baselines` of shape \(B, 3, 16, 16\) like the images, got"):
        explained(GradientShap(baselines=torch.zeros(shape)))
