import pytest
import torch
import torch.nn.functional as F

from benchmarks.networks import WideResNet


def slow_forward(network: WideResNet, images: torch.Tensor) -> torch.Tensor:
    """The paper's figure 1a, step by step, from the network's tensors alone."""
    state = network.state_dict()

    def norm(features: torch.Tensor, name: str) -> torch.Tensor:
        mean, var = state[f"{name}.running_mean"], state[f"{name}.running_var"]
        return F.relu(F.batch_norm(features, mean, var, state[f"{name}.weight"], state[f"{name}.bias"]))

    features = F.conv2d(images, state["stem.weight"], padding=1)
    for group in range(3):
        stride, name = (1, 2, 2)[group], f"groups.{group}.0"
        active = norm(features, f"{name}.bn1")
        shortcut = F.conv2d(active, state[f"{name}.shortcut.weight"], stride=stride)
        features = F.conv2d(active, state[f"{name}.conv1.weight"], stride=stride, padding=1)
        features = F.conv2d(norm(features, f"{name}.bn2"), state[f"{name}.conv2.weight"], padding=1) + shortcut
    return F.linear(norm(features, "norm").mean((2, 3)), state["head.weight"], state["head.bias"])


def test_the_smallest_one_equals_its_figure() -> None:
    torch.manual_seed(0)
    network = WideResNet(10, 2, 5).eval()
    images = torch.randn(3, 3, 32, 32)
    torch.testing.assert_close(network(images), slow_forward(network, images))


def test_depths_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="expected `depth` of 6 n \\+ 4, got 27"):
        WideResNet(27, 10, 10)
