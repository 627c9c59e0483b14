import pytest
import torch

from xai.invariances import (
    Posterior,
    as_condition,
    balanced_rows,
    fit_linear,
    project,
    projection_effect,
)


class Itself:
    """Images are codes; what is encoded is off by something."""

    def __init__(self, lost=0.0):
        self.lost = lost

    def draw(self, codes):
        return codes

    def posteriors(self, images):
        return Posterior(mean=images + self.lost, log_variance=torch.zeros_like(images))


def grouped(count, seed):
    """Codes whose first number is moved by the group."""
    generator = torch.Generator().manual_seed(seed)
    groups = torch.randint(2, (count,), generator=generator)
    content = torch.randn(count, 3, generator=generator)
    codes = content.clone()
    codes[:, 0] = 0.5 * content[:, 0] + 4 * groups
    return codes, groups, content


@pytest.fixture(scope="module")
def network():
    codes, groups, _ = grouped(1500, 0)
    return fit_linear(codes, as_condition(groups, 2, like=codes))


def test_the_group_changes_and_the_content_stays(network):
    codes, groups, content = grouped(300, 2)
    here, there = (as_condition(g, 2, like=codes) for g in (groups, 1 - groups))
    moved = project(network, codes, here, there)
    expected = content.clone()
    expected[:, 0] = 0.5 * content[:, 0] + 4 * (1 - groups)
    assert (moved - expected).abs().mean() < 0.15
    assert torch.allclose(project(network, moved, there, here), codes, atol=1e-3)


@pytest.mark.parametrize(("number", "flips"), [(0, True), (2, False)], ids=["confounded", "blind"])
def test_a_classifier_flips_where_it_reads_the_group(network, number, flips):
    codes, groups, _ = grouped(400, 2)

    def classify(drawn):
        mark = 4 * (drawn[:, number] - (2 if flips else 0))
        return torch.stack([-mark, mark], 1)

    def read(drawn):
        return (drawn[:, 0] > 2).long()

    found = projection_effect(network, classify, codes, groups, count=2, autoencoder=Itself(), read=read)
    assert (found.flipped.value > 0.95) == flips and (found.flipped.value < 0.03) != flips
    assert (found.shift.value > 0.9) == flips
    assert found.round_trip.value < 1e-3 and found.leak.value < 0.03
    assert found.readable.value > 0.95 and found.arrived.value > 0.95
    sizes = groups.bincount()
    assert {pair: one.n for pair, one in found.pairs.items()} == {(0, 1): sizes[0], (1, 0): sizes[1]}
    mean = sum(one.value * one.n for one in found.pairs.values()) / len(groups)
    assert mean == pytest.approx(found.flipped.value)


def test_every_other_group_is_a_target():
    generator = torch.Generator().manual_seed(0)
    groups = torch.randint(3, (900,), generator=generator)
    codes = torch.randn(900, 2, generator=generator) + 5 * groups[:, None]
    network = fit_linear(codes, as_condition(groups, 3, like=codes))

    def nearest(drawn):
        return (drawn.mean(1) / 5).round().long().clamp(0, 2)

    found = projection_effect(
        network,
        lambda drawn: 9.0 * (nearest(drawn) == 2).float()[:, None] * torch.tensor([-1.0, 1.0]),
        codes,
        groups,
        count=3,
        autoencoder=Itself(lost=0.5),
        read=nearest,
    )
    assert set(found.pairs) == {(a, b) for a in range(3) for b in range(3) if a != b}
    assert found.pairs[0, 1].value < 0.05 and found.pairs[0, 2].value > 0.95 and found.pairs[2, 1].value > 0.95
    assert found.flipped.value == pytest.approx(2 / 3, abs=0.05)
    assert 0.03 < found.round_trip.value < 0.3, "what is lost between drawing and encoding counts"


def test_groups_are_balanced_and_checked():
    groups = torch.tensor([0, 2, 2, 2, 1])
    rows = balanced_rows(groups, generator=torch.Generator().manual_seed(0))
    assert groups[rows].bincount().tolist() == [3, 3, 3] and {0, 1, 2, 3, 4} == set(rows.tolist())
    with pytest.raises(ValueError, match=r"expected groups in 0..1 of at least two, got \[0, 1, 2\]"):
        as_condition(groups, 2, like=torch.zeros(1))
