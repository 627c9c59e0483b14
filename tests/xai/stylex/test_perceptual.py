"""LPIPS against its formula written out, and files that are not LPIPS."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from tests.xai.stylex.random_weights import random_weights, write_weights
from tests.xai.stylex.small import Brightness
from xai.stylex import Architecture, StylExTraining, TrainingRecipe
from xai.stylex.perceptual import load_perceptual


def images(count: int = 2, *, seed: int = 1) -> Tensor:
    return torch.rand(count, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


def reference(one: Tensor, other: Tensor, weights: dict[str, Tensor]) -> Tensor:
    """Equation 1, an image at a time and layer after layer."""

    def maps(image: Tensor) -> list[Tensor]:
        mean, spread = torch.tensor([-0.030, -0.088, -0.188]), torch.tensor([0.458, 0.448, 0.450])
        x = ((2 * image - 1 - mean[:, None, None]) / spread[:, None, None])[None]
        found = []
        for place, stride, padding in ((0, 4, 2), (3, 1, 2), (6, 1, 1), (8, 1, 1), (10, 1, 1)):
            if place in (3, 6):
                x = F.max_pool2d(x, 3, 2)
            x = F.conv2d(x, weights[f"features.{place}.weight"], weights[f"features.{place}.bias"], stride, padding)
            x = F.relu(x)
            found.append(x[0])
        return found

    total = torch.zeros(())
    for number, (a, b) in enumerate(zip(maps(one), maps(other), strict=True)):
        difference = (F.normalize(a, dim=0) - F.normalize(b, dim=0)).square()
        head = weights[f"lin{number}.model.1.weight"][0]
        total = total + (head * difference).sum(0).mean()
    return total


def test_it_is_the_papers_formula(tmp_path: Path) -> None:
    distance = load_perceptual(write_weights(tmp_path / "lpips.safetensors"))
    one, other = images(), images(seed=2)
    pairs = [reference(a, b, random_weights()) for a, b in zip(one, other, strict=True)]
    torch.testing.assert_close(distance(one, other), torch.stack(pairs).mean(), rtol=1e-4, atol=1e-6)
    assert distance(one, one) == 0
    content = (tmp_path / "lpips.safetensors").read_bytes()
    assert distance.weights_hash == hashlib.sha256(content).hexdigest()


def test_gradients_reach_the_first_images_alone(tmp_path: Path) -> None:
    distance = load_perceptual(write_weights(tmp_path / "lpips.safetensors"))
    one, other = images().requires_grad_(), images(seed=2).requires_grad_()
    distance(one, other).backward()
    assert one.grad is not None and one.grad.abs().sum() > 0 and other.grad is None
    assert not any(parameter.requires_grad for parameter in distance.parameters())


def test_the_names_of_the_original_are_understood(tmp_path: Path) -> None:
    plain = load_perceptual(write_weights(tmp_path / "1.safetensors"))
    slices = {0: 1, 3: 2, 6: 3, 8: 4, 10: 5}
    renamed = {"scaling_layer.shift": torch.zeros(1, 3, 1, 1)}
    for name, tensor in random_weights().items():
        part, _, rest = name.partition(".")
        place = int(rest.split(".")[0]) if part == "features" else -1
        own = f"net.slice{slices[place]}.{rest}" if part == "features" else name.replace("lin", "lins.")
        renamed[own] = tensor
    other = load_perceptual(write_weights(tmp_path / "2.safetensors", renamed))
    assert torch.equal(plain(images(), images(seed=2)), other(images(), images(seed=2)))


def test_files_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    def refused(message: str, tensors: dict[str, Tensor]) -> None:
        with pytest.raises(ValueError, match=message):
            load_perceptual(write_weights(tmp_path / "w.safetensors", tensors))

    weights = random_weights()
    heads = {name: tensor for name, tensor in weights.items() if name.startswith("lin")}
    refused(r"expected features.0.weight of shape \(64, 3, 11, 11\) in .*, got none", heads)
    refused(
        r"expected features.3.bias of shape \(192,\) in .*, got \(191,\)",
        weights | {"features.3.bias": torch.zeros(191)},
    )
    refused(
        r"expected heads .* \(64, 192, 384, 256, 256\) \(alexnet\) or .* \(vgg16\) in .*, got \(64, 192, 384, 256\)",
        {name: tensor for name, tensor in weights.items() if name != "lin4.model.1.weight"},
    )
    refused("expected heads", {"lin0.model.1.weight": torch.zeros(64)})
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="expected LPIPS weights as safetensors"):
        load_perceptual(tmp_path / "bad.safetensors")
    with pytest.raises(FileNotFoundError, match="expected LPIPS weights in .*, got no such file"):
        load_perceptual(tmp_path / "none.safetensors")


def test_the_other_network_is_told_by_its_heads(tmp_path: Path) -> None:
    heads = {f"lin{n}.model.1.weight": torch.zeros(1, c, 1, 1) for n, c in enumerate((64, 128, 256, 512, 512))}
    save_file(heads, tmp_path / "vgg.safetensors")
    with pytest.raises(ValueError, match=r"expected features.0.weight of shape \(64, 3, 3, 3\)"):
        load_perceptual(tmp_path / "vgg.safetensors")


def test_a_training_steps_down_from_it(tmp_path: Path) -> None:
    perceptual = load_perceptual(write_weights(tmp_path / "lpips.safetensors"))
    small = Architecture(side=32, content=4, channels=(4,) * 4, convolutions=(1,) * 4, trunk=(4,) * 3, hidden=8)
    recipe = TrainingRecipe(steps=2, batch_size=2, log_every=1, average=0.5)
    pictures = (images(8) * 255).to(torch.uint8)
    systems = [
        StylExTraining(Brightness(), pictures, architecture=small, recipe=recipe, perceptual=own)
        for own in (perceptual, None)
    ]
    first, second = (one.run() for one in systems)
    assert not torch.equal(first.reconstruct(pictures), second.reconstruct(pictures))
    weighed = replace(recipe, features=0.0)
    bare = StylExTraining(Brightness(), pictures, architecture=small, recipe=weighed, perceptual=perceptual)
    bare.run()
    started = [one.log[0]["features"] for one in (systems[0], bare)]
    assert started[0] == started[1] != systems[1].log[0]["features"], "the same distance of the same first images"
