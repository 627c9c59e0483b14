"""From a name to an untrained network."""

import difflib
from collections.abc import Callable
from functools import partial
from typing import Any

import timm
from timm.models import parse_model_name
from torch import nn

from benchmarks.networks.densely_connected import DenseNet
from benchmarks.networks.resnext import ResNeXt
from benchmarks.networks.small_stem import small_stem
from benchmarks.networks.wide_resnet import WideResNet

__all__ = ["NETWORKS", "check_network", "create_network", "has_published_weights"]

_PREFIX = "cifar_"

NETWORKS: dict[str, Callable[[int], nn.Module]] = {
    "wrn_40_2": partial(WideResNet, 40, 2),
    "wrn_28_10": partial(WideResNet, 28, 10),
    "resnext29_32x4": partial(ResNeXt, 29, 4, 32),
    "densenet_40_12": partial(DenseNet, 40, 12, compressed=False),
    "densenet_bc_100_12": partial(DenseNet, 100, 12, compressed=True),
}
"""Networks of the CIFAR papers that timm lacks: number of classes -> network. ``cifar_resnet18`` and the like are
timm's networks with the stem of :func:`~benchmarks.networks.small_stem.small_stem`."""

_CONFIG: dict[str, Any] = {
    "input_size": (3, 32, 32),
    "crop_pct": 1.0,
    "interpolation": "bilinear",
    "mean": (0.5, 0.5, 0.5),
    "std": (0.5, 0.5, 0.5),
    "classifier": "head",
}


def create_network(name: str, classes: int, size: tuple[int, int] | None = None) -> Any:
    """Make an untrained network; its weights are drawn from torch's global state.

    Args:
        name: a key of :data:`NETWORKS`; a timm name; or ``cifar_`` and a timm name for images of about 32 pixels.
        classes: K logits.
        size: (height, width) of the images, for networks that are built for one size, such as ViTs.

    Returns:
        A module with ``num_classes`` and ``pretrained_cfg`` as timm's networks have them.

    Raises:
        ValueError: there is no such network, or it has no small stem.

    Example:
        >>> network = create_network("wrn_40_2", 10)
        >>> sum(parameter.numel() for parameter in network.parameters())
        2243546
    """
    if name in NETWORKS:
        network: Any = NETWORKS[name](classes)
        network.num_classes, network.pretrained_cfg = classes, dict(_CONFIG)
        return network
    check_network(name)
    network = timm.create_model(name.removeprefix(_PREFIX), num_classes=classes)
    if size is not None and network.pretrained_cfg.get("fixed_input_size"):
        network = timm.create_model(name.removeprefix(_PREFIX), num_classes=classes, img_size=size)
    if name.startswith(_PREFIX):
        first = network.pretrained_cfg["first_conv"]
        return small_stem(network, first_conv=first if isinstance(first, str) else first[0])
    return network


def check_network(name: str) -> None:
    """Refuse a name that :func:`create_network` does not know, with near names.

    Raises:
        ValueError: there is no such network.
    """
    source, architecture = parse_model_name(name.removeprefix(_PREFIX))
    if name in NETWORKS or source not in (None, "timm") or timm.is_model(architecture.split(".")[0]):
        return
    names = [*timm.list_models(), *NETWORKS, *(_PREFIX + one for one in timm.list_models("resnet*"))]
    close = difflib.get_close_matches(name.split(".", maxsplit=1)[0], names, n=5)
    raise ValueError(f"expected a timm model name, got {name!r}; close names: {', '.join(close) or 'none'}")


def has_published_weights(name: str) -> bool:
    """Whether weights of this name can be downloaded at all."""
    return name not in NETWORKS and not name.startswith(_PREFIX)
