"""Integrated gradients, with as many steps as each image needs for its map to sum up, where its path needs them.

The logits at the points say what the gradients between them must sum to. So the error of every interval is known,
the intervals with the largest ones are halved, and no point is ever thrown away. Gradients of networks with ReLUs
jump along the path, so that rules for smooth functions, such as Gauss-Legendre, gain nothing over the trapezoid.

The baseline itself is left out, and the first interval takes the gradient of its other end: on a plain image every
ReLU may be at its kink, and features without variance have normalised gradients of any size.
"""

import bisect
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xai.attribution.probe import Probe, chosen_logits
from xai.attribution.result import Attribution

__all__ = ["IntegratedGradients"]

_MOST_VALUES = 1 << 28  # of maps kept at the points visited: 1 GB
_NARROWEST = 2.0**-14  # of intervals; the logit jumps in narrower ones


@dataclass(frozen=True, kw_only=True)
class IntegratedGradients:
    """Integrated gradients: ``(x - x0) * integral over a in 0..1 of grad f(x0 + a (x - x0))``, summed over channels.

    Attributes:
        tolerance: largest completeness gap, as a fraction of the difference of logits. Where image and baseline
            happen to have nearly the same logit, as a fraction of a tenth of what the logit varies along the path.
            So that no gap is small by chance, the root of the sum of squares of the intervals' gaps must also be
            below twice that. A jump of the logit, which no gradient shows, remains as gap and costs no more points
            than it takes to find it.
        points: how many the path has at first, evenly spaced.
        most: points that are not exceeded, whether the sum is met or not.
        baseline: where the path starts: a number, or pixels that broadcast to (N, 3, H, W). 0 is black.

    Reference:
        Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, 2017, section 3,
        https://arxiv.org/abs/1703.01365. Section 5 asks for a gap of at most 5 % after 20 to 300 steps.
    """

    tolerance: float = 0.01
    points: int = 16
    most: int = 512
    baseline: float | Tensor = field(default=0.0)

    def __post_init__(self) -> None:
        if not 1 <= self.points <= self.most:
            raise ValueError(f"expected `points` in 1..{self.most}, which is `most`, got {self.points}")

    def explain(self, probe: Probe, images: Tensor, targets: Tensor) -> Attribution:
        """Explain the logit of each image's target."""
        start = torch.as_tensor(self.baseline).to(images).expand_as(images)
        begin = chosen_logits(probe.logits(start), targets).tolist()
        together = max(1, _MOST_VALUES // (self.most * images[0, 0].numel()))
        maps, differences, steps = [], [], []
        for first in range(0, len(images), together):
            part = slice(first, first + together)
            walks = [_Walk(logit) for logit in begin[part]]
            self._walk(walks, probe, start[part], images[part], targets[part])
            maps += [walk.map() for walk in walks]
            differences += [walk.difference for walk in walks]
            steps += [len(walk.fractions) for walk in walks]
        explained, difference = torch.stack(maps), torch.tensor(differences, dtype=torch.float64).to(images.device)
        return Attribution(
            maps=explained,
            method="integrated_gradients",
            convention="gradient times pixel minus baseline, averaged from baseline to image, summed over channels; "
            "a map sums to the logit of the image minus that of the baseline",
            difference=difference,
            completeness_gap=explained.sum((1, 2), dtype=torch.float64) - difference,
            steps=torch.tensor(steps).to(images.device),
        )

    def _walk(self, walks: list["_Walk"], probe: Probe, start: Tensor, images: Tensor, targets: Tensor) -> None:
        """Visit points until every walk has enough; images that have enough leave the batch."""
        wanted = [(row, step / self.points) for row in range(len(walks)) for step in range(1, self.points + 1)]
        while wanted:
            rows = torch.tensor([row for row, _ in wanted], device=images.device)
            fractions = torch.tensor([fraction for _, fraction in wanted]).to(images)[:, None, None, None]

            def work(part: slice, rows: Tensor = rows, fractions: Tensor = fractions) -> tuple[list[float], Tensor]:
                row = rows[part]
                change = images[row] - start[row]
                logits, gradients = probe.gradients(start[row] + fractions[part] * change, targets[row])
                return logits.tolist(), (gradients * change).sum(1).float()

            points = iter(wanted)
            for logits, maps in probe.passes(len(wanted), work):
                slopes = maps.sum((1, 2), dtype=torch.float64).tolist()
                for found in zip(logits, slopes, maps, strict=True):
                    row, fraction = next(points)
                    walks[row].visit(fraction, *found)
            wanted = [(row, fraction) for row in dict.fromkeys(rows.tolist()) for fraction in self._next(walks[row])]

    def _next(self, walk: "_Walk") -> list[float]:
        """Where a walk goes on: half way in the intervals with the largest gaps; nowhere if it has enough."""
        starts, widths, gaps, variation = walk.intervals()
        allowed = self.tolerance * max(abs(walk.difference), variation / 10)
        left = gaps[widths > _NARROWEST]  # where the logit jumps no point helps, and the map's gap tells
        if not (abs(left.sum()) > allowed or np.linalg.norm(left) > 2 * allowed):  # so that NaN is enough
            return []
        count = min(max(self.points // 2, len(gaps) // 4), self.most - len(gaps))
        largest = [index for index in np.argsort(-np.abs(gaps)) if widths[index] > _NARROWEST][:count]
        return [float(starts[index] + widths[index] / 2) for index in largest]


class _Walk:
    """The points visited between a baseline and its image, in order."""

    def __init__(self, begin: float) -> None:
        self.begin = begin
        self.fractions: list[float] = []
        self._found: list[tuple[float, float, Tensor]] = []

    def visit(self, fraction: float, logit: float, slope: float, gradient: Tensor) -> None:
        """Add a point: logit, gradient times change (H, W), and the sum of that."""
        place = bisect.bisect(self.fractions, fraction)
        self.fractions.insert(place, fraction)
        self._found.insert(place, (logit, slope, gradient))

    @property
    def difference(self) -> float:
        """Logit of the image minus logit of the baseline."""
        return self._found[-1][0] - self.begin

    def intervals(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float]:
        """Where intervals start, their widths and their completeness gaps; and how much the logit varies in all."""
        starts = np.array([0.0, *self.fractions[:-1]])
        widths = np.array(self.fractions) - starts
        logits = np.array([self.begin, *(logit for logit, _, _ in self._found)])
        slopes = np.array([self._found[0][1], *(slope for _, slope, _ in self._found)])
        means = (slopes[:-1] + slopes[1:]) / 2
        return starts, widths, widths * means - np.diff(logits), float(widths @ np.abs(means))

    def map(self) -> Tensor:
        """(H, W) by the trapezoid rule."""
        _, widths, _, _ = self.intervals()
        weights = np.append(widths, 0.0)
        weights[1:] += widths
        weights[1] += weights[0]  # the first interval has the gradient of its other end
        maps = torch.stack([gradient for _, _, gradient in self._found])
        summed: Tensor = torch.tensordot(torch.from_numpy(weights[1:] / 2).to(maps), maps, 1)
        return summed
