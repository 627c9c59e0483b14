import functools
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from robustness.attacks import LOSSES, NORMS, choose_loss, fgsm, input_gradients, pgd
from tests.robustness.attacks.classifiers import answers, linear, network, photos, weights_of_rival

every_norm = pytest.mark.parametrize("norm", NORMS)
ATTACKS: dict[str, Callable[..., Tensor]] = {
    "fgsm": fgsm,
    "pgd": functools.partial(pgd, steps=5),
    "pgd_restarts": functools.partial(pgd, steps=3, restarts=3, early_stop=False),
}


def length(norm: str, perturbations: Tensor) -> Tensor:
    flat = perturbations.double().flatten(1)
    return flat.abs().amax(1) if norm == "linf" else flat.square().sum(1).sqrt()


def rival_lead(classifier: nn.Module, images: Tensor) -> Tensor:
    """(N,) by how much class 1 leads class 0."""
    with torch.no_grad():
        logits: Tensor = classifier(images)
    return (logits[:, 1] - logits[:, 0]).double()


def best_step(norm: str, weights: Tensor, images: Tensor, eps: float) -> Tensor:
    """The best perturbation of a linear score in the ball and in the box, by bisection of its multiplier for L2."""
    low, high = -images.double(), 1 - images.double()
    if norm == "linf":
        return (eps * weights.double().sign()).clamp(-eps, eps).minimum(high).maximum(low)
    least, most = torch.zeros(len(images), 1, 1, 1), torch.full((len(images), 1, 1, 1), 1e4)
    for _ in range(60):
        middle = (least + most) / 2
        short = (length("l2", (middle * weights).minimum(high).maximum(low)) <= eps).view(-1, 1, 1, 1)
        least, most = torch.where(short, middle, least), torch.where(short, most, middle)
    return (least * weights).minimum(high).maximum(low)


@every_norm
def test_fgsm_on_a_linear_classifier_is_the_closed_form(norm: str) -> None:
    classifier, images = linear(2), photos(10, low=0.2, high=0.8)
    weights = weights_of_rival(classifier)
    direction = weights.sign() if norm == "linf" else weights / weights.norm()
    attacked = fgsm(classifier, images, torch.zeros(10, dtype=torch.long), eps=0.1, norm=norm)
    torch.testing.assert_close(attacked, images + 0.1 * direction, rtol=0, atol=3e-7)


@every_norm
@pytest.mark.parametrize("loss", ["cross_entropy", "margin"])
@pytest.mark.parametrize("low, high, share", [(0.4, 0.6, 0.9999), (0.0, 1.0, 0.99)], ids=["free", "at the box"])
def test_pgd_reaches_the_optimum_of_a_linear_classifier(
    norm: str, loss: str, low: float, high: float, share: float
) -> None:
    classifier, images = linear(2), photos(10, low=low, high=high)
    eps = 0.1 if norm == "linf" else 1.0
    step = best_step(norm, weights_of_rival(classifier), images, eps)
    best = rival_lead(classifier, (images + step).float()) - rival_lead(classifier, images)
    labels = torch.zeros(10, dtype=torch.long)
    # On a sphere forty small steps only creep towards the pole.
    attack = pgd if norm == "linf" else functools.partial(pgd, steps=200, relative_step=0.1)
    attacked = attack(classifier, images, labels, eps=eps, norm=norm, loss=loss, early_stop=False)
    gained = rival_lead(classifier, attacked) - rival_lead(classifier, images)
    assert (gained >= share * best).all()
    assert (gained <= best + 1e-4).all()


@pytest.mark.parametrize("attack", ATTACKS)
@every_norm
@pytest.mark.parametrize("seed", range(8))
def test_results_are_in_the_ball_and_in_the_box(attack: str, norm: str, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    eps = float(10 ** torch.empty(()).uniform_(-6, 0.5, generator=generator))
    classifier, images = network(5, seed), photos(8, seed)
    labels = torch.randint(0, 5, (8,), generator=generator)
    attacked = ATTACKS[attack](classifier, images, labels, eps=eps, norm=norm)
    assert attacked.shape == images.shape and attacked.dtype == images.dtype
    assert (length(norm, attacked.double() - images.double()) <= eps).all()
    assert ((attacked >= 0) & (attacked <= 1)).all()


@pytest.mark.parametrize("attack", ATTACKS)
@every_norm
def test_a_radius_of_zero_changes_nothing(attack: str, norm: str) -> None:
    images = photos(6)
    assert torch.equal(ATTACKS[attack](network(4), images, torch.arange(6) % 4, eps=0.0, norm=norm), images)


@every_norm
def test_every_image_may_have_its_own_radius(norm: str) -> None:
    classifier, images = network(4), photos(6)
    radii = torch.tensor([0.0, 0.01, 0.02, 0.05, 0.1, 0.3])
    attacked = pgd(classifier, images, answers(classifier, images), eps=radii, norm=norm, steps=5, early_stop=False)
    reached = length(norm, attacked.double() - images.double())
    assert (reached <= radii.double()).all()
    assert (reached >= 0.9 * radii.double()).all()


@every_norm
@pytest.mark.parametrize("classes", [2, 3, 10, 1000])
def test_pgd_fools_with_any_number_of_classes(norm: str, classes: int) -> None:
    classifier, images = network(classes), photos(16)
    labels = answers(classifier, images)
    eps, loss = (0.15 if norm == "linf" else 2.0), choose_loss(classes)
    assert (answers(classifier, pgd(classifier, images, labels, eps=eps, norm=norm, loss=loss)) != labels).all()


def test_fgsm_is_no_stronger_than_pgd_and_more_radius_never_weaker() -> None:
    classifier, images = network(5), photos(200)
    labels = answers(classifier, images)

    def fooled(attack: Callable[..., Tensor], eps: float) -> int:
        return int((answers(classifier, attack(classifier, images, labels, eps=eps)) != labels).sum())

    counts = [fooled(functools.partial(pgd, steps=20), eps) for eps in (0.0, 0.002, 0.005, 0.01, 0.1)]
    assert counts == sorted(counts)
    assert counts[0] == 0 and counts[-1] == 200 and 0 < counts[2] < 200
    assert fooled(fgsm, 0.005) <= counts[2]


@pytest.mark.parametrize("loss", LOSSES)
def test_targeted_pgd_reaches_its_targets(loss: str) -> None:
    classifier, images = network(5), photos(20)
    targets = (answers(classifier, images) + 2) % 5
    attacked = pgd(classifier, images, None, targets=targets, eps=0.3, loss=loss)
    assert torch.equal(answers(classifier, attacked), targets)


def test_an_image_at_its_target_stays_and_one_that_is_wrong_stays() -> None:
    classifier, images = network(5), photos(20)
    predicted = answers(classifier, images)
    assert torch.equal(pgd(classifier, images, None, targets=predicted, eps=0.1), images)
    assert torch.equal(pgd(classifier, images, (predicted + 1) % 5, eps=0.1), images)


def test_two_classes_with_dlr_are_told_what_to_do() -> None:
    with pytest.raises(ValueError, match="at least 4 classes for the loss 'dlr', got 2; take 'margin'"):
        pgd(network(2), photos(3), torch.zeros(3, dtype=torch.long), eps=0.1, loss="dlr")


def slow_pgd(
    classifier: nn.Module, images: Tensor, labels: Tensor, *, eps: float, steps: int, starts: Tensor
) -> Tensor:
    """Madry et al.'s loop as it is usually written, on one image after the other, without stopping."""
    worst = []
    for image, label, start in zip(images, labels, starts, strict=True):
        x = (image + start).clamp(0, 1)[None]
        fooled = [image[None]]
        for _ in range(steps):
            x = x.detach().requires_grad_()
            F.cross_entropy(classifier(x).double(), label[None]).backward()
            assert x.grad is not None
            x = torch.min(torch.max(x.detach() + 2.5 * eps / steps * x.grad.sign(), image - eps), image + eps).clamp(
                0, 1
            )
            fooled += [x] if classifier(x).argmax(1) != label else []
        worst.append(fooled[-1])
    return torch.cat(worst)


def test_success_equals_that_of_the_plain_loop() -> None:
    classifier, images = network(5), photos(60)
    labels, eps = answers(classifier, images), 0.006
    start = eps * NORMS["linf"].sample(images.shape, torch.Generator().manual_seed(0))
    slow = answers(classifier, slow_pgd(classifier, images, labels, eps=eps, steps=10, starts=start)) != labels
    fast = answers(classifier, pgd(classifier, images, labels, eps=eps, steps=10)) != labels
    assert 5 < int(slow.sum()) < 55
    assert int((slow != fast).sum()) <= 1  # an image at the boundary may feel the last bit


@every_norm
def test_a_confident_classifier_is_fooled_all_the_same(norm: str) -> None:
    """Logits times 1000: a float32 cross-entropy has no gradient on any of these images."""
    classifier, images = network(5), photos(16)
    labels = answers(classifier, images)
    pixels = images.clone().requires_grad_()
    (plain,) = torch.autograd.grad(F.cross_entropy(1000 * classifier(pixels), labels), pixels)
    assert (plain.flatten(1).abs().amax(1) == 0).sum() > 8
    attacked = pgd(lambda x: 1000 * classifier(x), images, labels, eps=0.15 if norm == "linf" else 2.0, norm=norm)
    assert (answers(classifier, attacked) != labels).all()


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("training", [False, True])
def test_modes_gradients_and_inputs_are_left_alone(attack: str, training: bool) -> None:
    classifier, images = network(4).train(training), photos(6)
    classifier.get_submodule("0").train(not training)
    kept = torch.ones(4, dtype=torch.float32)
    classifier.get_parameter("5.bias").grad = kept
    modes = [part.training for part in classifier.modules()]
    before = images.clone()
    ATTACKS[attack](classifier, images, torch.arange(6) % 4, eps=0.1)
    assert modes == [part.training for part in classifier.modules()]
    assert classifier.get_parameter("5.bias").grad is kept and torch.equal(kept, torch.ones(4))
    assert all(p.grad is None for name, p in classifier.named_parameters() if name != "5.bias")
    assert all(p.requires_grad for p in classifier.parameters())
    assert torch.equal(images, before) and images.grad is None


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_the_callers_grad_mode_does_not_matter(attack: str, context: Callable[[], torch.no_grad]) -> None:
    classifier = network(4)
    expected = ATTACKS[attack](classifier, photos(6), torch.arange(6) % 4, eps=0.1)
    assert not expected.requires_grad
    with context():
        attacked = ATTACKS[attack](classifier, photos(6), torch.arange(6) % 4, eps=0.1)
    assert torch.equal(attacked, expected)


def test_frozen_parameters_are_no_trouble() -> None:
    classifier, images = network(4).requires_grad_(False), photos(6)
    labels = answers(classifier, images)
    assert (answers(classifier, pgd(classifier, images, labels, eps=0.3)) != labels).all()


def test_input_gradients_point_away_from_labels_and_towards_targets() -> None:
    classifier, images = linear(2), photos(3)
    zeros = torch.zeros(3, dtype=torch.long)
    away = input_gradients(classifier, images, zeros, loss="margin")
    torch.testing.assert_close(away, weights_of_rival(classifier).expand(3, -1, -1, -1))
    torch.testing.assert_close(input_gradients(classifier, images, None, targets=zeros, loss="margin"), -away)
    assert input_gradients(classifier, images[:0], zeros[:0]).shape == (0, 3, 6, 6)


@pytest.mark.parametrize("attack", ATTACKS)
def test_other_arguments_are_refused(attack: str) -> None:
    run, images, labels = ATTACKS[attack], photos(3), torch.zeros(3, dtype=torch.long)
    with pytest.raises(ValueError, match="expected `loss` to be one of cross_entropy, margin, dlr, got 'hinge'"):
        run(network(4), images, labels, eps=0.1, loss="hinge")
    with pytest.raises(ValueError, match="expected `norm` to be one of linf, l2, got 'l1'"):
        run(network(4), images, labels, eps=0.1, norm="l1")
    with pytest.raises(ValueError, match="expected either `labels`, .* got both"):
        run(network(4), images, labels, targets=labels, eps=0.1)
    with pytest.raises(ValueError, match="expected `labels` in 0..3, got 0..4"):
        run(network(4), images, torch.tensor([0, 4, 1]), eps=0.1)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@every_norm
def test_gpu_fools_what_the_cpu_fools(norm: str) -> None:
    classifier, images = network(5), photos(60)
    labels, eps = answers(classifier, images), 0.006 if norm == "linf" else 0.05
    cpu = answers(classifier, pgd(classifier, images, labels, eps=eps, norm=norm)) != labels
    classifier, on_gpu = classifier.cuda(), images.cuda()
    attacked = pgd(classifier, on_gpu, labels.cuda(), eps=eps, norm=norm, generator=torch.Generator().manual_seed(0))
    assert attacked.device.type == "cuda"
    gpu = answers(classifier, attacked).cpu() != labels
    assert int((cpu != gpu).sum()) <= 1
