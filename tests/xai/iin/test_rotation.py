"""The rotation is one, keeps spans, and leans no more than it must."""

import pytest
import torch

from tests.xai.iin.gaussian_pairs import normal
from xai.iin.rotation import factor_rotation


def test_it_is_orthogonal_and_orthonormal_directions_become_its_rows() -> None:
    basis = torch.linalg.qr(normal(6, 6)).Q
    rotation = factor_rotation({"a": basis[:, :2], "none": basis[:, :0], "b": basis[:, 2:3]}, 6)
    assert torch.allclose(rotation @ rotation.T, torch.eye(6).double())
    assert torch.allclose(rotation[:3], basis[:, :3].T)


LEANING = torch.tensor([[1.0, 0.6], [0.0, 0.8], [0.0, 0.0]]).double()


def test_no_other_rotation_comes_closer() -> None:
    """Against angles in steps: the sum of cosines, weighed by length, is highest."""
    lengths = torch.tensor([3.0, 1.0]).double()
    rotation = factor_rotation({"a": LEANING[:, :1] * lengths[0], "b": LEANING[:, 1:] * lengths[1]}, 3)
    reached = ((rotation[:2] * LEANING.T).sum(1) * lengths).sum()
    angles = torch.linspace(-torch.pi, torch.pi, 5001, dtype=torch.float64)
    first = torch.stack([angles.cos(), angles.sin()], 1)
    second = torch.stack([-angles.sin(), angles.cos()], 1)
    others = lengths[0] * first @ LEANING[:2, 0] + lengths[1] * second @ LEANING[:2, 1]
    assert reached >= others.max()
    assert reached.item() == pytest.approx(others.max().item(), abs=1e-5)


def test_the_certain_stays_and_the_uncertain_gives_way() -> None:
    rotation = factor_rotation({"a": LEANING[:, :1] * 99, "b": LEANING[:, 1:] * 0.3}, 3)
    moved = (rotation[:2] * LEANING.T).sum(1).acos()
    assert moved[0] < 0.01
    assert moved[1] > 0.6


def test_directions_of_equal_length_move_by_the_same_angle() -> None:
    lean = LEANING
    rotation = factor_rotation({"a": lean[:, :1], "b": lean[:, 1:]}, 3)
    assert torch.allclose(rotation @ rotation.T, torch.eye(3).double())
    cosines = (rotation[:2] * lean.T).sum(1)
    assert cosines[0].item() == pytest.approx(cosines[1].item())
    assert rotation[2].abs().tolist() == pytest.approx([0, 0, 1])


def test_no_factor_and_no_residual_are_fine() -> None:
    assert torch.allclose(factor_rotation({}, 3) @ factor_rotation({}, 3).T, torch.eye(3).double())
    full = factor_rotation({"a": torch.eye(3)[:, :2], "b": torch.eye(3)[:, 2:]}, 3)
    assert torch.allclose(full, torch.eye(3).double())


def test_too_many_directions_and_twice_the_same_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected at most 3 directions, got 4 \(a 2, b 2\)"):
        factor_rotation({"a": torch.eye(3)[:, :2], "b": torch.eye(3)[:, 1:]}, 3)
    with pytest.raises(ValueError, match="got 'a' and 'b' at a cosine of 1.00"):
        factor_rotation({"a": torch.eye(3)[:, :1], "c": torch.eye(3)[:, 2:], "b": torch.eye(3)[:, :1]}, 3)
