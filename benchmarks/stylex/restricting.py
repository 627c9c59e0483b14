"""A classifier asked about some of its classes only."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from benchmarks.checkpoints import hash_weights
from benchmarks.classifier import Classifier
from benchmarks.zoo import ZooModel

__all__ = ["restrict"]


class _Columns(nn.Module):
    """Some logits of a network, in a chosen order."""

    columns: Tensor

    def __init__(self, module: nn.Module, columns: Sequence[int]) -> None:
        super().__init__()
        self.module = module
        self.register_buffer("columns", torch.tensor(columns))

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.module(images)
        return logits[:, self.columns]


def restrict(model: ZooModel, class_names: Sequence[str]) -> ZooModel:
    """Keep the logits of some classes: what decides between these alone.

    Args:
        model: the classifier.
        class_names: two or more of its classes; all of them in their own order give the model itself.

    Raises:
        ValueError: fewer than two classes, or one that the classifier does not have.
    """
    known = model.classifier.class_names
    unknown = [name for name in class_names if name not in known]
    if unknown or len(set(class_names)) != len(class_names) or len(class_names) < 2:
        raise ValueError(
            f"expected two or more different classes of {model.name}, which has {', '.join(known[:10])}"
            f"{' ...' if len(known) > 10 else ''}, got {', '.join(class_names)}"
        )
    if tuple(class_names) == known:
        return model
    whole = model.classifier
    module = _Columns(whole.module, [known.index(name) for name in class_names])
    classifier = Classifier(
        module,
        mean=whole.mean.flatten().tolist(),
        std=whole.std.flatten().tolist(),
        class_names=class_names,
        input_size=whole.input_size,
        preparation=whole.preparation,
    )
    return replace(
        model,
        name=f"{model.name}-{'-'.join(class_names)}",
        classifier=classifier.eval(),
        weights_sha256=hash_weights(module),
        aliases={},
        titles={name: title for name, title in model.titles.items() if name in class_names},
    )
