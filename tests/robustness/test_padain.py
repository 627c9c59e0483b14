import copy
import io
import pickle
from collections.abc import Iterator

import pytest
import timm
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from robustness.padain import PermutedAdaIN, insert_padain, padain_sites, permuted_adain, remove_padain

SWAP = torch.tensor([1, 0])
CYCLE = torch.tensor([2, 0, 3, 1])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def some_features(count: int = 4, channels: int = 3, height: int = 5, width: int = 6) -> Tensor:
    generator = seeded()
    level = 4 * torch.randn(count, channels, 1, 1, generator=generator)
    spread = 0.5 + torch.rand(count, channels, 1, 1, generator=generator)
    return level + spread * torch.randn(count, channels, height, width, generator=generator)


def network() -> nn.Module:
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 6, 3), nn.BatchNorm2d(6), nn.Flatten()]
    return nn.Sequential(*layers, nn.Linear(96, 5))


def images() -> Tensor:
    return torch.rand(8, 3, 8, 8, generator=seeded(1))


def plain(features: Tensor, permutation: Tensor, eps: float) -> Tensor:
    """Channel by channel, position by position, in float64."""
    x = features.double()
    out = torch.empty_like(x)
    for image, other in enumerate(permutation.tolist()):
        for channel in range(x.shape[1]):
            own, given = x[image, channel].flatten(), x[other, channel].flatten()
            (mean, root), (new_mean, new_root) = (
                (values.mean(), (((values - values.mean()) ** 2).sum() / (len(values) - 1) + eps) ** 0.5)
                for values in (own, given)
            )
            out[image, channel] = (x[image, channel] - mean) / (root + eps) * new_root + new_mean
    return out


def test_the_numbers_of_the_authors_code() -> None:
    features = (torch.arange(16.0) ** 1.5).view(2, 1, 2, 4)
    moved = permuted_adain(features, SWAP)
    close = {"rtol": 0, "atol": 1e-4}
    torch.testing.assert_close(moved.flatten()[:4], torch.tensor([25.29053, 27.15189, 30.55523, 34.96240]), **close)
    torch.testing.assert_close(moved.mean((2, 3)).flatten(), torch.tensor([39.58155, 7.67776]), **close)
    torch.testing.assert_close(moved.std((2, 3)).flatten(), torch.tensor([12.43499, 6.68062]), **close)


@pytest.mark.parametrize("eps", [1e-5, 0.3])
def test_equal_to_the_plain_formula(eps: float) -> None:
    features = some_features()
    expected = plain(features, CYCLE, eps).float()
    torch.testing.assert_close(permuted_adain(features, CYCLE, eps), expected, rtol=1e-5, atol=1e-5)


def test_images_receive_the_statistics_of_the_other_and_keep_their_arrangement() -> None:
    features = some_features()
    moved = permuted_adain(features, CYCLE)
    torch.testing.assert_close(moved.mean((2, 3)), features[CYCLE].mean((2, 3)), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(moved.std((2, 3)), features[CYCLE].std((2, 3)), rtol=1e-4, atol=1e-4)
    order = moved.flatten(2).argsort(2)
    assert torch.equal(order, features.flatten(2).argsort(2))


def test_fixed_points_change_nothing_but_rounding() -> None:
    features = some_features()
    torch.testing.assert_close(permuted_adain(features, torch.arange(4)), features, rtol=1e-4, atol=1e-4)


def test_flat_channels_stay_finite() -> None:
    features = some_features()
    features[0] = 2.0
    features.requires_grad_()
    moved = permuted_adain(features, CYCLE)
    moved.square().sum().backward()
    assert bool(moved.isfinite().all())
    assert features.grad is not None
    assert bool(features.grad.isfinite().all())
    torch.testing.assert_close(moved[0].mean((1, 2)), features[2].mean((1, 2)))


def test_no_gradient_flows_into_received_statistics() -> None:
    features = some_features().requires_grad_()
    permuted_adain(features, CYCLE)[0].square().sum().backward()
    assert features.grad is not None
    assert bool(features.grad[0].any())
    assert not features.grad[1:].any()


def test_gradients_flow_through_the_images_own_statistics() -> None:
    features = some_features(2, 1, 2, 3).double().requires_grad_()
    style = features.detach()[SWAP]

    def restyled(content: Tensor) -> Tensor:
        both = torch.cat([content, style])
        return permuted_adain(both, torch.tensor([2, 3, 0, 1]))[:2]

    assert torch.autograd.gradcheck(restyled, (features,))
    (gradient,) = torch.autograd.grad(permuted_adain(features, SWAP).mul(features.detach()).sum(), features)
    # The mean is subtracted, so a common shift of one channel changes nothing.
    torch.testing.assert_close(gradient.sum((2, 3)), torch.zeros(2, 1, dtype=torch.float64), atol=1e-9, rtol=0)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_takes_its_statistics_in_float32(dtype: torch.dtype) -> None:
    features = (some_features(height=40, width=40) + 20).to(dtype)
    moved = permuted_adain(features, CYCLE)
    assert moved.dtype == dtype
    expected = plain(features.float(), CYCLE, 1e-5).to(dtype)
    assert (moved == expected).float().mean() > 0.99


@pytest.mark.parametrize("shape", [(4, 3, 5, 6), (4, 8, 6, 1), (4, 1, 3, 3)], ids=str)
def test_memory_format_stays(shape: tuple[int, int, int, int]) -> None:
    plain_format = some_features(*shape)
    last = plain_format.contiguous(memory_format=torch.channels_last)
    moved = permuted_adain(last, CYCLE)
    assert moved.stride() == last.stride()
    torch.testing.assert_close(moved, permuted_adain(plain_format, CYCLE))
    assert permuted_adain(plain_format, CYCLE).is_contiguous()


def test_single_positions_have_no_variance_and_come_back() -> None:
    features = some_features(4, 3, 1, 1)
    assert permuted_adain(features, CYCLE) is features
    assert PermutedAdaIN(p=1.0)(features) is features
    one = some_features(1)
    assert PermutedAdaIN(p=1.0)(one) is one
    assert PermutedAdaIN(p=1.0)(one[:0]).shape == (0, 3, 5, 6)


def test_what_is_no_map_or_no_permutation_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected `features` of shape \(N, C, H, W\), floating point, got \(4, 3\)"):
        permuted_adain(torch.zeros(4, 3), CYCLE)
    with pytest.raises(ValueError, match=r"expected `permutation` of shape \(4,\), .*, got \(2,\)"):
        permuted_adain(some_features(), SWAP)
    for p in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match=r"expected probability `p` in \[0, 1\], got"):
            PermutedAdaIN(p=p)


@pytest.mark.parametrize("layer", [PermutedAdaIN(p=0.0), PermutedAdaIN(p=1.0).eval()], ids=["p = 0", "evaluation"])
def test_off_is_the_identity_and_draws_nothing(layer: nn.Module) -> None:
    features, state = some_features(), torch.get_rng_state()
    assert layer(features) is features
    assert torch.equal(torch.get_rng_state(), state)


def test_every_call_draws_for_itself_with_probability_p() -> None:
    layer, features = PermutedAdaIN(p=0.3, generator=seeded()), some_features(16, 1, 1, 2)
    moved = [layer(features) for _ in range(1000)]
    acted = [one is not features for one in moved]
    assert abs(sum(acted) - 300) < 4 * (1000 * 0.3 * 0.7) ** 0.5
    assert len({tuple(one.flatten().tolist()) for one, act in zip(moved, acted, strict=True) if act}) > 290


def test_the_global_generator_serves_where_none_is_given() -> None:
    layer, features = PermutedAdaIN(p=1.0), some_features()
    torch.manual_seed(7)
    first = layer(features)
    torch.manual_seed(7)
    assert torch.equal(layer(features), first)


def test_copies_and_pickles_keep_the_state_of_a_generator() -> None:
    layer, features = PermutedAdaIN(p=0.5, generator=seeded()), some_features(16)
    copies = copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))
    expected = [layer(features) for _ in range(8)]
    for other in copies:
        assert all(torch.equal(other(features), one) for one in expected)
    assert repr(layer) == "PermutedAdaIN(p=0.5, eps=1e-05)"


def test_insertion_leaves_state_dicts_and_evaluation_as_they_are() -> None:
    model, other = network(), network()
    assert insert_padain(model, p=1.0) == 2
    assert list(model.state_dict()) == list(other.state_dict())
    model.load_state_dict(other.state_dict(), strict=True)
    other.load_state_dict(model.state_dict(), strict=True)
    assert not list(PermutedAdaIN().parameters()) + list(PermutedAdaIN().buffers())
    assert torch.equal(model.eval()(images()), other.eval()(images()))
    assert not torch.equal(model.train()(images()), other.train()(images()))


def test_a_probability_of_zero_trains_bit_by_bit_as_without() -> None:
    results = []
    for insert in (False, True):
        model = network()
        model.append(nn.Dropout(0.5))
        if insert:
            insert_padain(model, p=0.0)
        torch.manual_seed(3)
        loss = model(images()).square().sum()
        results.append((loss, *torch.autograd.grad(loss, list(model.parameters()))))
    assert all(torch.equal(*pair) for pair in zip(*results, strict=True))


def test_it_acts_between_convolution_and_batch_norm() -> None:
    model = network()
    insert_padain(model, p=1.0)
    seen: dict[str, Tensor] = {}
    model[1].register_forward_pre_hook(lambda module, inputs: seen.update(features=inputs[0]))
    torch.manual_seed(0)
    model(images())
    features = network()[0](images())
    torch.manual_seed(0)
    torch.rand(())
    expected = permuted_adain(features, torch.randperm(8))
    torch.testing.assert_close(seen["features"], expected)


def test_inserted_twice_the_new_probability_counts() -> None:
    model = network()
    assert insert_padain(model, p=0.2) == insert_padain(model, p=0.7) == 2
    assert [module.p for module in model.modules() if isinstance(module, PermutedAdaIN)] == [0.7, 0.7]
    assert len(model[0]._forward_hooks) == 1


def test_sites_are_the_same_before_and_after() -> None:
    model = network()
    sites = padain_sites(model)
    insert_padain(model)
    assert padain_sites(model) == sites == ["0", "3"]


@pytest.mark.parametrize("way", ["itself", "copy", "pickle"])
def test_removal_leaves_no_trace(way: str) -> None:
    model, before = network(), repr(network())
    insert_padain(model, p=1.0)
    if way == "copy":
        model = copy.deepcopy(model)
    if way == "pickle":
        file = io.BytesIO()
        torch.save(model, file)
        file.seek(0)
        model = torch.load(file, weights_only=False)
    assert repr(model) != before
    assert not torch.equal(model(images()), network()(images()))
    remove_padain(model)
    remove_padain(model)
    assert repr(model) == before
    assert torch.equal(model(images()), network()(images()))


def test_foreign_hooks_survive_removal() -> None:
    model = network()
    model[0].register_forward_hook(lambda module, inputs, output: output + 1)
    insert_padain(model)
    remove_padain(model)
    assert len(model[0]._forward_hooks) == 1


def test_a_copy_and_its_original_are_separate() -> None:
    model = network()
    insert_padain(model, p=1.0)
    other = copy.deepcopy(model)
    remove_padain(other)
    assert sum(isinstance(module, PermutedAdaIN) for module in model.modules()) == 2
    assert len(model[0]._forward_hooks) == 1


def test_frozen_batch_norm_does_not_switch_it_off() -> None:
    model = network()
    insert_padain(model, p=1.0)
    model[1].eval(), model[4].eval()
    first, second = model(images()), model(images())
    assert not torch.equal(first, second)


def test_networks_without_batch_norm_are_refused() -> None:
    with pytest.raises(ValueError, match="expected `model` with BatchNorm2d after or before its convolutions, got Seq"):
        insert_padain(nn.Sequential(nn.Conv2d(3, 4, 3), nn.GroupNorm(2, 4)))


@pytest.mark.parametrize("name", ["test_resnet", "test_efficientnet", "test_byobnet"])
def test_small_networks_of_timm_train_at_32_pixels(name: str) -> None:
    torch.manual_seed(0)
    model = timm.create_model(name, num_classes=4)
    assert insert_padain(model, p=1.0) >= 10
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = model(torch.rand(4, 3, 32, 32, generator=seeded())).float().square().mean()
    loss.backward()
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in model.parameters())


def test_a_compiled_network_is_one_graph_in_evaluation_and_draws_alike_in_training() -> None:
    torch.compiler.reset()
    model = network()
    insert_padain(model, p=0.5)
    with torch.no_grad():
        whole = torch.compile(model.eval(), backend="eager", fullgraph=True)
        assert torch.equal(whole(images()), model(images()))
        parts, model = torch.compile(copy.deepcopy(model).train(), backend="eager"), model.train()
        outputs = []
        for one in (parts, model):
            torch.manual_seed(5)
            outputs.append([one(images()) for _ in range(4)])
    assert all(torch.equal(*pair) for pair in zip(*outputs, strict=True))
    torch.compiler.reset()


@pytest.fixture
def one_process() -> Iterator[None]:
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    yield
    dist.destroy_process_group()


def test_distributed_training(one_process: None) -> None:
    model, alone = network(), network()
    for one in (model, alone):
        insert_padain(one, p=0.5)
    losses = []
    for one in (DistributedDataParallel(model), alone):
        torch.manual_seed(2)
        loss = sum(one(images()).square().mean() for _ in range(2))
        loss.backward()
        losses.append(loss.item())
    assert losses[0] == losses[1]
    for one, other in zip(model.parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)
