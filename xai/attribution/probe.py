"""Ask a classifier for logits and gradients: in batches that fit the memory, and leave it as it was."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn

from xai.attribution.result import Attribution

__all__ = ["Classifier", "Method", "Probe", "undisturbed"]

Classifier = Callable[[Tensor], Tensor]

_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "DefaultCPUAllocator")
_Part = TypeVar("_Part")


@dataclass(kw_only=True)
class Probe:
    """A classifier to be asked, in batches that are halved for good whenever memory runs out.

    Attributes:
        classifier: (N, 3, H, W) pixels to (N, K) logits.
        batch_size: images a pass.
        seed: of the methods that draw. Draws are the same for every image, so that a map depends on its image alone.
    """

    classifier: Classifier
    batch_size: int = 32
    seed: int = 0

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ValueError(f"expected `batch_size` of at least 1, got {self.batch_size}")

    def module(self, method: str) -> nn.Module:
        """The classifier, for methods that look inside it."""
        if not isinstance(self.classifier, nn.Module):
            raise TypeError(
                f"expected a classifier that is an nn.Module, because {method} reads its layers, got "
                f"{type(self.classifier).__name__}; integrated_gradients and occlusion take any callable"
            )
        return self.classifier

    def generator(self) -> torch.Generator:
        """A fresh source of random numbers, on the CPU, so that draws are the same on every device."""
        return torch.Generator().manual_seed(self.seed)

    def passes(self, count: int, work: Callable[[slice], _Part]) -> Iterator[_Part]:
        """Apply ``work`` to slices of ``range(count)`` in order; a slice that does not fit the memory is tried again.

        Args:
            count: number of things.
            work: what to do with a slice. It may fail half way, so it must not change anything.
        """
        start = 0
        while start < count:
            part = slice(start, min(start + self.batch_size, count))
            try:
                done = work(part)
            except (RuntimeError, MemoryError) as error:
                if not _ran_out_of_memory(error) or self.batch_size == 1:
                    raise
                self.batch_size = max(1, min(self.batch_size, part.stop - start) // 2)
                continue
            start = part.stop
            yield done

    def logits(self, images: Tensor) -> Tensor:
        """(N, K) logits of N images, without gradients."""
        with torch.no_grad():
            return torch.cat(list(self.passes(len(images), lambda part: self.forward(images[part]))))

    def forward(self, images: Tensor) -> Tensor:
        """Logits of one batch as it is; the clone guards ``images`` from classifiers that work in place."""
        # on a CPU convolutions of several images take a tenth less time when channels come last
        layout = torch.channels_last if len(images) > 1 else torch.contiguous_format
        logits = self.classifier(images.clone(memory_format=layout))
        if not isinstance(logits, Tensor) or logits.ndim != 2 or len(logits) != len(images):
            got = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
            raise ValueError(f"expected logits of shape ({len(images)}, K) from the classifier, got {got}")
        return logits

    def gradients(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (N,) of the targets for one batch, and their gradients (N, 3, H, W) in the pixels."""
        pixels = images.detach().requires_grad_()
        chosen = chosen_logits(self.forward(pixels), targets)
        if not chosen.requires_grad:
            raise ValueError(
                "expected a classifier that is differentiable in the pixels, got logits without gradient; "
                "occlusion needs no gradient"
            )
        (gradients,) = torch.autograd.grad(chosen.sum(), pixels)
        return chosen.detach(), gradients


class Method(Protocol):
    """An attribution method: settings, and what it does with images (N, 3, H, W) and targets (N,)."""

    def explain(self, probe: Probe, images: Tensor, targets: Tensor) -> Attribution:
        """Explain the logit of each image's target.

        Args:
            probe: asks the classifier for logits and gradients, in batches that fit the memory.
            images: (N, 3, H, W), float in [0, 1].
            targets: (N,) int64 class indices.

        Returns:
            Signed maps (N, H, W).
        """


def chosen_logits(logits: Tensor, targets: Tensor) -> Tensor:
    """The logits (N,) of the targets (N,) among logits (N, K)."""
    if len(targets) and int(targets.max()) >= logits.shape[1]:
        raise ValueError(
            f"expected `targets` in 0..{logits.shape[1] - 1}, the classifier's classes, got {int(targets.max())}"
        )
    return logits.gather(1, targets[:, None])[:, 0]


@contextlib.contextmanager
def undisturbed(classifier: Classifier) -> Iterator[None]:
    """Evaluate a module in evaluation mode with frozen parameters; put both back afterwards, whatever happens."""
    if not isinstance(classifier, nn.Module):
        yield
        return
    modes = {module: module.training for module in classifier.modules()}
    learning = [parameter for parameter in classifier.parameters() if parameter.requires_grad]
    classifier.eval()
    for parameter in learning:  # nobody asks for their gradients, so that nothing need be kept for them
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)
        for module, training in modes.items():
            module.training = training


def _ran_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return any(words in str(error) for words in _OUT_OF_MEMORY)
