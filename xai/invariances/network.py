"""A bijection between codes of images and what a layer of a classifier discards, given what the layer keeps.

With code c of an image and features z of one layer, ``v = t(c | z)`` is standard normal and independent of z: all that
the layer does not tell about the code. Fix z and draw v to see everything that looks the same to the layer.

The map is a linear regression of codes on whitened features, its residuals made white, and, where one was trained, a
flow behind it, conditioned on the same features. Without the flow it is the closed-form linear-Gaussian baseline; with
it, step 0 of training is that baseline. The departure from the original, whose flow starts at random, is our own.

Reference:
    Rombach, Esser and Ommer, Making Sense of CNNs: Interpreting Deep Representations and Their Invariances with INNs,
    2020, sections 3.1 and 3.2, https://arxiv.org/abs/2008.01777
"""

import copy

import torch
from torch import Tensor, nn

from xai.flows import negative_log_likelihood
from xai.iin.whitening import Whitening, fit_whitening
from xai.invariances.conditional import ConditionalFlow

__all__ = ["InvarianceNetwork", "fit_linear"]

_FARTHEST = 5.0  # standard deviations of a whitened feature; beyond it there is nothing to learn from
_FITTED_ON = 1500  # rows that whitening is fitted on: its cost grows with their cube where features are wide
_PENALTY = 1e-3  # of the regression, in variances of a whitened feature
_FLOOR = 1e-4  # smallest variance of a residual direction, as a fraction of the mean one


class InvarianceNetwork(nn.Module):
    """Codes to invariances and back, given a layer's features; made by :func:`fit_linear`.

    Args:
        whitening: of the features.
        code: d, length of a code.
        flow: none for the linear-Gaussian baseline.

    Attributes:
        weight: (k, d) of the regression of codes on whitened features.
        bias: (d,) mean code.
        spread: (d, d) lower triangular root of the residuals' covariance.
    """

    weight: Tensor
    bias: Tensor
    spread: Tensor

    def __init__(self, whitening: Whitening, code: int, flow: ConditionalFlow | None = None) -> None:
        super().__init__()
        if flow is not None and (flow.features, flow.context) != (code, len(whitening.spread)):
            raise ValueError(
                f"expected a flow of {code} features and {len(whitening.spread)} conditions, got one of "
                f"{flow.features} and {flow.context}"
            )
        self.whitening, self.flow = whitening, flow
        self.register_buffer("weight", torch.zeros(len(whitening.spread), code))
        self.register_buffer("bias", torch.zeros(code))
        self.register_buffer("spread", torch.eye(code))
        self.to(whitening.spread)

    def condition(self, features: Tensor) -> Tensor:
        """(N, k) what is known of features (N, D): whitened, and no farther out than five standard deviations."""
        coordinates: Tensor = self.whitening(features)[0]
        return coordinates.clamp(-_FARTHEST, _FARTHEST)

    def forward(self, codes: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """Say what a layer discards.

        Args:
            codes: (N, d) of images.
            features: (N, D) of the same images.

        Returns:
            (N, d) v, and (N,) ``log |det dv / dc|``, in nats.
        """
        known = self.condition(features)
        v, logdet = self.residuals(codes, known)
        if self.flow is None:
            return v, logdet
        v, part = self.flow(v, known)
        return v, logdet + part

    def inverse(self, v: Tensor, features: Tensor) -> Tensor:
        """Make codes of what a layer discards and what it keeps, of one image or of two.

        Args:
            v: (N, d) discarded content, standard normal where it is drawn.
            features: (N, D) of the layer, the kept content.

        Returns:
            (N, d) codes.
        """
        known = self.condition(features)
        residuals = v if self.flow is None else self.flow.inverse(v, known)
        return self.codes(residuals, known)

    def codes(self, residuals: Tensor, known: Tensor) -> Tensor:
        """Undo :meth:`residuals`: codes (N, d) from white residuals (N, d)."""
        return residuals @ self.spread.T + known @ self.weight + self.bias

    def residuals(self, codes: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """The linear part alone: white residuals (N, d) of codes given :meth:`condition`, and (N,) log-determinants."""
        apart = codes - known @ self.weight - self.bias
        white = torch.linalg.solve_triangular(self.spread, apart.T, upper=False).T
        return white, -self.spread.diagonal().log().sum().expand(len(codes))

    @torch.no_grad()
    def sample(self, features: Tensor, *, draws: int, generator: torch.Generator) -> Tensor:
        """Draw codes of images that look the same to the layer.

        Args:
            features: (N, D).
            draws: S, for each image.
            generator: of v.

        Returns:
            (S, N, d) codes.
        """
        shape = (draws, len(features), len(self.bias))
        v = torch.randn(shape, generator=generator, dtype=self.bias.dtype).to(self.bias.device)
        return torch.stack([self.inverse(one, features) for one in v])

    @torch.no_grad()
    def swap(self, codes: Tensor, features: Tensor, donors: Tensor) -> Tensor:
        """Codes (N, d) that keep what the layer discards of images and have what it keeps of others.

        Args:
            codes: (N, d) of the images.
            features: (N, D) of the images.
            donors: (N, D) of the others, row by row.
        """
        return self.inverse(self(codes, features)[0], donors)

    @torch.no_grad()
    def loss(self, codes: Tensor, features: Tensor) -> Tensor:
        """Negative log-likelihood (N,) in nats of codes (N, d) given features (N, D)."""
        return negative_log_likelihood(*self(codes, features))

    def with_flow(self, flow: ConditionalFlow | None) -> "InvarianceNetwork":
        """The same linear part with another flow, or with none: the baseline."""
        other = InvarianceNetwork(copy.deepcopy(self.whitening), len(self.bias), flow)
        for name in ("weight", "bias", "spread"):
            getattr(other, name).copy_(getattr(self, name))
        return other.eval().requires_grad_(requires_grad=False)


@torch.no_grad()
def fit_linear(codes: Tensor, features: Tensor, *, components: int = 48) -> InvarianceNetwork:
    """Fit the linear-Gaussian baseline, and what a flow starts from, in closed form.

    Args:
        codes: (N, d) of images, d at least 2.
        features: (N, D) of one layer.
        components: whitened features that count as known, at most.

    Returns:
        The network without flow.

    Raises:
        ValueError: features that are constant or not finite, or too few images.
    """
    if codes.ndim != 2 or len(codes) != len(features):
        raise ValueError(f"expected codes of shape ({len(features)}, d), got {tuple(codes.shape)}")
    rows = torch.linspace(0, len(features) - 1, min(len(features), _FITTED_ON)).long().unique()
    network = InvarianceNetwork(fit_whitening(features[rows], components=components), codes.shape[1])
    known = network.condition(features).double()
    free = len(codes) - known.shape[1] - 1
    if free < codes.shape[1]:
        raise ValueError(
            f"expected at least {codes.shape[1] + known.shape[1] + 1} images for codes of {codes.shape[1]} and "
            f"{known.shape[1]} conditions, got {len(codes)}; add images, or lower `components` or the code's length"
        )
    target, centre = codes.double(), known.mean(0)
    gram = (known - centre).T @ (known - centre) / len(known) + _PENALTY * torch.eye(known.shape[1]).to(known)
    weight = torch.linalg.solve(gram, (known - centre).T @ (target - target.mean(0)) / len(known))
    bias = target.mean(0) - centre @ weight
    apart = target - known @ weight - bias
    covariance = apart.T @ apart / free
    covariance += _FLOOR * covariance.diagonal().mean() * torch.eye(len(covariance)).to(covariance)
    for name, value in (("weight", weight), ("bias", bias), ("spread", torch.linalg.cholesky(covariance))):
        getattr(network, name).copy_(value)
    return network.eval().requires_grad_(requires_grad=False)
