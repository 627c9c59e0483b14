import dataclasses

import pytest
import torch

from tests.xai.attribution.small_networks import there
from xai.attribution.result import Attribution


def explained(**changes: torch.Tensor) -> Attribution:
    return Attribution(maps=torch.zeros(3, 2, 2), method="made_up", convention="none", **changes)


def test_relative_gap_is_a_share_of_the_size_of_the_difference() -> None:
    result = explained(difference=torch.tensor([4.0, -2.0, 0.0]), completeness_gap=torch.tensor([-1.0, 1.0, 0.0]))
    assert torch.equal(there(result.relative_gap), torch.tensor([0.25, 0.5, 0.0]))


def test_a_gap_where_there_is_no_difference_is_infinite() -> None:
    result = explained(difference=torch.zeros(2), completeness_gap=torch.tensor([0.1, -0.1]))
    assert there(result.relative_gap).isinf().all()


@pytest.mark.parametrize("only", [{}, {"difference": torch.ones(3)}, {"completeness_gap": torch.ones(3)}], ids=str)
def test_nothing_promised_means_no_relative_gap(only: dict[str, torch.Tensor]) -> None:
    assert explained(**only).relative_gap is None


def test_results_are_frozen_and_take_keywords_only() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        explained().method = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        Attribution(torch.zeros(1, 2, 2), "made_up", "none")  # type: ignore[call-arg]
