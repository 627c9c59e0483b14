"""Inference: a classifier on prepared images, fast where the hardware allows and exact in what it decides."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

__all__ = ["PRECISIONS", "Engine", "NoRoomError", "has_bfloat16", "score_logits"]

PRECISIONS = ("auto", "exact")

_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "DefaultCPUAllocator")
_SAFETY = 3.0
_ROUND = 16


class NoRoomError(RuntimeError, MemoryError):
    """Memory ran out with a batch of one image."""


@dataclass(kw_only=True)
class Engine:
    """Run a classifier over batches.

    ``exact`` is plain float32. ``auto`` computes in bfloat16 where the device has instructions for it, and
    decides every close call in float32. What bfloat16 gets wrong is a prediction whose lead over another class
    is smaller than the error of that lead; :meth:`calibrate` measures the largest such error, and images whose
    lead is below three times that are computed again. Scores of the other images carry bfloat16's error.

    Attributes:
        classifier: (N, 3, H, W) pixels to (N, K) logits. Modules are in evaluation mode inside :meth:`running`.
        device: where it runs.
        precision: one of :data:`PRECISIONS`.
        batch_size: images a forward pass; halved for good whenever memory runs out.
        tolerance: lead of the highest logit below which float32 decides; set by :meth:`calibrate`.
        decided_again: images that float32 decided so far.
    """

    classifier: nn.Module
    device: torch.device
    precision: str = "auto"
    batch_size: int = 64
    tolerance: float = float("inf")
    decided_again: int = 0

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ValueError(f"expected `precision` in {PRECISIONS}, got {self.precision!r}")
        if self.batch_size < 1:
            raise ValueError(f"expected `batch_size` of at least 1, got {self.batch_size}")

    @property
    def reduced(self) -> bool:
        """Whether bfloat16 is used."""
        return self.precision == "auto" and has_bfloat16(self.device)

    def __str__(self) -> str:
        if not self.reduced:
            return "float32"
        return "bfloat16, close calls decided in float32"

    @contextlib.contextmanager
    def running(self) -> Iterator["Engine"]:
        """Move the classifier to the device in evaluation mode; put every module's mode back afterwards."""
        modes = {module: module.training for module in self.classifier.modules()}
        self.classifier.to(self.device).to(memory_format=torch.channels_last)
        self.classifier.eval()
        try:
            yield self
        finally:
            for module, training in modes.items():
                module.training = training

    def calibrate(self, images: Tensor) -> None:
        """Measure the difference between both precisions on some images (N, 3, H, W)."""
        if not self.reduced or not len(images):
            return
        fast, exact = self._batched(images, self._fast), self._batched(images, self._exact)
        top = fast.argmax(dim=1, keepdim=True)
        shift = (fast.gather(1, top) - fast) - (exact.gather(1, top) - exact)
        largest = shift.abs().max().item()
        self.tolerance = _SAFETY * largest if np.isfinite(largest) else float("inf")

    def logits(self, images: Tensor) -> Tensor:
        """Classify uint8 or float images (N, 3, H, W): (N, K) float32 logits on the CPU."""
        filled = _filled(images)
        if not self.reduced:
            return self._batched(filled, self._exact)[: len(images)]
        logits = self._batched(filled, self._fast)[: len(images)]
        close = _gap(logits) < self.tolerance
        if close.any():
            again = int(close.sum())
            logits[close] = self._batched(_filled(images[close]), self._exact)[:again]
            self.decided_again += again
        return logits

    def _batched(self, images: Tensor, forward: Callable[[Tensor], Tensor]) -> Tensor:
        """Apply ``forward`` in batches; halve them and go on where memory ran out."""
        parts: list[Tensor] = []
        start = 0
        while start < len(images) or not parts:
            batch = images[start : start + self.batch_size]
            try:
                parts.append(forward(batch))
                start += max(len(batch), 1)
            except (RuntimeError, MemoryError) as error:
                if not _ran_out_of_memory(error):
                    raise
                if self.batch_size == 1:
                    raise NoRoomError(
                        f"expected room on {self.device} for one image {tuple(images.shape[1:])}, got out of memory ("
                        f"{str(error).splitlines()[0][:200]}); free some, or choose another --device, then "
                        "the same command continues"
                    ) from error
                self.batch_size = max(1, min(self.batch_size, len(batch)) // 2)
        return torch.cat(parts)

    @torch.inference_mode()
    def _exact(self, images: Tensor) -> Tensor:
        return self._forward(images)

    @torch.inference_mode()
    def _fast(self, images: Tensor) -> Tensor:
        with torch.autocast(self.device.type, torch.bfloat16):
            return self._forward(images)

    def _forward(self, images: Tensor) -> Tensor:
        pixels = images.to(self.device, non_blocking=True).contiguous(memory_format=torch.channels_last)
        logits: Tensor = self.classifier(pixels)
        return logits.float().cpu()


def _filled(images: Tensor) -> Tensor:
    """Repeat the last image until their number is a multiple of 16.

    Kernels sum in another order for odd numbers of images. Filled up, images get the same logits, bit by bit, whatever
    multiple of 16 the batch size is, as far as the kernels keep to it.
    """
    missing = -len(images) % _ROUND
    return torch.cat([images, images[-1:].expand(missing, -1, -1, -1)]) if len(images) and missing else images


def _gap(logits: Tensor) -> Tensor:
    """Distance of the two highest logits (N,); NaN-free so that broken rows are computed again."""
    highest = logits.nan_to_num(nan=0.0, posinf=0.0, neginf=0.0).topk(min(2, logits.shape[1]), dim=1).values
    return highest[:, 0] - highest[:, -1]


def _ran_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return any(words in str(error) for words in _OUT_OF_MEMORY)


def has_bfloat16(device: torch.device) -> bool:
    """Whether a device has instructions for bfloat16, rather than emulating it."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def score_logits(logits: Tensor, labels: NDArray[np.int64]) -> dict[str, NDArray[np.generic] | list[list[int]]]:
    """Turn logits into the score columns of the record.

    Probabilities are computed in float64: a float32 softmax saturates at 1 and makes ties.

    Args:
        logits: (N, K), finite.
        labels: (N,) class indices in 0..K-1.

    Returns:
        ``prediction``, ``top5``, ``rank``, ``correct``, ``max_probability``, ``margin``, ``entropy`` (nats),
        ``energy``, ``max_logit``, ``loss`` (nats) and ``brier`` by name, N entries each.

    Example:
        >>> scores = score_logits(torch.tensor([[2.0, 0.0, 1.0]]), np.array([2]))
        >>> int(scores["prediction"][0]), int(scores["rank"][0]), bool(scores["correct"][0])
        (0, 2, False)
    """
    z = logits.double().numpy()
    order = _highest(z, min(5, z.shape[1]))
    rows = np.arange(len(z))
    own = z[rows, labels][:, None]
    before = (z > own) | ((z == own) & (np.arange(z.shape[1]) < labels[:, None]))
    energy = torch.logsumexp(logits.double(), dim=1).numpy()
    log_p = z - energy[:, None]
    p = np.exp(log_p)
    top = np.take_along_axis(p, order[:, :2], axis=1)
    return {
        "prediction": order[:, 0].astype(np.int32),
        "top5": order.tolist(),
        "rank": (before.sum(axis=1) + 1).astype(np.int32),
        "correct": order[:, 0] == labels,
        "max_probability": top[:, 0],
        "margin": top[:, 0] - (top[:, 1] if top.shape[1] > 1 else 0.0),
        "entropy": -(p * log_p).sum(axis=1),
        "energy": energy,
        "max_logit": z[rows, order[:, 0]],
        "loss": -log_p[rows, labels],
        "brier": (p**2).sum(axis=1) - 2 * p[rows, labels] + 1,
    }


def _highest(z: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Classes of the highest logits (N, count), ties to the lower index."""
    left, found = z.copy(), []
    for _ in range(count):
        found.append(left.argmax(axis=1))
        left[np.arange(len(z)), found[-1]] = -np.inf
    return np.stack(found, axis=1)
