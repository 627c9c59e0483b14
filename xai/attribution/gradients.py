"""Attributions from plain gradients: at the image, around it, and on the way from random baselines.

Draws are the same for every image and come from the seed alone, so that a map depends neither on the batch nor on
the images beside it, and the global random state stays as it is. captum's forms draw from the global states of
torch and numpy; with the same draws the maps are the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from xai.attribution.probe import Probe, chosen_logits
from xai.attribution.result import Attribution

__all__ = ["GradientShap", "GradientTimesInput", "SmoothGrad"]


@dataclass(frozen=True, kw_only=True)
class GradientTimesInput:
    """Gradient times pixel, summed over channels.

    Reference:
        Shrikumar, Greenside and Kundaje, Learning Important Features Through Propagating Activation Differences,
        2017, https://arxiv.org/abs/1704.02685
    """

    def explain(self, probe: Probe, images: Tensor, targets: Tensor) -> Attribution:
        """Explain the logit of each image's target."""

        def work(part: slice) -> Tensor:
            _, gradients = probe.gradients(images[part], targets[part])
            return (gradients * images[part]).sum(1).float()

        return Attribution(
            maps=torch.cat(list(probe.passes(len(images), work))),
            method="gradient_x_input",
            convention="gradient times pixel in 0..1, summed over channels; exact where the logit is linear",
        )


@dataclass(frozen=True, kw_only=True)
class SmoothGrad:
    """Mean gradient over noisy copies of the image, summed over channels.

    Attributes:
        samples: noisy copies.
        noise: standard deviation, of pixels in 0..1.

    Reference:
        Smilkov et al., SmoothGrad: removing noise by adding noise, 2017, section 3 (10 to 20 % noise),
        https://arxiv.org/abs/1706.03825
    """

    samples: int = 32
    noise: float = 0.15

    def explain(self, probe: Probe, images: Tensor, targets: Tensor) -> Attribution:
        """Explain the logit of each image's target."""
        noise = torch.randn(self.samples, *images.shape[1:], generator=probe.generator()).to(images) * self.noise
        pairs = _pairs(len(images), self.samples, images.device)

        def work(part: slice) -> tuple[Tensor, Tensor]:
            row, sample = pairs[part].unbind(1)
            _, gradients = probe.gradients(images[row] + noise[sample], targets[row])
            return row, gradients.sum(1).float()

        return Attribution(
            maps=_mean_over_samples(probe, images, len(pairs), work),
            method="smooth_grad",
            convention=f"gradient, averaged over {self.samples} copies with noise of {self.noise:g}, "
            "summed over channels; a positive pixel raises the logit when it gets brighter",
        )


@dataclass(frozen=True, kw_only=True)
class GradientShap:
    """Expected gradients: integrated gradients averaged over baselines, at random points of the paths.

    Attributes:
        samples: points an image; each baseline gets the same number of them, or one less.
        baselines: (B, 3, H, W) pixels, or None for black and white.

    Reference:
        Erion et al., Improving performance of deep learning models with axiomatic attribution priors and expected
        gradients, 2021, https://arxiv.org/abs/1906.10670. Points are stratified: one in each n-th of the path.
    """

    samples: int = 32
    baselines: Tensor | None = None

    def explain(self, probe: Probe, images: Tensor, targets: Tensor) -> Attribution:
        """Explain the logit of each image's target."""
        starts = self._starts(images)
        generator = probe.generator()
        order = torch.randperm(self.samples, generator=generator)
        fractions = ((order + torch.rand(self.samples, generator=generator)) / self.samples).to(images)
        which = (torch.arange(self.samples) % len(starts)).to(images.device)
        pairs = _pairs(len(images), self.samples, images.device)

        def work(part: slice) -> tuple[Tensor, Tensor]:
            row, sample = pairs[part].unbind(1)
            start = starts[which[sample]]
            change = images[row] - start
            points = start + fractions[sample][:, None, None, None] * change
            _, gradients = probe.gradients(points, targets[row])
            return row, (gradients * change).sum(1).float()

        maps = _mean_over_samples(probe, images, len(pairs), work)
        ends = chosen_logits(probe.logits(images), targets).double()
        expected = probe.logits(starts).double()[which].mean(0)
        difference = ends - expected[targets]
        return Attribution(
            maps=maps,
            method="gradient_shap",
            convention="gradient times pixel minus baseline, averaged over baselines and points between, summed over "
            "channels; a map sums to the logit of the image minus the mean logit of the baselines, up to sampling",
            difference=difference,
            completeness_gap=maps.sum((1, 2), dtype=torch.float64) - difference,
        )

    def _starts(self, images: Tensor) -> Tensor:
        if self.baselines is None:
            return torch.stack([torch.zeros_like(images[0]), torch.ones_like(images[0])])
        if self.baselines.shape[1:] != images.shape[1:] or not len(self.baselines):
            raise ValueError(
                f"expected `baselines` of shape (B, {', '.join(map(str, images.shape[1:]))}) like the images, "
                f"got {tuple(self.baselines.shape)}"
            )
        return self.baselines.to(images)


def _pairs(images: int, samples: int, device: torch.device) -> Tensor:
    """(images x samples, 2) every image with every sample."""
    return torch.cartesian_prod(torch.arange(images), torch.arange(samples)).to(device)


def _mean_over_samples(
    probe: Probe, images: Tensor, count: int, work: Callable[[slice], tuple[Tensor, Tensor]]
) -> Tensor:
    maps = images.new_zeros(len(images), *images.shape[2:], dtype=torch.float32)
    for row, part in probe.passes(count, work):
        maps.index_add_(0, row, part)
    return maps / (count // len(images))
