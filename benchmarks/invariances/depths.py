"""Which layers are looked at: the last stages of a network, unless a user names others."""

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from benchmarks.global_statistics.depths import network_of, stages

__all__ = ["choose_layers"]

_LAST = 3  # stages before the logits


def choose_layers(classifier: nn.Module, image: Tensor, names: Sequence[str] = ()) -> dict[str, nn.Module]:
    """Find the parts of a network whose outputs are looked at, in forward order; logits come in any case.

    Args:
        classifier: in evaluation mode.
        image: (1, 3, H, W), floats in [0, 1], classified once if stages have to be found.
        names: of modules inside the network; without any, its last three stages.

    Raises:
        ValueError: there is no module of a name; the message says what there is.
    """
    network = network_of(classifier)
    parts = dict(network.named_modules())
    for name in names:
        if name not in parts or not name:
            outer = [known for known in parts if known and "." not in known]
            raise ValueError(f"expected --layers among modules such as {', '.join(outer[:12])}, got {name!r}")
    found = list(names) or _told(network, parts) or [depth.name for depth in stages(classifier, image)[1:]]
    return {name: parts[name] for name in (found if names else found[-_LAST:])}


def _told(network: nn.Module, parts: Mapping[str, nn.Module]) -> list[str]:
    """The stages that a network of timm tells, those without a map too."""
    told = getattr(network, "feature_info", None)
    if not isinstance(told, list):
        return []
    return [entry["module"] for entry in told if entry.get("module") in parts]
