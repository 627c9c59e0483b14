import torch

from xai.invariances import ProbeRecipe, fit_reader, unexplained

QUICK = ProbeRecipe(hidden=32, steps=80, noise=0.02, learning_rate=5e-3)


def parts(of, noise):
    """Features and values of images to learn from, to stop by and to judge by."""
    found = []
    for seed, count in enumerate((1000, 300, 600)):
        generator = torch.Generator().manual_seed(seed)
        features = torch.randn(count, 3, generator=generator)
        found.append((features, of(features) + noise * torch.randn(count, 1, generator=generator)))
    return found


def parts_of(properties):
    """The same of several properties at once, by name: (function, noise)."""
    told = {name: parts(of, noise) for name, (of, noise) in properties.items()}
    features = [part[0] for part in next(iter(told.values()))]
    return [(x, {name: told[name][place][1] for name in told}) for place, x in enumerate(features)]


def test_every_property_has_the_better_of_both_readers():
    learn, stop, test = parts_of(
        {
            "linear": (lambda x: x[:, :1], 0.5),
            "bent": (lambda x: x[:, :1] * x[:, 1:2], 0.1),
            "nothing": (lambda x: 0 * x[:, :1], 1.0),
        }
    )
    found = unexplained(*learn, held_out=stop, test=test, recipe=QUICK)
    assert list(found) == ["linear", "bent", "nothing"] and "1 - R^2 of bent" in found["bent"].convention
    linear = found["linear"]
    assert abs(linear.value - 0.2) < 0.04 and linear.low < 0.2 < linear.high + 0.02
    assert found["bent"].value < 0.5 and 0.95 < found["nothing"].value < 1.1


def test_a_reader_is_a_function_to_as_many_numbers():
    learn, stop, test = parts(lambda x: x[:, :2], 0.1)
    read = fit_reader(*learn, held_out=stop, recipe=QUICK)
    assert read(test[0]).shape == (600, 2) and (read(test[0]) - test[1]).abs().mean() < 0.2
    assert eval(repr(QUICK)) == QUICK
