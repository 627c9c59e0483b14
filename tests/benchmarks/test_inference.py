import numpy as np
import pytest
import timm
import torch
from sklearn.metrics import log_loss
from torch import Tensor, nn

from benchmarks.inference import Engine, NoRoomError, score_logits

CPU = torch.device("cpu")


class Greedy(nn.Module):
    """Runs out of memory on batches above its limit, as an accelerator or the CPU's allocator says it."""

    def __init__(self, limit: int, message: str) -> None:
        super().__init__()
        self.limit, self.message = limit, message
        self.sizes: list[int] = []
        self.head = nn.Linear(3, 4)

    def forward(self, images: Tensor) -> Tensor:
        self.sizes.append(len(images))
        if len(images) > self.limit:
            raise RuntimeError(self.message)
        logits: Tensor = self.head(images.float().mean((2, 3)))
        return logits


class Scaled(nn.Module):
    """Pixels in 0..255 for a network that wants them near 0."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.network(images.float() / 128 - 1)
        return logits


class Rounded(nn.Module):
    """A linear classifier whose arithmetic follows the autocast type, with many close calls."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Conv2d(3, 32, 3), nn.ReLU(), nn.Conv2d(32, 10, 3))

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.layers(images.float() / 255).mean((2, 3))
        return logits


def pixels(count: int) -> Tensor:
    return torch.randint(256, (count, 3, 12, 12), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("message", ["CUDA out of memory. Tried", "DefaultCPUAllocator: can't allocate memory: you"])
def test_batches_shrink_until_they_fit_and_nothing_is_lost(message: str) -> None:
    greedy = Greedy(3, message)
    engine = Engine(classifier=greedy, device=CPU, precision="exact", batch_size=16)
    logits = engine.logits(pixels(20))
    torch.testing.assert_close(logits, greedy.head(pixels(20).float().mean((2, 3))))
    assert engine.batch_size == 2
    assert max(greedy.sizes[greedy.sizes.index(2) :]) == 2, "the smaller size is kept"


def test_memory_too_small_for_one_image_is_an_error() -> None:
    engine = Engine(classifier=Greedy(0, "out of memory"), device=CPU, precision="exact")
    with pytest.raises(NoRoomError, match=r"expected room on cpu for one image \(3, 12, 12\).*same command continues"):
        engine.logits(pixels(2))


def test_the_batch_size_changes_no_bit_of_a_real_network() -> None:
    """Also where the number of images is odd: kernels would sum in another order for the rest of them."""
    torch.manual_seed(0)
    network = timm.create_model("test_resnet", num_classes=5).eval()
    images = torch.randint(256, (63, 3, 32, 32), dtype=torch.uint8)
    logits = [
        Engine(classifier=Scaled(network), device=CPU, precision="exact", batch_size=size).logits(images)
        for size in (16, 32, 64)
    ]
    assert torch.equal(logits[0], logits[1]) and torch.equal(logits[0], logits[2])


def test_other_errors_pass_through() -> None:
    engine = Engine(classifier=Greedy(0, "shapes do not match"), device=CPU, precision="exact")
    with pytest.raises(RuntimeError, match="shapes do not match"):
        engine.logits(pixels(2))


@pytest.mark.parametrize("batch_size", [1, 7, 64])
def test_batch_size_changes_no_prediction(batch_size: int) -> None:
    network = Rounded()
    reference = network(pixels(65)).detach()
    logits = Engine(classifier=network, device=CPU, precision="exact", batch_size=batch_size).logits(pixels(65))
    torch.testing.assert_close(logits, reference, atol=1e-5, rtol=1e-5)
    assert torch.equal(logits.argmax(1), reference.argmax(1))


def test_close_calls_are_decided_in_float32() -> None:
    if not Engine(classifier=nn.Identity(), device=CPU).reduced:
        pytest.skip("this processor has no bfloat16 instructions: auto is float32")
    images = pixels(400)
    exact = Engine(classifier=Rounded(), device=CPU, precision="exact").logits(images)
    auto = Engine(classifier=Rounded(), device=CPU)
    auto.calibrate(images[:64])
    logits = auto.logits(images)
    assert 0 < auto.tolerance < 1
    assert 0 < auto.decided_again < 400
    assert not torch.equal(logits, exact), "some images are computed in bfloat16"
    assert torch.equal(logits.argmax(1), exact.argmax(1))


def test_close_calls_are_filled_up_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rest of one image would be summed in another order, and the batch size would show."""
    monkeypatch.setattr("benchmarks.inference.has_bfloat16", lambda _: True)
    torch.manual_seed(0)
    network = Greedy(1000, "")
    engine = Engine(classifier=network, device=CPU, batch_size=16)
    engine.tolerance = 0.0
    first = engine.logits(pixels(64)).topk(2).values
    engine.tolerance = float((first[:, 0] - first[:, 1]).sort().values[16:18].mean())  # seventeen are below
    assert len(engine.logits(pixels(64))) == 64
    assert engine.decided_again == 17
    assert network.sizes == [16] * 10


def test_uncalibrated_auto_is_exact() -> None:
    images = pixels(16)
    exact = Engine(classifier=Rounded(), device=CPU, precision="exact").logits(images)
    assert torch.equal(Engine(classifier=Rounded(), device=CPU).logits(images), exact)


def test_modes_are_restored() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout())
    network.train()
    network[1].eval()
    with Engine(classifier=network, device=CPU).running():
        assert not any(module.training for module in network.modules())
    assert [module.training for module in network] == [True, False, True]


@pytest.mark.parametrize(
    ("options", "message"),
    [({"precision": "half"}, "`precision` in .* got 'half'"), ({"batch_size": 0}, "at least 1, got 0")],
)
def test_bad_settings_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Engine(classifier=nn.Identity(), device=CPU, **options)  # type: ignore[arg-type]


def test_scores_agree_with_plain_formulas() -> None:
    generator = torch.Generator().manual_seed(1)
    logits = 3 * torch.randn(50, 7, generator=generator)
    labels = np.random.default_rng(0).integers(0, 7, 50)
    scores = score_logits(logits, labels)
    p = torch.softmax(logits.double(), 1).numpy()
    hot = np.eye(7)[labels]
    ordered = np.sort(p, 1)
    assert np.array_equal(scores["prediction"], p.argmax(1))
    assert np.array_equal(scores["correct"], p.argmax(1) == labels)
    np.testing.assert_allclose(scores["max_probability"], ordered[:, -1])
    np.testing.assert_allclose(scores["margin"], ordered[:, -1] - ordered[:, -2])
    np.testing.assert_allclose(scores["entropy"], -(p * np.log(p)).sum(1))
    np.testing.assert_allclose(scores["energy"], np.log(np.exp(logits.double().numpy()).sum(1)))
    np.testing.assert_allclose(scores["brier"], ((p - hot) ** 2).sum(1))
    assert np.mean(scores["loss"]) == pytest.approx(log_loss(labels, p, labels=range(7)))
    assert np.array_equal(scores["rank"], 1 + (p > p[np.arange(50), labels][:, None]).sum(1))
    assert np.array_equal(np.array(scores["top5"]), np.argsort(-p, 1)[:, :5])


def test_ties_go_to_the_lower_index() -> None:
    scores = score_logits(torch.zeros(1, 4), np.array([2]))
    assert scores["top5"] == [[0, 1, 2, 3]]
    assert scores["rank"][0] == 3


def test_confident_logits_do_not_tie() -> None:
    logits = torch.tensor([[24.0, 0.0], [25.0, 0.0]])
    assert torch.softmax(logits, 1).max(1).values.tolist() == [1.0, 1.0], "float32 cannot tell them apart"
    scores = score_logits(logits, np.array([0, 0]))
    assert scores["max_probability"][0] < scores["max_probability"][1] < 1


def test_two_and_one_class_heads() -> None:
    two = score_logits(torch.tensor([[0.0, 1.0]]), np.array([1]))
    assert two["top5"] == [[1, 0]] and two["correct"][0]
    one = score_logits(torch.tensor([[3.0]]), np.array([0]))
    assert one["max_probability"][0] == 1 and one["margin"][0] == 1
