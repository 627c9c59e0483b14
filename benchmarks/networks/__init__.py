"""Networks by name: timm's, timm's with a stem for small images, and those of the CIFAR papers that timm lacks."""

from benchmarks.networks.creating import NETWORKS, check_network, create_network, has_published_weights
from benchmarks.networks.densely_connected import DenseNet
from benchmarks.networks.resnext import ResNeXt
from benchmarks.networks.small_stem import small_stem
from benchmarks.networks.wide_resnet import WideResNet

__all__ = [
    "NETWORKS",
    "DenseNet",
    "ResNeXt",
    "WideResNet",
    "check_network",
    "create_network",
    "has_published_weights",
    "small_stem",
]
