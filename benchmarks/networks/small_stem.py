"""A timm network's stem for images of 32 pixels: it keeps their size, where the original shrinks it to a quarter."""

from torch import nn

__all__ = ["small_stem"]

_LARGEST_KERNEL = 7


def small_stem(network: nn.Module, *, first_conv: str) -> nn.Module:
    """Let the first convolution keep the size, and the pooling that follows it too.

    A kernel of 7 pixels becomes one of 3, as in the CIFAR forms of ResNet and DenseNet.

    Args:
        network: changed in place.
        first_conv: name of its first convolution.

    Returns:
        The network.

    Raises:
        ValueError: the first convolution cuts the image into patches, or is none.
    """
    owner, _, attribute = first_conv.rpartition(".")
    conv = network.get_submodule(first_conv)
    if not isinstance(conv, nn.Conv2d) or conv.kernel_size[0] <= conv.stride[0] or conv.in_channels != 3:
        raise ValueError(
            f"expected a network that begins with an overlapping convolution, got {conv}; use its name without cifar_"
        )
    setattr(network.get_submodule(owner), attribute, _size_keeping(conv))
    pooling = next((name for name, module in network.named_modules() if isinstance(module, nn.MaxPool2d)), None)
    if pooling is not None:
        parent, _, child = pooling.rpartition(".")
        setattr(network.get_submodule(parent), child, nn.Identity())
    return network


def _size_keeping(conv: nn.Conv2d) -> nn.Conv2d:
    kernel = 3 if conv.kernel_size[0] == _LARGEST_KERNEL else conv.kernel_size[0]
    with_bias = conv.bias is not None
    smaller = nn.Conv2d(conv.in_channels, conv.out_channels, kernel, padding=kernel // 2, bias=with_bias)
    nn.init.kaiming_normal_(smaller.weight, mode="fan_out", nonlinearity="relu")
    if smaller.bias is not None:
        nn.init.zeros_(smaller.bias)
    return smaller
