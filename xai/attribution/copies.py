"""Many copies of one image, each changed in one window: networks compute only what the window changes.

A convolution turns a change of h x w pixels into one that is wider by its reach, and leaves the rest of the features
as they are without the change. :class:`Copies` is a tensor of all copies that holds the unchanged features once and
the changed windows only, and follows them through convolutions, pooling and everything that works pixel by pixel.
Any other operation gets the copies in full, as does a convolution whose windows would be nearly as large as the
features; what comes out is an ordinary tensor.

Reference:
    Nakandala et al., Incremental and Approximate Inference for Faster Occlusion-based Deep CNN Explanations, 2019
    (its exact incremental inference, not its approximations), https://av.tib.eu/media/42901
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_map

__all__ = ["Copies", "Known"]

Known = dict[tuple[Any, ...], tuple[list[Any], Any]]

_WORTH_IT = 0.7  # largest share of the features that windows may be, to be worth the gathering


class Copies(Tensor):
    """(n, C, H, W) copies of features that differ from them in one window each.

    Args:
        whole: (1, C, H, W) features without a change.
        window: (n, C, h, w) changed features.
        top: (n,) first row of each window.
        left: (n,) first column of each window.
        known: what operations made of unchanged features; other copies of the same image may share it.
    """

    whole: Tensor
    window: Tensor
    top: Tensor
    left: Tensor
    known: Known

    @staticmethod
    def __new__(  # noqa: D102
        cls, whole: Tensor, window: Tensor, top: Tensor, left: Tensor, known: Known | None = None
    ) -> "Copies":
        shape = (len(window), *whole.shape[1:])
        return Tensor._make_wrapper_subclass(cls, shape, dtype=whole.dtype, device=whole.device)

    def __init__(self, whole: Tensor, window: Tensor, top: Tensor, left: Tensor, known: Known | None = None) -> None:
        self.whole, self.window, self.top, self.left = whole, window, top, left
        self.known = {} if known is None else known

    def __repr__(self) -> str:  # type: ignore[override]
        return f"Copies(shape={tuple(self.shape)}, window={tuple(self.window.shape[2:])})"

    def full(self) -> Tensor:
        """All copies as an ordinary tensor."""
        height, width = self.window.shape[2:]
        if (height, width) == self.shape[2:]:
            return self.window
        copies = self.whole.expand(self.shape).clone(memory_format=torch.channels_last)
        row, column = self.top[:, None] + _count(height, self.top), self.left[:, None] + _count(width, self.left)
        copy = _count(len(copies), self.top)[:, None, None]
        copies.permute(0, 2, 3, 1)[copy, row[:, :, None], column[:, None, :]] = self.window.permute(0, 2, 3, 1)
        return copies

    def crop(
        self,
        rows: tuple[int, Tensor],
        columns: tuple[int, Tensor],
        padding: tuple[int, int] = (0, 0),
        value: float = 0.0,
    ) -> Tensor:
        """A part of each copy: ``rows`` and ``columns`` are their number and, (n,), where they start."""
        around = F.pad(self.whole, (padding[1],) * 2 + (padding[0],) * 2, value=value)
        row, column = (start[:, None] + _count(size, start) for size, start in (rows, columns))
        outside = (row + padding[0])[:, :, None] * around.shape[3] + (column + padding[1])[:, None, :]
        row, column = row - self.top[:, None], column - self.left[:, None]
        height, width = self.window.shape[2:]
        inside = ((row >= 0) & (row < height))[:, :, None] & ((column >= 0) & (column < width))[:, None, :]
        first = around.shape[2] * around.shape[3] + height * width * _count(len(row), row)
        within = first[:, None, None] + row[:, :, None] * width + column[:, None, :]
        pixels = torch.cat([part.permute(0, 2, 3, 1).flatten(0, 2) for part in (around, self.window)])
        found = pixels.index_select(0, torch.where(inside, within, outside).flatten())  # once, not from each of both
        return found.view(*inside.shape, -1).permute(0, 3, 1, 2)

    def become(self, other: Tensor) -> "Copies":
        """Take the values of another tensor of the same shape, as operations in place do."""
        if isinstance(other, Copies):
            self.whole, self.window, self.top, self.left = other.whole, other.window, other.top, other.left
        else:
            self.window, self.top, self.left = other, torch.zeros_like(self.top), torch.zeros_like(self.left)
        return self

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # type: ignore[override]
        kwargs = kwargs or {}
        name, form = func._schema.name.removeprefix("aten::"), func._overloadname
        if name.endswith("_") and isinstance(args[0], Copies):
            return args[0].become(getattr(getattr(torch.ops.aten, name[:-1]), form)(*args, **kwargs))
        result = _RULES.get(name, _unknown)(func, *args, **kwargs)
        if result is not NotImplemented:
            return result
        args, kwargs = tree_map(lambda item: item.full() if isinstance(item, Copies) else item, (args, kwargs))
        return func(*args, **kwargs)


def _once(func: Any, known: Known, *args: Any, **kwargs: Any) -> Any:
    """What an operation makes of unchanged features, computed for the first copies only."""
    flat, _ = tree_flatten((args, kwargs))
    key = (func, *(id(item) if isinstance(item, Tensor) else item for item in flat))
    if key not in known:
        known[key] = (flat, func(*args, **kwargs))  # with the arguments, so that no other gets their identity
    return known[key][1]


def _count(size: int, like: Tensor) -> Tensor:
    return torch.arange(size, device=like.device)


def _unknown(*_: Any, **__: Any) -> Any:
    return NotImplemented


def _pixelwise(func: Any, copies: Copies, *args: Any, **kwargs: Any) -> Any:
    if any(isinstance(item, Tensor) for item in args):
        return NotImplemented
    whole = _once(func, copies.known, copies.whole, *args, **kwargs)
    return Copies(whole, func(copies.window, *args, **kwargs), copies.top, copies.left, copies.known)


def _normalisation(func: Any, copies: Copies, *args: Any, **kwargs: Any) -> Any:
    """Batch norm of a network in evaluation mode, which returns statistics that nobody reads besides."""
    whole = _once(func, copies.known, copies.whole, *args, **kwargs)
    window = func(copies.window, *args, **kwargs)[0]
    return Copies(whole[0], window, copies.top, copies.left, copies.known), *whole[1:]


def _arithmetic(func: Any, first: Any, second: Any, **kwargs: Any) -> Any:
    if isinstance(first, Copies) and isinstance(second, Copies):
        return _of_both(func, first, second, **kwargs)
    copies, other = (first, second) if isinstance(first, Copies) else (second, first)
    if isinstance(other, Tensor) and not _same_at_every_pixel(other):
        return NotImplemented
    pairs = [(part, other) if copies is first else (other, part) for part in (copies.whole, copies.window)]
    whole = _once(func, copies.known, *pairs[0], **kwargs)
    return Copies(whole, func(*pairs[1], **kwargs), copies.top, copies.left, copies.known)


def _same_at_every_pixel(other: Tensor) -> bool:
    return other.numel() == 1 or (other.ndim in (3, 4) and other.numel() == other.shape[-3])


def _of_both(func: Any, first: Copies, second: Copies, **kwargs: Any) -> Copies:
    """Both in a window that holds both windows."""
    rows = _joined(first.top, first.window.shape[2], second.top, second.window.shape[2], first.shape[2])
    columns = _joined(first.left, first.window.shape[3], second.left, second.window.shape[3], first.shape[3])
    window = func(first.crop(rows, columns), second.crop(rows, columns), **kwargs)
    whole = _once(func, first.known, first.whole, second.whole, **kwargs)
    return Copies(whole, window, rows[1], columns[1], first.known)


def _joined(start: Tensor, size: int, other_start: Tensor, other_size: int, side: int) -> tuple[int, Tensor]:
    first = torch.minimum(start, other_start)
    most = int((torch.maximum(start + size, other_start + other_size) - first).max())
    return most, first.clamp(max=side - most)


def _convolution(func: Any, copies: Any, weight: Tensor, bias: Tensor | None, *geometry: Any) -> Any:
    stride, padding, dilation, transposed, output_padding, groups = geometry
    if not isinstance(copies, Copies) or transposed:
        return NotImplemented
    reach = _reach(copies, list(weight.shape[2:]), stride, padding, dilation)
    if reach is None:
        return NotImplemented
    (rows, from_rows), (columns, from_columns) = reach
    crop = copies.crop(from_rows, from_columns, (padding[0], padding[1]))
    whole = _once(func, copies.known, copies.whole, weight, bias, *geometry)
    window = func(crop, weight, bias, stride, [0, 0], dilation, transposed, output_padding, groups)
    return Copies(whole, window, rows, columns, copies.known)


def _max_pooling(
    func: Any,
    copies: Copies,
    kernel: list[int],
    stride: list[int] | None = None,
    padding: list[int] | None = None,
    dilation: list[int] | None = None,
    *ceiling: bool,
) -> Any:
    stride, padding, dilation = stride or kernel, padding or [0], dilation or [1]
    kernel, stride, padding, dilation = (list(item) * (2 // len(item)) for item in (kernel, stride, padding, dilation))
    reach = None if any(ceiling) else _reach(copies, kernel, stride, padding, dilation)
    if reach is None:
        return NotImplemented
    (rows, from_rows), (columns, from_columns) = reach
    crop = copies.crop(from_rows, from_columns, (padding[0], padding[1]), -torch.inf)
    whole, indices = _once(func, copies.known, copies.whole, kernel, stride, padding, dilation)
    window = func(crop, kernel, stride, [0, 0], dilation)[0]
    return Copies(whole, window, rows, columns, copies.known), indices


def _reach(
    copies: Copies, kernel: list[int], stride: list[int], padding: list[int], dilation: list[int]
) -> list[tuple[Tensor, tuple[int, Tensor]]] | None:
    """Of rows and of columns: where the outputs that the windows reach start, and the inputs that these read.

    None where the outputs are too many to be worth it.
    """
    axes, share = [], 1.0
    sizes = zip(copies.shape[2:], copies.window.shape[2:], (copies.top, copies.left), strict=True)
    for (side, size, start), width, step, pad, distance in zip(sizes, kernel, stride, padding, dilation, strict=True):
        extent = distance * (width - 1)
        outputs = (side + 2 * pad - extent - 1) // step + 1
        most = min((size - 1 + extent) // step + 1, outputs)
        first = (-((extent - pad - start) // step)).clamp(0, outputs - most)
        axes.append((first, ((most - 1) * step + extent + 1, first * step - pad)))
        share *= most / outputs
    return axes if share <= _WORTH_IT else None


_PIXELWISE = (
    "relu", "relu6", "leaky_relu", "elu", "silu", "gelu", "mish", "softplus", "sigmoid", "tanh", "hardswish",
    "hardsigmoid", "hardtanh", "clamp", "clamp_min", "clamp_max", "exp", "neg", "clone", "detach", "alias", "_to_copy",
)  # fmt: skip

_RULES: dict[str, Callable[..., Any]] = {
    "convolution": _convolution,
    "max_pool2d_with_indices": _max_pooling,
    **dict.fromkeys(("native_batch_norm", "_native_batch_norm_legit_no_training", "cudnn_batch_norm"), _normalisation),
    **dict.fromkeys(("add", "sub", "rsub", "mul", "div"), _arithmetic),
    **dict.fromkeys(_PIXELWISE, _pixelwise),
}
