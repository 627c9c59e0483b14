import torch

from xai.invariances import ProbeRecipe, unexplained

QUICK = ProbeRecipe(hidden=32, steps=80, noise=0.02, learning_rate=5e-3)


def parts(of, noise):
    """Features and values of images to learn from, to stop by and to judge by."""
    found = []
    for seed, count in enumerate((1000, 300, 600)):
        generator = torch.Generator().manual_seed(seed)
        features = torch.randn(count, 3, generator=generator)
        found.append((features, of(features) + noise * torch.randn(count, 1, generator=generator)))
    return found


def test_a_linear_property_is_open_by_its_noise():
    learn, stop, test = parts(lambda x: x[:, :1], 0.5)
    found = unexplained(*learn, held_out=stop, test=test, of="mark", recipe=QUICK)
    assert (
        abs(found.value - 0.2) < 0.04 and found.low < 0.2 < found.high + 0.02 and "1 - R^2 of mark" in found.convention
    )


def test_a_bent_property_is_read_by_the_network_and_none_by_nobody():
    learn, stop, test = parts(lambda x: x[:, :1] * x[:, 1:2], 0.1)
    assert unexplained(*learn, held_out=stop, test=test, of="mark", recipe=QUICK).value < 0.5
    learn, stop, test = parts(lambda x: 0 * x[:, :1], 1.0)
    assert 0.95 < unexplained(*learn, held_out=stop, test=test, of="mark", recipe=QUICK).value < 1.1
    assert eval(repr(QUICK)) == QUICK
