"""Attributions beside captum called with its defaults: the same network, images and machine, in turns."""

import functools
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import timm
import torch
import torch.nn.functional as F
from captum.attr import IntegratedGradients as CaptumIntegratedGradients
from captum.attr import LayerGradCam as CaptumGradCam
from captum.attr import Occlusion as CaptumOcclusion
from torch import Tensor, nn

from benchmarks.allocator import keep_freed_pages
from benchmarks.classifier import Classifier
from benchmarks.conditions import CLEAN
from benchmarks.embedded import EmbeddedTraining, embedded_default
from benchmarks.speed.corruptions import photo_crops
from benchmarks.speed.workers import Worker, started
from xai.attribution import IntegratedGradients, Method, Occlusion, attribute

__all__ = ["measure_attribution"]

_ROUNDS = 5
_IMAGES = {"integrated_gradients": 1, "occlusion": 1, "grad_cam": 16}
_STEPS = 50  # captum's default
_WINDOW, _STRIDE = 28, 14
_TOLERANCE = IntegratedGradients().tolerance
_MOST_STEPS = 3200

Case = tuple[str, nn.Module, Tensor]
Explain = Callable[[nn.Module, Tensor, Tensor], Tensor]


def measure_attribution(device: torch.device) -> Iterator[pd.DataFrame]:
    """Time attributions against captum's of the same images.

    The network is timm's ResNet-18 at 224 px with seeded weights, which cost the same as any others. captum gets no
    settings but those that it asks for; its integrated gradients take 50 points a map, and so do ours here.

    Yields:
        A table of seconds per map with the ratio to captum, and how far the maps are apart; then one of what
        integrated gradients take until every map is within 1 % of its difference of logits.
    """
    with (
        started(functools.partial(_start, "captum", str(device))) as captum,
        started(functools.partial(_start, "ours", str(device))) as ours,
    ):
        yield _ratios([_take_turns({"captum": captum, "ours": ours}) for _ in range(_ROUNDS + 1)][1:])
    yield pd.DataFrame([_until_complete(*case) for case in _cases(device)])


def _take_turns(workers: dict[str, Worker]) -> dict[str, dict[str, tuple[float, Any]]]:
    """Seconds a map and maps of each worker, for each method."""
    return {method: {name: worker.round(method) for name, worker in workers.items()} for method in _IMAGES}


def _ratios(rounds: list[dict[str, dict[str, tuple[float, Any]]]]) -> pd.DataFrame:
    rows = []
    for method, images in _IMAGES.items():
        seconds = {name: np.array([turn[method][name][0] for turn in rounds]) for name in ("captum", "ours")}
        maps = {name: rounds[-1][method][name][1] for name in ("captum", "ours")}
        ratios = seconds["captum"] / seconds["ours"]
        rows.append(
            {
                "method": method,
                "captum_seconds": np.median(seconds["captum"]),
                "seconds": np.median(seconds["ours"]),
                "ratio": np.median(ratios),
                "ratio_lowest": ratios.min(),
                "ratio_highest": ratios.max(),
                "rounds": len(rounds),
                "images": images,
                "difference": np.linalg.norm(maps["ours"] - maps["captum"]) / np.linalg.norm(maps["captum"]),
            }
        )
    return pd.DataFrame(rows)


def _start(name: str, device: str) -> Callable[[str], tuple[float, Any]]:
    if name == "ours":
        keep_freed_pages()  # as the command does
    network, images = _network().to(device), _photos(max(_IMAGES.values())).to(device)
    with torch.no_grad():
        targets = network(images).argmax(1)

    def work(method: str) -> tuple[float, Any]:
        count = _IMAGES[method]
        start = time.perf_counter()
        maps = _EXPLAIN[name][method](network, images[:count], targets[:count]).detach().cpu()  # waits for a GPU
        return (time.perf_counter() - start) / count, maps.numpy()

    return work


def _network() -> Classifier:
    """Normalised inside, so that black is no input of zeros, at which networks without biases are singular.

    Branches do not start at zero, as timm's else do, so that the maps depend on every convolution.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = timm.create_model("resnet18", num_classes=1000, zero_init_last=False)
    names = [str(number) for number in range(1000)]
    return Classifier(module, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), class_names=names).eval()


def _photos(count: int) -> Tensor:
    crops = photo_crops()[:count]
    return torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255


def _captum_grad_cam(network: nn.Module, images: Tensor, targets: Tensor) -> Tensor:
    cam = CaptumGradCam(network, network.get_submodule("module.layer4")).attribute(images, target=targets)
    return F.interpolate(cam, size=images.shape[2:], mode="bilinear")[:, 0]


def _captum_occlusion(network: nn.Module, images: Tensor, targets: Tensor) -> Tensor:
    window, strides = (3, _WINDOW, _WINDOW), (3, _STRIDE, _STRIDE)
    maps: Tensor = CaptumOcclusion(network).attribute(images, window, strides=strides, target=targets)
    return maps[:, 0]


def _captum_gradients(network: nn.Module, images: Tensor, targets: Tensor) -> Tensor:
    maps: Tensor = CaptumIntegratedGradients(network).attribute(images, target=targets)
    return maps.sum(1)


def _ours(method: str | Method, network: nn.Module, images: Tensor, targets: Tensor) -> Tensor:
    return attribute(network, images, targets, method=method).maps


_EXPLAIN: dict[str, dict[str, Explain]] = {
    "captum": {
        "integrated_gradients": _captum_gradients,
        "occlusion": _captum_occlusion,
        "grad_cam": _captum_grad_cam,
    },
    "ours": {
        "integrated_gradients": functools.partial(_ours, IntegratedGradients(points=_STEPS, most=_STEPS)),
        "occlusion": functools.partial(_ours, Occlusion(window=_WINDOW, stride=_STRIDE)),
        "grad_cam": functools.partial(_ours, "grad_cam"),
    },
}


def _cases(device: torch.device) -> Iterator[Case]:
    """A trained network on 65 of its digits, and the network of the first table on photos."""
    model, samples = embedded_default(EmbeddedTraining())
    decoded = [samples.decode(entry, CLEAN).image for entry in samples.entries[::14]]
    digits = torch.stack([model.preparation(image) for image in decoded if image is not None]).float() / 255
    yield model.name, model.classifier.eval().to(device), digits.to(device)
    yield "resnet18, seeded weights", _network().to(device), _photos(4).to(device)


def _until_complete(name: str, network: nn.Module, images: Tensor) -> dict[str, Any]:
    """Gradients and seconds a map until every map is complete: captum with the same number for all, ours with each."""
    with torch.no_grad():
        targets = network(images).argmax(1)
    start = time.perf_counter()
    explained = attribute(network, images, targets, method=IntegratedGradients(tolerance=_TOLERANCE))
    ours = time.perf_counter() - start
    if explained.steps is None or explained.relative_gap is None or explained.difference is None:
        raise RuntimeError("expected steps and gaps of integrated gradients, got none")
    seconds, steps, gap = _captum_until_complete(network, images, targets, explained.difference)
    evaluations = explained.steps.double()
    return {
        "network": name,
        "maps": len(images),
        "captum_gradients": steps,
        "gradients": evaluations.mean().item(),
        "gradients_highest": int(evaluations.max()),
        "fewer_gradients": steps / evaluations.mean().item(),
        "captum_largest_gap": gap,
        "largest_gap": explained.relative_gap.max().item(),
        "captum_seconds": seconds / len(images),
        "seconds": ours / len(images),
        "ratio": seconds / ours,
    }


def _captum_until_complete(
    network: nn.Module, images: Tensor, targets: Tensor, difference: Tensor
) -> tuple[float, int, float]:
    """Seconds, steps and largest gap for the first of 50, 100, 200, ... steps that completes every map."""
    captum, steps = CaptumIntegratedGradients(network), _STEPS
    while True:
        start = time.perf_counter()
        maps = [
            captum.attribute(image[None], target=target, n_steps=steps, internal_batch_size=_STEPS)
            for image, target in zip(images, targets.tolist(), strict=True)
        ]
        sums = torch.cat(maps).sum((1, 2, 3), dtype=torch.float64)
        seconds = time.perf_counter() - start
        gap = ((sums - difference) / difference).abs().max().item()
        if gap <= _TOLERANCE or steps >= _MOST_STEPS:
            return seconds, steps, gap
        steps *= 2
