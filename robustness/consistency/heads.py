"""The two learned parts of a detector: a logistic regression and a small network, as torch modules.

Both take standardised features (N, D) float64 and give the logit of "the classifier is wrong" (N, 1); in
both losses all errors together weigh as much as all right answers. Fitting runs on the CPU, in float64, and
gives the same weights for the same seed.

Departures from the published network: a fixed number of epochs at a fixed rate, no average of the weights.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import skip_init

__all__ = ["MLPSettings", "build_logistic", "build_mlp", "fit_logistic", "fit_mlp"]


@dataclass(frozen=True, kw_only=True)
class MLPSettings:
    """How the network is built and trained.

    Attributes:
        widths: of the hidden layers; each is Linear, ReLU, BatchNorm and, in training, dropout.
        dropout: share of hidden units left out of a training step.
        learning_rate: of Adam.
        batch_size: rows a step.
        epochs: passes over the rows.
        most_steps: bound on the steps, for large calibration sets.

    Reference:
        Bahat and Shakhnarovich, 2018, https://arxiv.org/abs/1804.00657 (widths, dropout, rate, batch, initial
        weights: their code).
    """

    widths: tuple[int, ...] = (70, 70)
    dropout: float = 0.5
    learning_rate: float = 5e-3
    batch_size: int = 32
    epochs: int = 40
    most_steps: int = 10_000

    def __post_init__(self) -> None:
        if not 0 <= self.dropout < 1:
            raise ValueError(f"expected `dropout` in [0, 1), got {self.dropout}")
        for name, least in (("batch_size", 2), ("epochs", 1), ("most_steps", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"expected `{name}` of at least {least}, got {getattr(self, name)}")


def build_logistic(columns: int) -> nn.Sequential:
    """An untrained logistic regression on ``columns`` features."""
    return nn.Sequential(_linear(columns, 1))


def build_mlp(columns: int, settings: MLPSettings) -> nn.Sequential:
    """An untrained network on ``columns`` features."""
    layers: list[nn.Module] = []
    for width in settings.widths:
        layers += [_linear(columns, width), nn.ReLU(), nn.BatchNorm1d(width, dtype=torch.float64)]
        columns = width
    return nn.Sequential(*layers, _linear(columns, 1))


def fit_logistic(inputs: Tensor, wrong: Tensor, *, inverse_penalty: float) -> nn.Sequential:
    """Fit a class-balanced logistic regression with scikit-learn.

    Args:
        inputs: (N, D) float64, standardised.
        wrong: (N,) booleans, both values present.
        inverse_penalty: scikit-learn's C.

    Returns:
        The regression as a module.
    """
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(C=inverse_penalty, class_weight="balanced", max_iter=5000)
    regression.fit(inputs.numpy(), wrong.numpy())
    line = _linear(inputs.shape[1], 1)
    with torch.no_grad():
        line.weight.copy_(torch.from_numpy(regression.coef_))
        line.bias.copy_(torch.from_numpy(regression.intercept_))
    return nn.Sequential(line).requires_grad_(requires_grad=False)


def fit_mlp(inputs: Tensor, wrong: Tensor, *, settings: MLPSettings, seed: int) -> nn.Sequential:
    """Train the network with class-balanced cross-entropy.

    Args:
        inputs: (N, D) float64, standardised.
        wrong: (N,) booleans, both values present.
        settings: of the network and its training.
        seed: of the initial weights, the batches and the dropout.

    Returns:
        The network in evaluation mode.
    """
    generator = torch.Generator().manual_seed(seed)
    head, targets = build_mlp(inputs.shape[1], settings), wrong.double()
    _initialise(head, generator)
    weights = torch.where(wrong, 0.5 / targets.mean(), 0.5 / (1 - targets.mean()))
    optimiser = torch.optim.Adam(head.parameters(), lr=settings.learning_rate)
    head.train()
    for batch in _batches(len(inputs), settings, generator):
        logits = _with_dropout(head, inputs[batch], settings.dropout, generator)
        loss = F.binary_cross_entropy_with_logits(logits[:, 0], targets[batch], weight=weights[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return head.eval().requires_grad_(requires_grad=False)


def _linear(columns: int, width: int) -> nn.Linear:
    # The usual constructor would draw from the global generator, only to be overwritten.
    linear: nn.Linear = skip_init(nn.Linear, columns, width, dtype=torch.float64)
    return linear


def _initialise(head: nn.Sequential, generator: torch.Generator) -> None:
    for layer in head:
        if isinstance(layer, nn.Linear):
            nn.init.trunc_normal_(layer.weight, std=0.005, generator=generator)
            nn.init.zeros_(layer.bias)


def _batches(rows: int, settings: MLPSettings, generator: torch.Generator) -> Iterator[Tensor]:
    steps = 0
    for _ in range(settings.epochs):
        for batch in torch.randperm(rows, generator=generator).split(settings.batch_size):
            if steps == settings.most_steps:
                return
            if len(batch) > 1:  # a batch norm needs two
                steps += 1
                yield batch


def _with_dropout(head: nn.Sequential, rows: Tensor, dropout: float, generator: torch.Generator) -> Tensor:
    """Apply ``head`` with dropout after each batch norm, drawn from ``generator`` instead of global state."""
    for layer in head:
        rows = layer(rows)
        if isinstance(layer, nn.BatchNorm1d):
            kept = torch.rand(rows.shape, generator=generator) >= dropout
            rows = rows * kept / (1 - dropout)
    return rows
