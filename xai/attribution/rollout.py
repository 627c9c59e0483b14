"""Attention rollout, for transformers in which every token may attend to every other.

Attention is taken from the calls of ``scaled_dot_product_attention`` and ``softmax`` themselves, so that fused and
plain attention, of any library, are read alike and nothing is switched or patched.
"""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from xai.attribution.probe import Probe
from xai.attribution.result import Attribution
from xai.attribution.stages import token_grid, told_prefix

__all__ = ["AttentionRollout"]

_SOFTMAX = (torch.softmax, F.softmax, Tensor.softmax)


@dataclass(frozen=True, kw_only=True)
class AttentionRollout:
    """How much of each patch the class token holds after all layers, if attention alone mixed the tokens.

    Heads are averaged, and half of each layer is the skip connection. The map is the same for every target and never
    negative. Where no class token is read, it is the mean over all patches.

    Reference:
        Abnar and Zuidema, Quantifying Attention Flow in Transformers, 2020, section 3,
        https://arxiv.org/abs/2005.00928
    """

    def explain(self, probe: Probe, images: Tensor, targets: Tensor) -> Attribution:
        """Explain the prediction, whatever the targets (N,)."""
        del targets
        size = (images.shape[2], images.shape[3])
        prefix, pooled = _reading(probe.classifier)

        def work(part: slice) -> Tensor:
            recorder = _Attention(part.stop - part.start)
            with torch.enable_grad(), recorder:  # without gradients torch may take a path that nobody can look into
                probe.forward(images[part].detach().requires_grad_())
            flow = _roll(recorder.layers)
            grid = token_grid(flow.shape[1], size, prefix)
            if grid is None:
                raise ValueError(f"expected tokens that fill a grid, got {flow.shape[1]} of them")
            front, height, width = grid
            held = flow[:, front:] if pooled or not front else flow[:, :1]
            maps = held[:, :, front:].mean(1).unflatten(1, (1, height, width))
            return F.interpolate(maps.float(), size=size, mode="bilinear", align_corners=False)[:, 0]

        return Attribution(
            maps=torch.cat(list(probe.passes(len(images), work))),
            method="attention_rollout",
            convention="share of the patch in what the network reads, if attention alone mixed the tokens; "
            "never negative, the same for every target, bilinearly enlarged",
        )


def _reading(classifier: object) -> tuple[int | None, bool]:
    """Tokens in front of the patches, and whether the network reads the patches' mean, where it tells."""
    if not isinstance(classifier, nn.Module):
        return None, False
    pools = [getattr(part, "global_pool", None) for part in classifier.modules()]
    return told_prefix(classifier), any(isinstance(pool, str) and pool.startswith("avg") for pool in pools)


def _roll(layers: list[Tensor]) -> Tensor:
    """Multiply the layers' attention (n, L, L), last on the left."""
    shapes = {tuple(layer.shape[1:]) for layer in layers}
    if len(shapes) != 1 or any(rows != columns for rows, columns in shapes):
        raise ValueError(
            "expected a transformer with attention among all tokens in every layer, got attention of shapes "
            f"{sorted(shapes) or 'none'}; grad_cam takes any transformer"
        )
    skip = torch.eye(layers[0].shape[1]).to(layers[0])
    flow = skip
    for layer in layers:
        mixed = (layer + skip) / 2
        flow = (mixed / mixed.sum(2, keepdim=True)) @ flow
    return flow


class _Attention(TorchFunctionMode):
    """Collects attention, averaged over heads (n, L, L), of ``count`` images while a network runs."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        self.layers: list[Tensor] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is F.multi_head_attention_forward:  # in here nothing is seen of what it calls
            result, weights = func(*args, **(kwargs | {"need_weights": True, "average_attn_weights": False}))
            if weights is not None:
                self._keep(weights)
            return result, weights
        result = func(*args, **kwargs)
        if func is F.scaled_dot_product_attention:
            self._keep(_probabilities(*args, **kwargs))
        elif func in _SOFTMAX and result.ndim > 2:
            self._keep(result)
        return result

    def _keep(self, attention: Tensor) -> None:
        """Keep attention (n, heads, L, L); among windows it has other leading sizes."""
        if attention.ndim != 4 or len(attention) != self.count:
            raise ValueError(
                "expected attention among all tokens of an image, (N, heads, tokens, tokens), got "
                f"{tuple(attention.shape)} for {self.count} images; grad_cam takes any transformer"
            )
        self.layers.append(attention.detach().mean(1))


def _probabilities(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,  # noqa: FBT001, FBT002  (torch's signature)
    scale: float | None = None,
    enable_gqa: bool = False,  # noqa: FBT001, FBT002
) -> Tensor:
    """The attention that torch's fused form does not return."""
    del value, dropout_p, is_causal, enable_gqa
    scores = query @ key.mT * (query.shape[-1] ** -0.5 if scale is None else scale)
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        scores = scores.masked_fill(~attn_mask, -torch.inf)
    elif attn_mask is not None:
        scores = scores + attn_mask
    return scores.softmax(-1)
