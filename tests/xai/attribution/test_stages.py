import pytest
import torch
from torch import Tensor, nn

from tests.xai.attribution.small_networks import TokenNet, random_images, small_convnet, there
from xai.attribution.probe import Probe
from xai.attribution.stages import Stage, find_stages, token_grid, told_prefix


def stages_of(module: nn.Module, side: int = 16) -> list[Stage]:
    return find_stages(Probe(classifier=module), module, random_images(1, side=side))


def hooks_of(module: nn.Module) -> int:
    return sum(len(part._forward_hooks) + len(part._backward_hooks) for part in module.modules())


def test_a_convnet_has_its_maps_as_stages_last_first() -> None:
    network = small_convnet()
    stages = stages_of(network)
    assert [stage.module for stage in stages] == [network[index] for index in (5, 4, 3, 2, 1, 0)]
    assert hooks_of(network) == 0


@pytest.mark.parametrize("prefix", [0, 1, 5])
def test_a_token_model_has_its_tokens_as_stages(prefix: int) -> None:
    network, images = TokenNet(prefix=prefix), random_images(2)
    stages = stages_of(network)
    assert [stage.module for stage in stages] == [network.attention, network.norm, network.patches]
    with stages[1].tapped() as leaves:
        network(images)
    patches = network.patches(images).permute(0, 2, 3, 1)
    torch.testing.assert_close(there(stages[1].grid(leaves[-1])), network.norm(patches).permute(0, 3, 1, 2))


@pytest.mark.parametrize("prefix", [0, 1, 5])
def test_tokens_become_the_grid_behind_their_prefix(prefix: int) -> None:
    grid = torch.randn(2, 6, 4, 3)
    tokens = torch.cat([torch.randn(2, prefix, 6), grid.flatten(2).transpose(1, 2)], 1)
    stage = Stage(module=nn.Identity(), size=(64, 48))
    assert torch.equal(there(stage.grid(tokens)), grid)
    told = Stage(module=nn.Identity(), size=(64, 48), channels=6, prefix=prefix)
    assert torch.equal(there(told.grid(tokens.transpose(1, 2))), grid)


class TokenMixer(nn.Module):
    """Patches as 16 tokens of 64 numbers, and layers over the tokens alone, whose features are transposed."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 64, 4, stride=4)
        self.mixing = nn.Linear(16, 16)
        self.head = nn.Linear(64, 3)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.mixing(self.patches(images).flatten(2)).mean(2))
        return logits


def test_layers_over_transposed_tokens_are_turned() -> None:
    """Their 64 channels would else pass for a grid of 8 x 8 tokens."""
    network, images = TokenMixer(), random_images(2)
    stages = stages_of(network)
    assert [stage.module for stage in stages] == [network.mixing, network.patches]
    mixed = network.mixing(network.patches(images).flatten(2))
    assert torch.equal(there(stages[0].grid(mixed)), mixed.unflatten(2, (4, 4)))


@pytest.mark.parametrize("channels", [None, 10])
def test_maps_with_channels_last_are_turned(channels: int | None) -> None:
    stage = Stage(module=nn.Identity(), size=(64, 48), channels=channels)
    grid = torch.randn(2, 10, 4, 3)
    assert torch.equal(there(stage.grid(grid)), grid)
    assert torch.equal(there(stage.grid(grid.movedim(1, 3))), grid)


@pytest.mark.parametrize(
    "features",
    [torch.zeros(2, 5), torch.zeros(2, 5, 1, 1), torch.zeros(2, 3, 4, 4).long(), [torch.zeros(2, 3, 4, 4)], None],
    ids=["vector", "one position", "integers", "list", "none"],
)
def test_what_is_no_map_has_no_grid(features: object) -> None:
    assert Stage(module=nn.Identity(), size=(16, 16)).grid(features) is None


@pytest.mark.parametrize("prefix", [0, 1, 2, 5])
@pytest.mark.parametrize("size", [(224, 224), (96, 64), (64, 96)], ids=str)
def test_token_grids_have_the_images_shape(size: tuple[int, int], prefix: int) -> None:
    height, width = size[0] // 16, size[1] // 16
    assert token_grid(prefix + height * width, size, prefix) == (prefix, height, width)


def test_a_told_prefix_that_does_not_fit_is_not_believed() -> None:
    assert token_grid(196, (224, 224), prefix=1) == (0, 14, 14)
    assert token_grid(1, (224, 224), prefix=5) == (0, 1, 1)


def test_networks_tell_their_prefix() -> None:
    network = nn.Sequential(nn.Identity(), nn.Identity())
    assert told_prefix(network) is None
    vars(network[1])["num_prefix_tokens"] = 5
    assert told_prefix(network) == 5


def test_told_stages_are_believed_without_a_look() -> None:
    network = small_convnet()
    vars(network)["feature_info"] = [{"module": "0", "num_chs": 8}, {"module": "4", "num_chs": 12}]

    def unasked(images: Tensor) -> Tensor:
        raise AssertionError

    stages = find_stages(Probe(classifier=unasked), network, random_images(1))
    assert [(stage.module, stage.channels) for stage in stages] == [(network[4], 12), (network[0], 8)]


@pytest.mark.parametrize("told", [[{"module": "absent"}], [{"num_chs": 3}], ["0"]], ids=str)
def test_lists_that_name_no_module_are_not_believed(told: list[object]) -> None:
    network = small_convnet()
    vars(network)["feature_info"] = told
    assert len(stages_of(network)) == 6


def test_tapped_features_get_the_gradients_that_autograd_gives() -> None:
    network = small_convnet()
    images = random_images(3)
    stage = stages_of(network)[2]  # the pooling, whose output a convolution reads
    with stage.tapped() as leaves:
        logits = network(images)
    features = network[:4](images).detach().requires_grad_()
    (expected,) = torch.autograd.grad(network[4:](features)[:, 1].sum(), features)
    (got,) = torch.autograd.grad(logits[:, 1].sum(), leaves[-1])
    torch.testing.assert_close(got, expected)
    torch.testing.assert_close(leaves[-1].detach(), features.detach())


def test_tapping_leaves_no_hook_even_after_an_error() -> None:
    network = small_convnet()
    with pytest.raises(KeyError), stages_of(network)[0].tapped():
        assert hooks_of(network) == 1
        raise KeyError
    assert hooks_of(network) == 0


def test_what_follows_a_tap_may_work_in_place() -> None:
    network = small_convnet()
    with Stage(module=network[1], size=(16, 16)).tapped() as leaves:  # the ReLU behind it works in place
        network(random_images(2))
    assert bool((leaves[-1] < 0).any())


def test_looking_leaves_no_hook_after_an_error() -> None:
    network = small_convnet(classes=4)
    network.append(nn.Linear(5, 2))
    with pytest.raises(RuntimeError):
        stages_of(network)
    assert hooks_of(network) == 0
