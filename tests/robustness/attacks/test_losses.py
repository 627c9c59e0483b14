import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from robustness.attacks.goals import Goal
from robustness.attacks.losses import LOSSES, choose_loss, dlr, margin

CLASSES = [4, 10, 1000]


def case(classes: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(classes)
    return 3 * torch.randn(30, classes, generator=generator), torch.randint(0, classes, (30,), generator=generator)


def plain(name: str, z: np.ndarray, c: int, targeted: bool) -> float:
    rival = max(value for k, value in enumerate(z) if k != c)
    first, _, third, fourth = sorted(z, reverse=True)[:4]
    spread = first - ((third + fourth) / 2 if targeted else third)
    away = {
        "cross_entropy": np.log(np.expm1(np.log(np.exp(z).sum()) - z[c])),  # H = ln(1 + e^s)
        "margin": rival - z[c],
        "dlr": (rival - z[c]) / spread,
    }[name]
    return float(-away if targeted else away)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("classes", CLASSES)
@pytest.mark.parametrize("targeted", [False, True])
def test_equals_the_definition(name: str, classes: int, targeted: bool) -> None:
    logits, chosen = case(classes)
    ours = LOSSES[name](logits, Goal(classes=chosen, targeted=targeted))
    expected = [plain(name, z, c, targeted) for z, c in zip(logits.double().numpy(), chosen.tolist(), strict=True)]
    assert ours.dtype == torch.float64
    np.testing.assert_allclose(ours.numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize("name", LOSSES)
def test_the_registry_names_its_functions(name: str) -> None:
    assert LOSSES[name].__name__ == name


@pytest.mark.parametrize("loss", [margin, dlr])
@pytest.mark.parametrize("targeted", [False, True])
def test_above_zero_means_reached(loss, targeted: bool) -> None:  # type: ignore[no-untyped-def]
    logits, chosen = case(10)
    goal = Goal(classes=chosen, targeted=targeted)
    assert torch.equal(loss(logits, goal) > 0, goal.reached(logits))


def test_dlr_does_not_feel_the_scale_of_the_logits() -> None:
    logits, chosen = case(10)
    goal = Goal(classes=chosen, targeted=False)
    torch.testing.assert_close(dlr(1000 * logits.double(), goal), dlr(logits, goal))


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("lead", [30.0, 200.0])
def test_a_confident_answer_still_has_a_gradient(name: str, lead: float) -> None:
    """The softmax is one-hot here, and its cross-entropy has no gradient."""
    logits = torch.tensor([[lead, 0.0, -1.0, -2.0]], requires_grad=True)
    (gradient,) = torch.autograd.grad(LOSSES[name](logits, Goal(classes=torch.tensor([0]), targeted=False)), logits)
    assert gradient[0, 0] < -1e-6


def test_the_cross_entropy_points_where_its_plain_form_does() -> None:
    logits, chosen = case(10)
    logits.requires_grad_()
    ours = torch.autograd.grad(LOSSES["cross_entropy"](logits, Goal(classes=chosen, targeted=False)).sum(), logits)[0]
    plain_form = torch.autograd.grad(F.cross_entropy(logits, chosen, reduction="sum"), logits)[0]
    torch.testing.assert_close(F.normalize(ours, dim=1), F.normalize(plain_form, dim=1), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("targeted", [False, True])
def test_dlr_says_how_many_classes_it_needs_and_what_applies(classes: int, targeted: bool) -> None:
    goal = Goal(classes=torch.tensor([0]), targeted=targeted)
    with pytest.raises(ValueError, match=f"at least 4 classes for the loss 'dlr', got {classes}; take 'margin'"):
        dlr(torch.zeros(1, classes), goal)


@pytest.mark.parametrize("classes, name", [(2, "margin"), (3, "margin"), (4, "dlr"), (10, "dlr"), (1000, "dlr")])
def test_the_chosen_loss_applies(classes: int, name: str) -> None:
    assert choose_loss(classes) == name
    logits, chosen = case(classes)
    assert LOSSES[name](logits, Goal(classes=chosen, targeted=False)).isfinite().all()


def test_one_class_cannot_be_attacked() -> None:
    with pytest.raises(ValueError, match="expected `classes` of at least 2, got 1"):
        choose_loss(1)
