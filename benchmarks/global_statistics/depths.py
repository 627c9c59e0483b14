"""Where in a network statistics are exchanged: at its stages, or at every site of pAdaIN, in forward order.

A depth is the output (N, C, h, w) of a module with more than one position. How deep it lies is told by the share of
the multiply-adds of convolutions and linear layers that are done by then.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchmarks.classifier import Classifier
from robustness.padain import padain_sites

__all__ = ["PIXELS", "Depth", "every_site", "network_of", "stages"]

PIXELS = "pixels"
"""The name of the depth before the network."""


@dataclass(frozen=True, kw_only=True)
class Depth:
    """A place where statistics are exchanged.

    Attributes:
        name: of the module whose output it is, or :data:`PIXELS`.
        share: of the network's multiply-adds that are done there, 0 for pixels.
    """

    name: str
    share: float


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What a module gave for one image: its shape, and the multiply-adds done by then."""

    shape: tuple[int, ...]
    done: float
    holds_convolution: bool

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width, where the output is a map of more than one position."""
        return self.shape[2:] if len(self.shape) == 4 and self.shape[2] * self.shape[3] > 1 else None


def network_of(classifier: nn.Module) -> nn.Module:
    """The network whose modules have names, without what prepares its pixels."""
    return classifier.module if isinstance(classifier, Classifier) else classifier


def stages(classifier: nn.Module, image: Tensor) -> tuple[Depth, ...]:
    """The stages of a network, after pixels.

    Networks with a list ``feature_info``, as all in timm, tell their stages. In others a stage is where maps have one
    size: the last of the outermost modules with convolutions whose output has it.

    Args:
        classifier: in evaluation mode.
        image: (1, 3, H, W), floats in [0, 1], classified once.

    Returns:
        Depths in forward order; pixels alone for a network without convolutional maps.
    """
    network = network_of(classifier)
    seen = _look(classifier, network, image)
    return _depths(seen, _told(network, seen) or _outermost(network, seen))


def every_site(classifier: nn.Module, image: Tensor) -> tuple[Depth, ...]:
    """Every site of pAdaIN, after pixels; in a network without batch normalisation, every convolution.

    Args:
        classifier: in evaluation mode.
        image: (1, 3, H, W), classified once.
    """
    network = network_of(classifier)
    seen = _look(classifier, network, image)
    return _depths(seen, set(padain_sites(network)) or {name for name, _ in _convolutions(network)})


def _depths(seen: Mapping[str, _Seen], names: set[str]) -> tuple[Depth, ...]:
    total = max((one.done for one in seen.values()), default=0.0) or 1.0
    found = (Depth(name=name, share=one.done / total) for name, one in seen.items() if name in names and one.size)
    return (Depth(name=PIXELS, share=0.0), *found)


def _told(network: nn.Module, seen: Mapping[str, _Seen]) -> set[str]:
    """The stages that a part of the network names, of those whose outputs are maps with the channels it tells."""
    for prefix, owner in network.named_modules():
        told = getattr(owner, "feature_info", None)
        if isinstance(told, list):
            names = {f"{prefix}.{entry['module']}".strip("."): entry.get("num_chs") for entry in told}
            return {name for name, channels in names.items() if name in seen and _has(seen[name], channels)}
    return set()


def _has(one: _Seen, channels: int | None) -> bool:
    return one.size is not None and channels in {None, one.shape[1]}


def _outermost(network: nn.Module, seen: Mapping[str, _Seen]) -> set[str]:
    sizes = {seen[name].size for name, _ in _convolutions(network) if name in seen}
    stage: dict[tuple[int, int], str] = {}
    for name, one in seen.items():
        if one.size is None or one.size not in sizes or not one.holds_convolution:
            continue
        if one.size not in stage or name.count(".") <= stage[one.size].count("."):
            stage[one.size] = name
    return set(stage.values())


def _convolutions(network: nn.Module) -> Iterator[tuple[str, nn.Conv2d]]:
    return ((name, part) for name, part in network.named_modules() if isinstance(part, nn.Conv2d))


def _look(classifier: nn.Module, network: nn.Module, image: Tensor) -> dict[str, _Seen]:
    """What every module but the whole network gave, in the order in which they finished."""
    seen: dict[str, _Seen] = {}
    done = 0.0

    def note(name: str, part: nn.Module, output: object) -> None:
        nonlocal done
        if isinstance(output, Tensor):
            done += _multiply_adds(part, output)
            holds = any(isinstance(one, nn.Conv2d) for one in part.modules())
            seen.pop(name, None)  # the last call counts
            seen[name] = _Seen(shape=tuple(output.shape), done=done, holds_convolution=holds)

    handles = [
        part.register_forward_hook(lambda part, _, output, name=name: note(name, part, output))
        for name, part in network.named_modules()
        if name
    ]
    try:
        with torch.inference_mode():
            classifier(image)
    finally:
        for handle in handles:
            handle.remove()
    return seen


def _multiply_adds(part: nn.Module, output: Tensor) -> float:
    if isinstance(part, nn.Conv2d | nn.Linear):
        return float(output.numel() * part.weight[0].numel())
    return 0.0
