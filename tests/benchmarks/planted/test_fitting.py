import pytest
import torch
import torch.nn.functional as F

from benchmarks.planted.fitting import Fitting, convnet, fit, initialise


def trained(seed: int) -> tuple[dict[str, torch.Tensor], list[int]]:
    fitting, steps = Fitting(images=32, steps=3, batch_size=8, seed=seed), []
    generator = torch.Generator().manual_seed(seed)
    images = torch.rand(32, 3, 16, 16, generator=torch.Generator().manual_seed(9))
    network = convnet(2)
    initialise(network, generator)
    fit(
        network,
        lambda chosen: F.cross_entropy(network(images[chosen]), chosen % 2),
        fitting,
        generator=generator,
        on_step=steps.append,
    )
    assert not network.training
    return network.state_dict(), steps


def test_the_seed_and_nothing_else_makes_the_weights() -> None:
    first, steps = trained(0)
    assert steps == [1] * 3
    torch.manual_seed(12345)
    state = torch.get_rng_state()
    again, other = trained(0)[0], trained(1)[0]
    assert torch.equal(torch.get_rng_state(), state), "the global generator is left alone"
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["head.weight"], other["head.weight"])


@pytest.mark.parametrize("side", [16, 33, 64])
@pytest.mark.parametrize("places", [1, 4])
def test_one_network_for_every_side(side: int, places: int) -> None:
    assert convnet(5, places=places).eval()(torch.zeros(2, 3, side, side)).shape == (2, 5)


def test_a_pool_of_one_place_forgets_where_things_are_in_the_middle() -> None:
    """With several places the head can tell positions apart, with one only the border's zeros can."""
    networks = [convnet(3, places=places).eval() for places in (1, 4)]
    left, right = torch.zeros(2, 1, 3, 64, 64)
    left[..., 28:32, 24:28] = right[..., 28:32, 32:36] = 1
    for network in networks:
        initialise(network, torch.Generator().manual_seed(0))
    with torch.no_grad():
        gaps = [(network(left) - network(right)).abs().max() for network in networks]
    assert gaps[0] < 1e-5
    assert gaps[1] > 1e-3


def test_errors() -> None:
    with pytest.raises(ValueError, match="expected `images`, `steps` and `batch_size` of at least 1, got 5, 0 and 64"):
        Fitting(images=5, steps=0)
