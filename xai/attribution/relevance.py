"""Layer-wise relevance propagation, where captum has rules for every layer: chains of known layers.

captum cannot see what a network does between its layers. A sum of two branches would count relevance twice without a
word; such networks are refused here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from xai.attribution.grad_cam import out_of_place_copy
from xai.attribution.probe import Probe, chosen_logits
from xai.attribution.result import Attribution

__all__ = ["LayerwiseRelevance"]

_REMEDY = "use integrated_gradients, which takes any classifier"
_HARMLESS = {Tensor.flatten, torch.flatten, Tensor.view, Tensor.reshape, torch.reshape, Tensor.clone, Tensor.contiguous}


@dataclass(frozen=True, kw_only=True)
class LayerwiseRelevance:
    """Relevance of the network's input, summed over channels: gamma rule in convolutions, epsilon rule elsewhere.

    With gamma 0, the default, relevance is close to gradient times input in networks of ReLUs. A classifier that
    normalises pixels itself, with attributes ``normalise`` and ``module``, is read from its normalised input on.
    Biases, those of BatchNorm too, take their part of the relevance; in trained networks it is often as large as the
    logit. The completeness gap tells how much, map by map: read such maps for their places, not for their sums.

    Attributes:
        gamma: how much convolutions favour positive contributions. The rule is made for inputs that are not negative;
            where normalised pixels or BatchNorm bring negative ones, relevance can grow without bound.

    Reference:
        Montavon et al., Layer-Wise Relevance Propagation: An Overview, 2019, section 10.2,
        https://doi.org/10.1007/978-3-030-28954-6_10
    """

    gamma: float = 0.0

    def explain(self, probe: Probe, images: Tensor, targets: Tensor) -> Attribution:
        """Explain the logit of each image's target."""
        from captum.attr import LRP  # takes long to load

        module = probe.module("lrp")
        normalise, network = _parts(module)
        network = nn.Sequential(out_of_place_copy(network))
        with torch.no_grad():
            inputs = normalise(images[:1])
        _check_chain(network, inputs)

        def work(part: slice) -> Tensor:
            with torch.no_grad():
                inputs = normalise(images[part]).clone()
            self._attach_rules(network)
            relevance: Tensor = LRP(network).attribute(inputs.requires_grad_(), target=targets[part])
            return _enlarged(relevance.detach().sum(1, keepdim=True).float(), images)

        try:
            maps = torch.cat(list(probe.passes(len(images), work)))
        except (TypeError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and "more than once" not in str(error):
                raise
            raise ValueError(
                f"expected layers that captum has rules for, each used once, got {error}; {_REMEDY}"
            ) from error
        difference = chosen_logits(probe.logits(images), targets).double()
        return Attribution(
            maps=maps,
            method="lrp",
            convention="relevance of the normalised pixels, summed over channels; a map sums to the logit less what "
            "biases and normalisation take, which in trained networks is often as much as the logit itself",
            difference=difference,
            completeness_gap=maps.sum((1, 2), dtype=torch.float64) - difference,
        )

    def _attach_rules(self, network: nn.Module) -> None:
        """Rules beyond captum's defaults; captum removes all of them after each use."""
        from captum.attr._utils.lrp_rules import EpsilonRule, GammaRule

        for layer in network.modules():
            if isinstance(layer, nn.Conv2d):
                layer.rule = GammaRule(self.gamma)
            elif isinstance(layer, (nn.Identity, nn.Flatten)):
                layer.rule = EpsilonRule()


def _parts(module: nn.Module) -> tuple[Callable[[Tensor], Tensor], nn.Module]:
    normalise, network = getattr(module, "normalise", None), getattr(module, "module", None)
    if callable(normalise) and isinstance(network, nn.Module):
        return normalise, network
    return (lambda images: images), module


def _enlarged(maps: Tensor, images: Tensor) -> Tensor:
    """Maps (n, 1, h, w) at the images' size, with the same sums up to interpolation."""
    size = images.shape[2:]
    if maps.shape[2:] == size:
        return maps[:, 0]
    share = maps.shape[2] * maps.shape[3] / (size[0] * size[1])
    return F.interpolate(maps, size=size, mode="bilinear", align_corners=False)[:, 0] * share


def _check_chain(network: nn.Module, inputs: Tensor) -> None:
    """Refuse networks that compute on features outside their layers."""
    layers = [part for part in network.modules() if not list(part.children())]
    between = _Between()
    handles = [*between.hooks(layers)]
    try:
        with torch.enable_grad(), between:
            network(inputs.clone().requires_grad_())
    finally:
        for handle in handles:
            handle.remove()
    if between.names:
        raise ValueError(
            f"expected a chain of layers, as captum's rules for relevance need, got {', '.join(sorted(between.names))} "
            f"between layers; {_REMEDY}"
        )


class _Between(TorchFunctionMode):
    """Collects the names of functions that compute features outside layers."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.depth = 0

    def hooks(self, layers: list[nn.Module]) -> Iterator[Any]:
        for layer in layers:
            yield layer.register_forward_pre_hook(lambda *_: self._step(1))
            yield layer.register_forward_hook(lambda *_: self._step(-1))

    def _step(self, by: int) -> None:
        self.depth += by

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        computes = isinstance(result, Tensor) and result.requires_grad
        if self.depth == 0 and computes and func not in _HARMLESS and func is not Tensor.requires_grad_:
            self.names.add(func.__name__)
        return result
